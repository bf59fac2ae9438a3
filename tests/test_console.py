"""What the terminal shows of a run: jobs, progress and results in a line each, what failed, and no lists of files."""

import json
import re
import sys
from pathlib import Path

import pytest

from mnist_viz.job.console import Console
from mnist_viz.job.reasons import brief
from tests.conftest import PROJECT, SMALL, Outcome, Project, copy_project, run
from tests.stages import everything

STEPS = len(everything("baseline", "double")) + 1  # with the rule that only collects
LISTS = re.compile(r"^ *(?:input|output|benchmark|resources|reason|jobid|shell):", re.MULTILINE)
RECORDS = [f"demo/results/{variant}/train.json" for variant in ("baseline", "double")]
SUMMARY = ["--force", "demo/results/summary.json"]


@pytest.fixture(scope="module")
def shown(finished_project: Project) -> str:
    """What the terminal showed of the whole pipeline."""
    return (finished_project.folder / "output.txt").read_text()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The dry run of a project in which nothing has run."""
    outcome = copy_project(tmp_path_factory.mktemp("planned") / "project").snakemake("-n")
    assert outcome.status == 0, outcome.text
    return outcome


def test_run_shows_progress_and_results_and_no_lists(shown: str) -> None:
    assert re.findall(rf"(\d+) of {STEPS} steps", shown) == [str(number) for number in range(1, STEPS + 1)]
    for stage in ("train", "predict", "upload"):
        for variant in ("baseline", "double"):
            assert re.search(rf"begins: {stage}_variant {variant} \(job \d+\)\n", shown)
            assert re.search(rf"\d steps \(\d+%\) done: {stage}_variant {variant}\n", shown)
            assert f"{stage} {variant}  epoch 1/1" in shown
    assert "explorer  demo/results/explorer.html" in shown
    assert not LISTS.search(shown)
    assert len(shown.splitlines()) < 6 * STEPS


def test_log_file_keeps_what_snakemake_says(finished_project: Project, shown: str) -> None:
    (path,) = re.findall(r"Complete log\(s\): (.*)", shown)
    text = Path(path).read_text()
    assert {"input", "output", "reason", "jobid"} <= set(re.findall(r"^    (\w+): ", text, flags=re.MULTILINE))
    assert "localrule train_variant:" in text


def test_dry_run_says_each_job_and_why(planned: Outcome) -> None:
    assert planned.jobs() == everything("baseline", "double")
    lines = planned.text.splitlines()
    jobs = [number for number, line in enumerate(lines) if line.startswith("rule ")]
    assert len(jobs) == STEPS
    for number in jobs:
        assert re.match(r"    reason: (Missing output|Input) files", lines[number + 1])
    assert "reason: Missing output files: demo/results/double/wandb.json; Input files updated by" in planned.text
    assert planned.text.count("Job stats:") == 1
    assert re.search(rf"^total +{STEPS}$", planned.text, flags=re.MULTILINE)


def test_dry_run_says_which_parameter_has_changed(finished_project: Project) -> None:
    outcome = finished_project.snakemake("-n", config=[*SMALL, "defaults={epochs: 2}"])
    assert outcome.status == 0, outcome.text
    for variant in ("baseline", "double"):
        assert f"rule train_variant: variant={variant}\n    reason: Changed: epochs was 1, is 2\n" in outcome.text


def test_dry_run_of_many_variants_is_two_short_lines_a_job(tmp_path: Path) -> None:
    seeds = "seeds=[" + ", ".join(map(str, range(30))) + "]"
    outcome = copy_project(tmp_path / "project").snakemake("-n", config=[*SMALL, seeds])
    assert outcome.status == 0, outcome.text
    variants = [f"{name}-seed_{seed}" for name in ("baseline", "double") for seed in range(30)]
    assert outcome.jobs() == everything(*variants)
    plan = outcome.text.split("Building DAG of jobs...\n")[1].split("Job stats:")[0]
    assert len(plan.splitlines()) == 2 * (len(everything(*variants)) + 1)
    assert max(map(len, outcome.text.splitlines())) < 300


@pytest.mark.parametrize("quiet", [[], ["--quiet", "host", "rules"]], ids=["by default", "quiet rules"])
def test_failed_job_is_named_with_its_log(project: Project, quiet: list[str]) -> None:
    (project.folder / "demo/resources/mnist/train.safetensors").write_bytes(b"damaged")
    outcome = project.snakemake("--force", *RECORDS, *quiet)
    assert outcome.status == 1
    error, end = outcome.text.split("Exiting because a job execution failed.")
    for variant in ("baseline", "double"):
        log = f"demo/logs/train/{variant}.log"
        assert f"    train_variant {variant}  {log}\n" in end
        if not quiet:
            assert re.search(rf"Error in rule train_variant {variant} \(job \d+\):\n    log: {log}\n", error)
            assert re.search(rf"--log {log}' returned non-zero exit status 1\.\n", error)
            shown = error.split(f"Logfile {log}:\n")[1].split("\n")
            assert "error: demo/resources/mnist/train.safetensors is damaged" in shown[1]
    assert "At least one job did not complete successfully" in end
    assert not LISTS.search(outcome.text)
    assert max(len(line) for line in outcome.text.splitlines() if line.startswith("Command")) < 400


def test_users_own_flags_win(project: Project) -> None:
    silent = project.snakemake(*SUMMARY, "--quiet", "all")
    assert silent.status == 0 and "summary.md: 2 rows" in silent.text
    assert "begins" not in silent.text and "steps" not in silent.text
    without_progress = project.snakemake(*SUMMARY, "--quiet", "progress")
    assert "begins: summary" in without_progress.text and "steps" not in without_progress.text
    without_rules = project.snakemake(*SUMMARY, "--quiet", "rules")
    assert "begins" not in without_rules.text and "1 of 1 steps (100%) done: summary" in without_rules.text
    without_reason = project.snakemake("-n", *SUMMARY, "--quiet", "reason")
    assert without_reason.jobs() == {"summary"} and "reason:" not in without_reason.text
    verbose = project.snakemake("-n", *SUMMARY, "--verbose")
    assert {"input", "output", "reason", "jobid"} <= set(re.findall(r"^    (\w+): ", verbose.text, flags=re.MULTILINE))


def test_job_of_a_cluster_keeps_what_snakemake_says(project: Project) -> None:
    submit = """sh -c 'sh "$0" > cluster.log 2>&1 & echo $!'"""
    generic = ["--profile", "profiles/generic", "--cluster-generic-submit-cmd", submit, "--latency-wait", "5"]
    target = ["--force", "demo/results/double/predict.json", "--seconds-between-status-checks", "1"]
    command = [sys.executable, "-m", "snakemake", *target, *generic, "--config", *SMALL]
    outcome = run(command, project.folder)
    assert outcome.status == 0, outcome.text
    assert re.search(r"begins: variants_auto: 1 job of double\nSubmitted .* with external jobid", outcome.text)
    assert "1 of 1 steps (100%) done: predict_variant double" in outcome.text
    assert not LISTS.search(outcome.text)
    inside = (project.folder / "cluster.log").read_text()
    said = set(re.findall(r"^ *(\w+): ", inside, flags=re.MULTILINE))
    assert {"input", "output", "reason", "jobid", "wildcards"} <= said
    assert "begins" not in inside


def test_packed_jobs_stand_together_in_a_dry_run(tmp_path: Path) -> None:
    outcome = copy_project(tmp_path / "project").snakemake("-n", "--profile", "profiles/slurm")
    assert outcome.status == 0, outcome.text
    packed = outcome.text.split("together, as variants_auto: 4 jobs of baseline, double\n")[1].splitlines()[:8]
    assert all(line.startswith("    ") for line in packed)
    assert outcome.jobs() == everything("baseline", "double")


def group_error(folder: Path) -> dict[str, object]:
    logs = [folder / "one.log", folder / "two.log", folder / "never_began.log"]
    logs[0].write_text("".join(f"line {number}\n" for number in range(100)))
    logs[1].write_text("")
    jobs = [{"jobid": number, "log": [str(log)]} for number, log in enumerate(logs)]
    return {"groupid": "pack", "aux_logs": [], "external_jobid": "17", "job_error_info": jobs, "msg": "Error in group"}


def test_group_that_failed_names_its_jobs_and_shows_the_ends_of_their_logs(tmp_path: Path) -> None:
    console = Console(dry_run=False, with_reasons=True, with_failed_logs=True)
    for number, name in enumerate(("one", "two", "three")):
        console.note("job_info", {"jobid": number, "rule_name": "train_variant", "wildcards": {"variant": name}})
    text = console.text("group_error", group_error(tmp_path))
    assert text is not None
    assert "Error in group pack of 3 jobs:\n    external_jobid: 17\n" in text
    assert f"    train_variant three  {tmp_path}/never_began.log" in text
    assert "… 40 lines before these\nline 40\n" in text and "line 99\n" in text
    assert f"Logfile {tmp_path}/two.log: empty file" in text
    assert f"Logfile {tmp_path}/never_began.log" not in text


def test_command_that_was_killed_says_by_what() -> None:
    console = Console(dry_run=False, with_reasons=True, with_failed_logs=True)
    command = f"python {'x' * 5000} --log a.log"
    message = f"CalledProcessError in file a, line 1:\nCommand '{command}' died with <Signals.SIGKILL: 9>."
    text = console.text("error", {"msg": message})
    assert text is not None and text.endswith(" --log a.log' died with <Signals.SIGKILL: 9>.") and len(text) < 400
    assert console.text("error", {"msg": "WorkflowError:\nAny other error."}) is None


def test_reasons_in_brief() -> None:
    assert brief("Forced execution") == "Forced execution"
    assert brief("Updated input files: b, a") == "Updated input files: a, b"
    both = "Missing output files: b, a; Code has changed since last execution"
    assert brief(both) == "Missing output files: a, … (2 in all); Code has changed since last execution"
    changed = "Params have changed since last execution: epochs was 1, is 2"
    assert brief(changed) == "Changed: epochs was 1, is 2"
    assert brief(f"{both}; {changed}").endswith("last execution; Changed: epochs was 1, is 2")
    keys = [
        json.dumps({"code": "0123", "config": {"epochs": 1, "note": f"{word}'s"}, "formats": {}}) for word in ("a", "b")
    ]
    own = f"Union of exclusive params before and now across all output: before: {keys[0]!r},'x' now: {keys[1]!r} "
    assert brief(f"Params have changed since last execution: {own}") == "Changed: note was a's, is b's"
    many = ", ".join(f"file_{number}" for number in range(3000))
    assert brief(f"Updated input files: {many}").endswith(", … (3,000 in all)")
    assert len(brief(f"Missing output files: {many}; Something new: {many}")) < 400


def shape(line: str) -> str:
    """A line without what differs from run to run: times, numbers and the width of columns."""
    return re.sub(r"[ -]+", " ", re.sub(r"\d[\d,.:]*", "0", line)).strip()


def test_documentation_shows_what_is_shown(shown: str, planned: Outcome, finished_project: Project) -> None:
    changed = finished_project.snakemake("-n", config=[*SMALL, "defaults={epochs: 2}"])
    page = (PROJECT / "docs/running.md").read_text()
    blocks = re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    runs = [block for block in blocks if "begins: " in block or "reason: " in block]
    for block, real in zip(runs, (shown, planned.text, changed.text), strict=True):
        lines = set(map(shape, real.splitlines()))
        expected = [line for line in block.splitlines() if line != "…" and not line.startswith("$ ")]
        if expected[-1] == "Complete log(s): …":
            assert any(line.startswith("Complete log(s): ") for line in lines)
            expected.pop()
        assert [line for line in expected if shape(line) not in lines] == []
        assert len(expected) > 3
