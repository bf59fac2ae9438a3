"""Results that don't belong to the plan run again, wherever they came from; results that do, don't."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_viz.job import records
from tests.conftest import SMALL, Project, copy_project
from tests.stages import after, everything

BOTH = ("baseline", "double")
RESULTS = "demo/results"
OTHER = [setting.replace("threads: 1}", "threads: 1, seed: 7}") for setting in SMALL]  # another model


def move_here(project: Project, clone: Project) -> None:
    """The results as a copy brings them, without Snakemake's private folder."""
    shutil.copytree(project.folder / "demo", clone.folder / "demo", symlinks=True)


@pytest.fixture
def copied(finished_project: Project, tmp_path: Path) -> Project:
    """A fresh clone with the results of another, without Snakemake's private folder."""
    clone = copy_project(tmp_path / "clone")
    move_here(finished_project, clone)
    return clone


def test_copied_results_are_those_of_the_plan_or_run_again(copied: Project) -> None:
    assert copied.dry_run() == set()
    assert copied.dry_run(config=OTHER) == after("train", *BOTH)
    assert copied.dry_run(config=[*SMALL, "variants={double: {seed: 3}}"]) == after("train", "double")


def test_the_plan_says_why(copied: Project) -> None:
    said = copied.snakemake("-n", config=OTHER).text
    assert "seed was 0, is 7" in said


def test_time_stamps_do_not_count(copied: Project) -> None:
    for number, path in enumerate(sorted(copied.folder.glob("demo/**/*"))):
        os.utime(path, (2_000_000_000 - number,) * 2, follow_symlinks=False)
    assert copied.dry_run() == set()
    assert copied.dry_run(config=OTHER) == after("train", *BOTH)


def test_a_deleted_checkpoint_is_missed(copied: Project) -> None:
    (copied.folder / RESULTS / "double/checkpoints/epoch_001.safetensors").unlink()
    assert copied.dry_run() == after("train", "double")


def change(path: Path, edit: Callable[[dict[str, object]], object]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_bytes(records.sealed(content))


def test_records_that_do_not_say_what_they_were_made_from_count_as_different(copied: Project) -> None:
    """As those of versions before the keys."""
    for path in copied.folder.glob("demo/results/**/*.json"):
        if path.name in ("data.json", "train.json", "predict.json", "wandb.json"):
            change(path, lambda content: content.pop("key"))
    assert copied.dry_run() == everything(*BOTH)
    assert "does not say what it was made from" in copied.snakemake("-n").text


@pytest.mark.parametrize("text", ["", "no JSON", "{}"])
def test_a_damaged_record_counts_as_different(copied: Project, text: str) -> None:
    (copied.folder / RESULTS / "double/predict.json").write_text(text)
    assert copied.dry_run() == after("predict", "double")


def test_a_variant_of_an_older_backup(copied: Project, tmp_path: Path) -> None:
    """Its training is of other data; what was made of it later still lies there."""
    older = copied.folder / RESULTS / "double" / "train.json"
    change(older, lambda content: content["outputs"].update({"history.parquet": "0" * 64}))
    assert copied.dry_run() == {"explorer", "upload_variant:double", "provenance"}
    assert "made from another demo/results/double/history.parquet" in copied.snakemake("-n").text


def test_predictions_of_an_older_backup(copied: Project) -> None:
    record = copied.folder / RESULTS / "double" / "predict.json"
    name = "checkpoints/epoch_001.safetensors"
    change(record, lambda content: content["inputs"].update({name: "0" * 64}))
    assert copied.dry_run() == after("predict", "double")


def test_two_clones_on_one_folder(copied: Project, finished_project: Project, tmp_path: Path) -> None:
    """The other clone has made the results anew with another configuration; this one's private folder knows nothing."""
    here, there = copied, copy_project(tmp_path / "there")
    shutil.copytree(finished_project.folder / ".snakemake", here.folder / ".snakemake")
    (there.folder / "demo").symlink_to(here.folder / "demo")
    other = [*SMALL, "variants={double: {l1_size: 8, l2_size: 8}}"]
    outcome = there.snakemake(config=other)
    assert outcome.status == 0, outcome.text
    assert there.dry_run(config=other) == set()
    assert here.dry_run() == after("train", "double")


def test_what_a_variant_reads_is_told_from_what_lies_there(copied: Project) -> None:
    """More variants in the folder than the plan has: the others' pages are of other variants."""
    alone = [setting for setting in SMALL if not setting.startswith("variants")]
    copied.edit("config.yaml", lambda text: text.replace("  double: {l1_size: 64", "  other: {l1_size: 64"))
    assert copied.dry_run(config=alone) == after("train", "other")


def test_a_job_compares_nothing(copied: Project) -> None:
    """The Snakemake that a cluster's job starts runs what it is told to."""
    command = ["--mode", "subprocess", "--force", "--target-jobs", "predict_variant:variant=double"]
    outcome = copied.snakemake("-n", *command)
    assert outcome.status == 0, outcome.text
    assert "was made from" not in outcome.text
