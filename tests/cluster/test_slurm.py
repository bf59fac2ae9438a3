"""The SLURM profile on a real SLURM of one node (tests/cluster/start_slurm); only intervals are shortened."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import yaml

from tests.conftest import PROJECT, SMALL, Outcome, Project, copy_project, run
from tests.stand_ins import mps

QUICK = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"]
TWO_EPOCHS = [*SMALL, "defaults={epochs: 2, batch_size: 1}"]  # several seconds each
STEPS_PER_EPOCH = 4000


def answers() -> bool:
    if shutil.which("sinfo") is None:
        return False
    return run(["sinfo", "--noheader", "--format", "%t"], Path.cwd()).text.strip() in ("idle", "mix", "alloc", "comp")


pytestmark = [
    pytest.mark.skipif(not answers(), reason="no SLURM answers; as root: apt-get install slurm-wlm munge, start_slurm"),
    pytest.mark.timeout(900),
]


def command(*arguments: str, config: list[str]) -> list[str]:
    snakemake = [sys.executable, "-m", "snakemake", *arguments]
    return [*snakemake, "--profile", "profiles/slurm", *QUICK, "--config", *config]


def submit(project: Project, *arguments: str, config: list[str] = SMALL, **environment: str) -> Outcome:
    return run(command(*arguments, config=config), project.folder, **environment)


def jobs(text: str) -> list[str]:
    return re.findall(r"(?:submitted with SLURM jobid |with external jobid ')(\d+)", text)


def facts(job: str) -> dict[str, str]:
    shown = run(["scontrol", "show", "job", "--oneliner", job], Path.cwd()).text
    return dict(fact.split("=", 1) for fact in shown.split() if "=" in fact)


def results(project: Project, variant: str) -> dict[str, bytes]:
    folder = project.folder / "demo/results" / variant
    files = [folder / "predictions.parquet", folder / "metrics.parquet", folder / "history.parquet"]
    return {path.name: path.read_bytes() for path in [*files, *sorted((folder / "checkpoints").glob("*.safetensors"))]}


def generic(*arguments: str, config: list[str]) -> list[str]:
    """Snakemake with the generic profile and its lines for SLURM."""
    profile = (PROJECT / "profiles/generic/config.yaml").read_text()
    submit, status = re.findall(r"# SLURM without its plugin:\n((?:#   .*\n)+)", profile)
    lines = {
        "cluster-generic-submit-cmd": "mkdir -p .snakemake/cluster && " + submit.replace("#   ", "").replace("\n", " "),
        **yaml.safe_load(status.replace("#   ", "")),
        "cluster-generic-cancel-cmd": "scancel",
        "latency-wait": "5",
    }
    options = [word for key, value in lines.items() for word in (f"--{key}", value)]
    snakemake = [sys.executable, "-m", "snakemake", *arguments, "--profile", "profiles/generic"]
    return [*snakemake, *options, "--config", *config]


@contextmanager
def training(
    folder: Path, *arguments: str, command: Callable[..., list[str]] = command
) -> Iterator[tuple[Project, subprocess.Popen, str]]:
    """The project, its Snakemake, and the job of one variant that has one of two epochs behind it."""
    project = copy_project(folder)
    target = "demo/results/baseline/predictions.parquet"
    with open(folder / "output.txt", "w") as output:
        process = subprocess.Popen(
            command(target, *arguments, config=TWO_EPOCHS),
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # also where pytest ignores Ctrl-C
        )
    try:
        while not (folder / "demo/results/baseline/resume/epoch_001.safetensors").exists():
            assert process.poll() is None, (folder / "output.txt").read_text()
            time.sleep(0.1)
        time.sleep(1)
        yield project, process, jobs((folder / "output.txt").read_text())[0]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=600)


def kill_everything(job: str) -> None:
    """End all processes of a job without notice, as a node does that runs out of memory.

    The youngest first: one whose parent has gone would save its state, if it had the time to notice.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("SLURM_JOB_ID") == job:
                found.append(process)
    for process in sorted(found, key=psutil.Process.create_time, reverse=True):
        with suppress(psutil.Error):
            process.kill()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    project = copy_project(tmp_path_factory.mktemp("undisturbed") / "project")
    outcome = project.snakemake("demo/results/baseline/predictions.parquet", config=TWO_EPOCHS)
    assert outcome.status == 0, outcome.text
    return results(project, "baseline")


def test_whole_pipeline_and_the_upload_from_another_place(finished_project: Project, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "cluster")
    home = tmp_path / "home"
    home.mkdir()
    outcome = submit(project, HOME=str(home))
    assert outcome.status == 0, outcome.text
    assert len(jobs(outcome.text)) == 1, "both variants' training and inference fit one job"
    assert facts(jobs(outcome.text)[0])["NumCPUs"] == "2"
    assert "explorer  demo/results/explorer.html" in outcome.text
    for variant in ("baseline", "double"):
        assert results(project, variant) == results(finished_project, variant)
    assert project.dry_run() == set()

    written = [path for path in (project.folder / "demo/results").rglob("*") if path.is_file()]
    own = [path for path in written if "wandb" not in path.relative_to(project.folder).parts]
    assert len(own) > 15
    assert [path for path in own if bytes(tmp_path) in path.read_bytes()] == []
    assert [path for path in home.rglob("*") if path.is_file()] == []

    elsewhere = Project(tmp_path / "home computer" / "copy")
    shutil.copytree(project.folder, elsewhere.folder, symlinks=True)
    shutil.rmtree(project.folder)
    assert elsewhere.dry_run() == set()
    uploads = {"upload_variant:baseline", "upload_variant:double"}
    assert elsewhere.dry_run("upload", WANDB_MODE="disabled") == uploads
    outcome = elsewhere.snakemake("upload", WANDB_MODE="disabled")
    assert outcome.status == 0, outcome.text
    assert '"mode": "disabled"' in (elsewhere.folder / "demo/results/double/wandb.json").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_job_continues_with_more_memory_and_time(
    undisturbed: dict[str, bytes], tmp_path: Path, number: signal.Signals
) -> None:
    with training(tmp_path / "project") as (project, process, job):
        if number == signal.SIGTERM:
            subprocess.run(["scancel", "--signal", "TERM", job], check=True)
        else:
            kill_everything(job)
        assert process.wait(timeout=600) == 0, (project.folder / "output.txt").read_text()
    first, second = jobs((project.folder / "output.txt").read_text())
    assert [facts(name)["MinMemoryNode"] for name in (first, second)] == ["2000M", "4000M"]
    assert [facts(name)["TimeLimit"] for name in (first, second)] == ["00:40:00", "01:20:00"]
    log = (project.folder / "demo/logs/train/baseline.log").read_text()
    step = int(re.search(r"continuing after step (\d+)", log)[1])
    if number == signal.SIGTERM:
        assert STEPS_PER_EPOCH < step < 2 * STEPS_PER_EPOCH
    else:
        assert step == STEPS_PER_EPOCH
    assert results(project, "baseline") == undisturbed


def test_ctrl_c_cancels_the_jobs_and_releases_the_lock(tmp_path: Path) -> None:
    with training(tmp_path / "project") as (project, process, job):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=600) != 0
    deadline = time.monotonic() + 600
    while facts(job)["JobState"] not in ("CANCELLED", "FAILED") and time.monotonic() < deadline:
        time.sleep(0.5)
    assert facts(job)["JobState"] in ("CANCELLED", "FAILED")
    assert job not in run(["squeue", "--noheader", "--format", "%i", "--states", "PD,R,CG"], tmp_path).text.split()
    assert not list((project.folder / ".snakemake").glob("locks/*"))


def test_gpu_is_asked_for_where_the_variant_wants_one_and_its_lack_is_said(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    variants = [*SMALL, "variants={double: {device: cuda}}"]
    outcome = submit(project, "train", "--retries", "0", config=variants)
    assert outcome.status != 0
    assert (project.folder / "demo/results/baseline/train.json").exists()
    asked = {job: "gpu:1" in facts(job).get("TresPerJob", "") for job in jobs(outcome.text)}
    assert sorted(asked.values()) == [False, True]
    job = next(job for job in asked if asked[job])
    said = (project.folder / "demo/logs/train/double.log").read_text()
    assert f"torch sees no GPU here (in SLURM job {job}, CUDA_VISIBLE_DEVICES: 0)" in said
    assert "Set device: auto or cpu" in said


# Runs in every Python that has the project's workflow/ on its path, before its program.
WITNESS = """
import os, sys
from pathlib import Path

if "mnist_viz.train" in sys.orig_argv:
    variant, percent = (sys.orig_argv[sys.orig_argv.index(name) + 1] for name in ("--variant", "--gpu-percent"))
    said = f"GPU {os.environ.get('CUDA_VISIBLE_DEVICES')}, {percent} %"
    Path(__file__).with_name(f"{variant}.txt").write_text(said)
"""


def test_packed_variants_share_one_gpu(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    project.edit("profiles/slurm/config.yaml", lambda text: re.sub(r"# (gres:|gpu_percent:|gpu_mps:)", r"\1", text))
    (project.folder / "workflow/sitecustomize.py").write_text(WITNESS)
    outcome = submit(project, "train", **mps(tmp_path / "bin"))
    assert outcome.status == 0, outcome.text
    (job,) = jobs(outcome.text)
    assert "gpu:1" in facts(job)["TresPerNode"]
    for variant in ("baseline", "double"):
        assert (project.folder / f"workflow/{variant}.txt").read_text() == "GPU 0, 25 %"
    assert (tmp_path / "bin/log.txt").read_text().startswith("starts 0\n")
    while list((tmp_path / "bin").rglob("nvidia-cuda-mps-control.pid")):  # until it has ended with the last of them
        time.sleep(0.1)


def test_generic_profile_with_the_lines_for_slurm(finished_project: Project, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    outcome = run(generic("predict", config=SMALL), project.folder)
    assert outcome.status == 0, outcome.text
    assert len(jobs(outcome.text)) == 1, "both variants' training and inference fit one job"
    for variant in ("baseline", "double"):
        assert results(project, variant) == results(finished_project, variant)


def test_generic_profile_notices_a_killed_job(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    with training(tmp_path / "project", command=generic) as (project, process, job):
        kill_everything(job)
        assert process.wait(timeout=600) == 0, (project.folder / "output.txt").read_text()
    first, second = jobs((project.folder / "output.txt").read_text())
    assert [facts(name)["MinMemoryNode"] for name in (first, second)] == ["2000M", "4000M"]
    assert f"continuing after step {STEPS_PER_EPOCH}" in (project.folder / "demo/logs/train/baseline.log").read_text()
    assert results(project, "baseline") == undisturbed
