"""The pipeline on a test set with corrected labels: every output, by numbers counted anew."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from mnist_viz.job import records, remedy
from mnist_viz.upload.variant import run_id
from mnist_viz.verify import WRONG, verify
from tests import corrected
from tests.conftest import SMALL, Project
from tests.stages import after
from tests.test_corrections import BOTH, CORRECTED, TESTED

LABELS, EXCLUDED = {3: 7, 14: 9, 25: 0}, (40, 41)
TABLES = ["images.parquet", *(f"{name}/{table}.parquet" for name in BOTH for table in ("predictions", "metrics"))]
COMPARED = [f"comparison/{name}.parquet" for name in ("disagreements", "errors_over_time", "errors_by_guess")]


@pytest.fixture(scope="module")
def run(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The finished project, corrected: what was trained before is there."""
    folder = tmp_path_factory.mktemp("corrected") / "project"
    shutil.copytree(finished_project.folder, folder, symlinks=True)
    project = Project(folder)
    corrected.write(folder / "marks.csv", folder / "demo", LABELS, EXCLUDED)
    outcome = project.snakemake(config=CORRECTED)
    assert outcome.status == 0, outcome.text
    assert "3 labels corrected, 2 images excluded" in outcome.text
    yield project


def record(project: Project, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((project.folder / "demo/results" / f"{name}.json").read_text())
    return content


def digest(project: Project) -> str:
    return hashlib.sha256((project.folder / "marks.csv").read_bytes()).hexdigest()


def test_trainings_stay_to_the_byte(run: Project, finished_project: Project) -> None:
    places = ["resources/mnist/train.safetensors"]
    places += [f"results/{name}/{file}" for name in BOTH for file in ("train.json", "history.parquet", "config.json")]
    for place in places:
        assert (run.folder / "demo" / place).read_bytes() == (finished_project.folder / "demo" / place).read_bytes()
    assert run.dry_run(config=CORRECTED) == set()


def test_truth_is_the_corrected_label_and_given_the_original(run: Project, finished_project: Project) -> None:
    for name in BOTH:
        place = f"demo/results/{name}/predictions.parquet"
        before, now = pl.read_parquet(finished_project.folder / place), pl.read_parquet(run.folder / place)
        assert now.drop("truth", "given").equals(before.drop("truth"))
        assert now["given"].equals(before["truth"].rename("given"))
        changed = now.filter(pl.col("truth").ne_missing(pl.col("given")))
        expected = {**LABELS, **dict.fromkeys(EXCLUDED)}
        assert dict(changed.select("id", "truth").iter_rows()) == expected
        counted = now.filter(pl.col("truth").is_not_null())
        wrong = counted.group_by("epoch").agg((pl.col("guess") != pl.col("truth")).sum().alias("errors"))
        metrics = pl.read_parquet(run.folder / f"demo/results/{name}/metrics.parquet")
        assert dict(metrics.select("epoch", "errors").iter_rows()) == dict(wrong.iter_rows())
        assert metrics["images"].to_list() == [998]


def test_the_summary_has_both_counts_side_by_side(run: Project) -> None:
    with open(run.folder / "demo/results/summary.csv", encoding="utf-8") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    text = (run.folder / "demo/results/summary.md").read_text()
    assert "| errors, given labels | errors, corrected labels |" in text
    assert f"3 corrected, 2 images excluded, by the file with the SHA-256 {digest(run)}" in text
    for name in BOTH:
        table = pl.read_parquet(run.folder / f"demo/results/{name}/predictions.parquet")
        given = table.filter(pl.col("guess") != pl.col("given")).height
        errors = table.filter(pl.col("guess") != pl.col("truth")).height
        row = rows[name]
        assert (float(row["errors_given"]), float(row["errors"])) == (given, errors)
        assert (row["test_images_given"], row["test_images"]) == ("1000", "998")
        assert f" | {given:,} | {errors:,} | " in text
        assert (row["corrected_images"], row["excluded_images"]) == ("3", "2")


def test_every_output_names_the_corrections(run: Project) -> None:
    said = {"sha256": digest(run), "corrected": 3, "excluded": 2}
    for place in [*TABLES, *COMPARED]:
        metadata = pq.read_schema(run.folder / "demo/results" / place).metadata
        assert json.loads(metadata[b"corrections"]) == said, place
    stages = ["data", "explorer", "summary", "comparison", "provenance"]
    for name in [*stages, *(f"{variant}/{stage}" for variant in BOTH for stage in ("predict", "wandb"))]:
        assert said.items() <= record(run, name)["corrections"].items(), name
    assert "corrections" not in record(run, "baseline/train")
    short = f"3 labels corrected, 2 images excluded (corrections {digest(run)[:12]})"
    for name in ("explorer.html", "metrics.html", "curves.svg", "provenance/ro-crate-metadata.json"):
        assert short in (run.folder / "demo/results" / name).read_text(), name
    assert digest(run) in (run.folder / "demo/results/provenance/ro-crate-metadata.json").read_text()


def test_the_digest_and_the_runs_in_wandb_are_others(run: Project, finished_project: Project) -> None:
    before, now = record(finished_project, "data"), record(run, "data")
    assert now["dataset_sha256"] != before["dataset_sha256"] == now["corrections"]["given_dataset_sha256"]
    for name in BOTH:
        config = json.loads((run.folder / f"demo/results/{name}/config.json").read_text())
        assert record(run, f"{name}/wandb")["run"] == run_id(config, now["dataset_sha256"])
        assert record(finished_project, f"{name}/wandb")["run"] == run_id(config, before["dataset_sha256"])
        assert record(run, f"{name}/train")["key"] == record(finished_project, f"{name}/train")["key"]


def test_wandb_is_told(run: Project) -> None:
    """By the client's own reader of what it would send."""
    told = {"corrections_sha256": digest(run), "corrected_images": 3, "excluded_images": 2}
    for name in BOTH:
        (log,) = (run.folder / "demo/results" / record(run, f"{name}/wandb")["folder"]).glob("*.wandb")
        command = [sys.executable, "-m", "wandb", "leet", "inspect", "--summary", "--json", str(log)]
        said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert told.items() <= said["config"].items() and told.items() <= said["summary"].items()
        assert said["config"]["img_count"] == 1000


def test_verify_finds_nothing_wrong_and_a_forged_count(run: Project, tmp_path: Path) -> None:
    assert not [finding for finding in verify(run.folder / "demo") if finding.status in WRONG]
    shutil.copytree(run.folder / "demo", tmp_path / "demo", symlinks=True)
    path = tmp_path / "demo/results/data.json"
    content = json.loads(path.read_text())
    content["corrections"]["corrected"] = 4
    path.write_bytes(records.sealed(content))
    found = {finding.path.name: finding.detail for finding in verify(tmp_path / "demo") if finding.status == "untrue"}
    assert "corrections" in found["data.json"] and "not corrected as its record says" in found["test.safetensors"]


def test_what_makes_the_data_anew_names_the_file(run: Project) -> None:
    assert "corrections: marks.csv" in remedy.command(run.folder / "demo/results/data.json")


def test_the_map_is_of_the_corrected_test_set_too(run: Project) -> None:
    outcome = run.snakemake("map", config=[*CORRECTED, "explorer={map: true}"])
    assert outcome.status == 0, outcome.text
    said = {"sha256": digest(run), "corrected": 3, "excluded": 2}
    metadata = pq.read_schema(run.folder / "demo/results/baseline/map.parquet").metadata
    assert json.loads(metadata[b"corrections"]) == said == record(run, "baseline/map")["corrections"]
    assert not [finding for finding in verify(run.folder / "demo") if finding.status in WRONG]


def test_an_edited_file_reruns_the_same_and_none_gives_back_every_byte(run: Project, finished_project: Project) -> None:
    corrected.write(run.folder / "marks.csv", run.folder / "demo", {3: 7})
    assert run.dry_run(config=CORRECTED) == TESTED
    assert run.dry_run() == TESTED
    outcome = run.snakemake(config=SMALL)
    assert outcome.status == 0, outcome.text
    for place in [*(f"results/{each}" for each in [*TABLES, *COMPARED]), "resources/mnist/test.safetensors"]:
        assert (run.folder / "demo" / place).read_bytes() == (finished_project.folder / "demo" / place).read_bytes()
    for name in BOTH:
        assert record(run, f"{name}/wandb")["run"] == record(finished_project, f"{name}/wandb")["run"]
    assert run.dry_run() == set() != after("train", *BOTH)
