"""The explorer of a results folder of this pipeline, of which nothing else is at hand."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from mnist_viz.explore import explore
from mnist_viz.explore.gather import gather
from mnist_viz.explore.results import sources
from mnist_viz.explorer.collect import collect
from mnist_viz.store import tables
from tests.conftest import Project
from tests.explored import NAMES
from tests.explorer.generate import generate
from tests.test_explore import description, packed, png, scores

IMAGES = 40


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two variants of 3 and 2 epochs."""
    folder = tmp_path / "results"
    generate(folder, {"double": 2, "baseline": 3}, images=200)
    numbered = {"class": np.arange(10), "name": [*map(str, range(10))]}
    tables.write(folder / "classes.parquet", numbered, tables.CLASS_NAMES, tables.dataset(folder / "images.parquet"))
    return folder


def test_a_results_folder_shows_its_variants_epochs_and_pictures(finished_project: Project, tmp_path: Path) -> None:
    """A whole one, moved away: the upload and the comparison have left the same rows in it."""
    folder = tmp_path / "sent"
    shutil.copytree(finished_project.folder / "demo" / "results", folder)
    assert [*folder.glob("wandb/rows/*.parquet")] and [*folder.glob("comparison/*.parquet")]
    page = explore(folder)
    about = description(page.html)
    assert [each["name"] for each in about["variants"]] == ["baseline", "double"]
    assert about["dataset"] == "sample" and about["tiles"] == 1 and about["classes"] == [*map(str, range(10))]
    assert not any("picture" in note or "left out" in note for note in page.notes), page.notes
    known = collect(folder, ["baseline", "double"])
    assert packed(page.html, "guess") == known.guess.tobytes() and packed(page.html, "truth") == known.truth.tobytes()
    rows = [
        pl.read_parquet(folder / name / "predictions.parquet").sort("epoch", "id") for name in ("baseline", "double")
    ]
    expected = pl.concat(rows).select("^score_.*$").to_numpy()
    assert np.abs(scores(page.html, 10) - expected).max() < 5e-5
    for variant, own in zip(about["variants"], rows, strict=True):
        wrong = own.filter(pl.col("guess") != pl.col("truth")).group_by("epoch").len().sort("epoch")["len"].to_list()
        assert [each["errors"] for each in variant["metrics"]] == wrong


def test_pictures_are_those_of_their_images(tmp_path: Path) -> None:
    """Rows in any order; of named classes, in colour."""
    truth = np.arange(IMAGES, dtype=np.int32) % len(NAMES)
    images = {
        "id": np.arange(IMAGES, dtype=np.int32),
        "image": [{"bytes": png(6 * number, mode="RGB"), "path": f"{number:05}.png"} for number in range(IMAGES)],
        "truth": tables.labels(truth, len(NAMES)),
    }
    tables.write(tmp_path / "images.parquet", images, tables.images, "pets", NAMES)
    numbered = {"class": np.arange(len(NAMES)), "name": list(NAMES)}
    tables.write(tmp_path / "classes.parquet", numbered, tables.CLASS_NAMES, "pets", NAMES)
    order = np.random.default_rng(0).permutation(2 * IMAGES)
    rows = {
        "variant": tables.repeat("mine", 2 * IMAGES),
        "epoch": np.repeat([1, 2], IMAGES)[order],
        "id": np.tile(images["id"], 2)[order],
        "guess": tables.labels(np.tile(truth, 2)[order], len(NAMES)),
        "truth": tables.labels(np.tile(truth, 2)[order], len(NAMES)),
        **{name: np.full(2 * IMAGES, 1 / len(NAMES), np.float32) for name in tables.scores(len(NAMES))},
    }
    (tmp_path / "mine").mkdir()
    tables.write(tmp_path / "mine" / "predictions.parquet", rows, tables.predictions, "pets", NAMES)
    found = gather(sources(tmp_path), None, "pets")
    assert found.classes == NAMES and found.ids.tolist() == [*range(IMAGES)]
    assert [int(picture[0, 0, 0]) for picture in found.pictures] == [6 * number for number in range(IMAGES)]


def test_variants_of_other_numbers_of_epochs_and_one_that_has_none(results: Path) -> None:
    path = results / "double" / "predictions.parquet"
    assert description(explore(results).html)["tables"] == [[0, 1], [0, 2], [0, 3], [1, 1], [1, 2]]
    table = tables.read(path, tables.predictions)
    empty = {name: table[name][:0] for name in table.column_names}
    tables.write(path, empty, tables.predictions, tables.dataset(path), tables.classes(path))
    page = explore(results)
    assert description(page.html)["tables"] == [[0, 1], [0, 2], [0, 3]]
    assert any("left out" in note and "double/predictions.parquet" in note for note in page.notes)


@pytest.mark.parametrize("what", ["images.parquet", "classes.parquet"])
def test_nothing_is_guessed_of_another_folder(results: Path, what: str) -> None:
    """Without the tables that a results folder has, or with one of another dataset, it is a folder of tables."""
    whole = explore(results).html
    assert description(whole)["dataset"] == tables.dataset(results / "images.parquet")
    path = results / what
    table = pq.read_table(path)
    about = {**table.schema.metadata, b"dataset": b"another"}
    pq.write_table(table.replace_schema_metadata(about), path)
    assert description(explore(results).html)["dataset"] == "results"
    path.unlink()
    assert description(explore(results).html)["dataset"] == "results"
