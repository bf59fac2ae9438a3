"""The whole pipeline with two variants that diverge, one at once and one after some epochs."""

import json
import re
import sys
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from mnist_viz.job import records
from mnist_viz.verify import WRONG, verify
from tests.conftest import PROJECT, SMALL, Outcome, Project, run
from tests.trainings import outputs

pytestmark = pytest.mark.timeout(900)

LATE = "late: {learning_rate: 10, weight_decay: 1, batch_size: 1000, epochs: 30}"
AT_ONCE = "at_once: {learning_rate: 10, weight_decay: 1, batch_size: 20}"
CONFIG = [*SMALL[:2], f"variants={{double: {{l1_size: 8, l2_size: 16}}, {LATE}, {AT_ONCE}}}", *SMALL[3:]]
MENDED = [
    setting.replace("weight_decay: 1, batch_size: 20", "batch_size: 50, learning_rate: 0.001") for setting in CONFIG
]
MENDED = [setting.replace("learning_rate: 10, batch_size: 50, ", "batch_size: 50, ") for setting in MENDED]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, finished_project: Project) -> tuple[Project, Outcome]:
    """A project in which they were added to two finished variants, and what that run printed. Not to be changed."""
    folder = tmp_path_factory.mktemp("diverged") / "project"
    run(["cp", "-a", str(finished_project.folder), str(folder)], finished_project.folder)
    return Project(folder), Project(folder).snakemake(config=CONFIG)


def results(project: Project) -> Path:
    return project.folder / "demo" / "results"


def test_all_else_is_made_and_the_run_ends_with_1(ended: tuple[Project, Outcome]) -> None:
    project, outcome = ended
    assert outcome.status == 1, outcome.text
    assert re.search(
        r"2 variants diverged; all else is made:\nat_once  0 of 1 epochs: the loss is nan at", outcome.text
    )
    assert re.search(r"^diverged  late  \d+ of 30 epochs: the loss is nan at step", outcome.text, re.MULTILINE)
    assert "Traceback" not in outcome.text and "Error in rule" not in outcome.text
    for file in ("explorer.html", "summary.md", "provenance/ro-crate-metadata.json", "curves.svg"):
        assert (results(project) / file).is_file()
    assert "diverged" not in (results(project) / "double" / "train.json").read_text()
    assert {*records.read(results(project) / "summary.json")["variants_diverged"]} == {"late", "at_once"}


def test_each_further_run_ends_with_1_and_makes_nothing(ended: tuple[Project, Outcome]) -> None:
    project, _ = ended
    before = {path: path.lstat().st_mtime_ns for path in results(project).rglob("*")}
    for target in ([], ["train"], ["explorer"], ["demo/results/late/wandb.json"]):
        outcome = project.snakemake(*target, config=CONFIG)
        assert outcome.status == 1 and "Nothing to be done" in outcome.text and "late  " in outcome.text
    for target in ("data", "demo/results/double/wandb.json"):
        assert project.snakemake(target, config=CONFIG).status == 0
    assert project.dry_run(config=CONFIG) == set()
    assert {path: path.lstat().st_mtime_ns for path in results(project).rglob("*")} == before


def test_everything_is_intact(ended: tuple[Project, Outcome]) -> None:
    project, _ = ended
    findings = verify(project.folder / "demo")
    assert [finding for finding in findings if finding.status in WRONG] == []
    told = {finding.path.parent.name: finding.detail for finding in findings if finding.detail}
    assert told.keys() == {"late", "at_once"} and told["at_once"].startswith("diverged, with 0 of 1 epochs: the loss")
    command = [sys.executable, "-m", "mnist_viz.verify", "demo"]
    outcome = run(command, project.folder, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 0 and "predict.json  (predict): diverged, with" in outcome.text


def test_a_record_that_hides_it_or_has_more_epochs_is_untrue(ended: tuple[Project, Outcome], tmp_path: Path) -> None:
    run(["cp", "-a", str(ended[0].folder / "demo"), str(tmp_path)], tmp_path)
    for name, change in (("train", {"epochs": 31}), ("predict", None)):
        path = tmp_path / "demo" / "results" / "late" / f"{name}.json"
        content = records.read(path)
        told = content.pop("diverged")
        path.write_bytes(records.sealed(content if change is None else {**content, "diverged": told | change}))
        untrue = {finding.path for finding in verify(tmp_path / "demo") if finding.status == "untrue"}
        assert path in untrue
        path.write_bytes(records.sealed({**content, "diverged": told}))


def test_wandb_has_nothing_and_the_receipts_say_why(ended: tuple[Project, Outcome]) -> None:
    project, _ = ended
    for name in ("late", "at_once"):
        receipt = records.read(results(project) / name / "wandb.json")
        assert re.search(r"diverged, with \d+ of \d+ epochs: the loss is nan at step", receipt["not_uploaded"])
        assert "run" not in receipt and receipt["mode"] == "offline"
    assert len([*(results(project) / "wandb").glob("offline-run-*")]) == 2


def test_crate_says_which_action_failed(ended: tuple[Project, Outcome]) -> None:
    crate = ROCrate(results(ended[0]) / "provenance")
    failed = {entity["name"]: entity["error"] for entity in crate.get_entities() if entity.get("error")}
    named = {f"{stage} {variant}" for stage in ("train", "predict") for variant in ("late", "at_once")}
    assert failed.keys() == {*named, "All results"} and failed["All results"] == "diverged: at_once, late"
    assert "the loss is nan at step" in failed["train late"]


def test_mended_it_trains_anew_and_the_other_does_not(ended: tuple[Project, Outcome], tmp_path: Path) -> None:
    run(["cp", "-a", str(ended[0].folder), str(tmp_path / "project")], tmp_path)
    project = Project(tmp_path / "project")
    late = outputs(results(project) / "late")
    outcome = project.snakemake(config=MENDED)
    assert outcome.status == 1 and "1 variant diverged; all else is made:\nlate  " in outcome.text
    assert "train_variant at_once" in outcome.text and "train_variant late" not in outcome.text
    assert outputs(results(project) / "late") == late
    assert len(json.loads((results(project) / "at_once" / "wandb.json").read_text())["artifacts"]) > 0


def test_jobs_of_a_cluster_end_well_and_the_run_with_1(ended: tuple[Project, Outcome], tmp_path: Path) -> None:
    run(["cp", "-a", str(ended[0].folder), str(tmp_path / "project")], tmp_path)
    submit = ["--cluster-generic-submit-cmd", "sh -c 'sh $0 > $0.log 2>&1 & echo $$'"]
    target = ["demo/results/at_once/predictions.parquet", "--executor", "cluster-generic", "--jobs", "2", *submit]
    other = [setting.replace("batch_size: 20", "batch_size: 40") for setting in CONFIG]
    outcome = Project(tmp_path / "project").snakemake(*target, config=other)
    assert outcome.status == 1 and "1 variant diverged; all else is made:\nat_once  " in outcome.text
    assert "with external jobid" in outcome.text and "Error in rule" not in outcome.text
