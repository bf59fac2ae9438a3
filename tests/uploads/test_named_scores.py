"""The upload of a few named classes, by the real client, read back from the stand-in server: scores are called by the
classes' names, whatever characters these hold."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mnist_viz.datasets.own import Source
from mnist_viz.explore import explore
from mnist_viz.store import tables
from tests.test_explore import description
from tests.test_explore_wandb import classes_of, scores_of
from tests.wandb_server import Server
from tests.wandb_server.reports import compare, report
from tests.wandb_server.uploads import predict_command, stages, train_command, upload

NAMES = [
    'a "quoted" <b>',
    "dot.ted name",
    "line\nbreak",
    "guess",
    "id",
    "7",
    "日本 🐈",
    "back\\slash, comma",
    "score_0",
    "1",
]
COLUMNS = [f"score_{name}" for name in NAMES]
EACH = 6


def ppm(seed: int) -> bytes:
    return b"P6 6 5 255\n" + np.random.default_rng(seed).integers(0, 256, 90, np.uint8).tobytes()


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], dict[str, bytes]]:
    """A folder with two variants on such classes, and the files of the predictions and of the comparison in W&B."""
    folder = tmp_path_factory.mktemp("scores")
    (folder / "pictures").mkdir()
    for split in ("train", "test"):
        images = [ppm(number) for number in range(EACH * len(NAMES))]
        pl.DataFrame({"image": images, "label": NAMES * EACH}).write_parquet(folder / "pictures" / f"{split}.parquet")
    data, results = folder / "resources" / "mnist", folder / "results"
    made = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    made += ["--images", results / "images.parquet", "--classes", results / "classes.parquet"]
    own = Source("pets", str(folder / "pictures"), classes=tuple(NAMES)).to_json()
    of_variants = [
        each(folder, name, **more)
        for name, seed in (("baseline", 0), ("other", 1))
        for each, more in ((train_command, {"epochs": 1, "seed": seed}), (predict_command, {}))
    ]
    stages(["data", "--dataset", "pets", "--own", own, *made, "--record", results / "data.json"], *of_variants)
    compare(folder, "baseline", "other")
    with Server() as server:
        for variant in ("baseline", "other"):
            done = upload(folder, variant, server)
            assert done.status == 0, done.text
        done = report(folder, server, "baseline", "other")
        assert done.status == 0, done.text
        found = server.files("predictions-baseline:latest"), server.files("comparison-pets:latest")
    assert server.defects == []
    return folder, *found


def test_the_tables_of_predictions_call_scores_by_the_classes(uploaded: tuple[Path, dict[str, bytes], object]) -> None:
    root, files, _ = uploaded
    table = json.loads(files["test_predictions.table.json"])
    assert table["columns"] == ["id", "image", "guess", "truth", *COLUMNS]
    rows = pl.read_parquet(root / "results" / "baseline" / "predictions.parquet")
    assert [row[4:] for row in table["data"]] == [list(row) for row in rows.select("^score_.*$").iter_rows()]
    for row in table["data"]:
        own = dict(zip(table["columns"], row, strict=True))
        assert own[f"score_{own['guess']}"] == max(row[4:])


def test_the_table_of_disagreements_calls_them_so_too(uploaded: tuple[Path, object, dict[str, bytes]]) -> None:
    root, _, files = uploaded
    table = json.loads(files["disagreements.table.json"])
    stored = pl.read_parquet(root / "results" / "comparison" / "disagreements.parquet")
    first = stored.columns.index("a_score_0")
    assert len(stored) > 0 and len(table["data"]) == len(stored)
    assert table["columns"] == [
        *stored.columns[:first],
        *(f"{side}_{column}" for side in "ab" for column in COLUMNS),
        "image",
    ]
    wanted = {row["id"]: list(row.values())[first:] for row in stored.to_dicts()}
    assert {row[table["columns"].index("id")]: row[first:-1] for row in table["data"]} == wanted


def test_the_table_alone_is_explored_with_its_names(
    uploaded: tuple[Path, dict[str, bytes], object], tmp_path: Path
) -> None:
    root, files, _ = uploaded
    (tmp_path / "test_predictions.table.json").write_bytes(files["test_predictions.table.json"])
    page = explore(tmp_path / "test_predictions.table.json")
    rows = tables.read(root / "results" / "baseline" / "predictions.parquet", tables.predictions).to_pydict()
    assert sorted(description(page.html)["classes"]) == sorted(NAMES)
    assert classes_of(page.html, "guess") == [NAMES[number] for number in rows["guess"]]
    for number, name in enumerate(NAMES):
        assert np.abs(scores_of(page.html, name) - rows[f"score_{number}"]).max() < 5e-5
