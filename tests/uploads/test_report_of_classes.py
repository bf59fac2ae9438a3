"""The report of many named classes and of an image whose class is not known, by the real client."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from mnist_viz.datasets.own import Source
from mnist_viz.store import tables
from tests.wandb_server import Server
from tests.wandb_server.reports import compare, report, told
from tests.wandb_server.uploads import predict_command, stages, train_command, upload

COUNT = 120
NAMES = [f"kind <{number}> é" for number in range(COUNT)]


def png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (9, 7, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures of COUNT classes, one of them of none that is known, and a variant trained on them, beside
    one that diverged."""
    folder = tmp_path_factory.mktemp("named")
    source = folder / "pictures"
    source.mkdir()
    for split in ("train", "test"):
        labels: list[str | None] = NAMES * (2 if split == "train" else 1)
        labels += [None] if split == "test" else []
        images = [png(number) for number in range(len(labels))]
        pl.DataFrame({"image": images, "label": labels}).write_parquet(source / f"{split}.parquet")
    data, results = folder / "resources" / "mnist", folder / "results"
    made = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    made += ["--images", results / "images.parquet", "--classes", results / "classes.parquet"]
    own = Source("pets", str(source)).to_json()
    stages(
        ["data", "--dataset", "pets", "--own", own, *made, "--record", results / "data.json"],
        train_command(folder, "baseline"),
        predict_command(folder, "baseline"),
        train_command(folder, "lost", learning_rate=10, weight_decay=1, batch_size=8),
        predict_command(folder, "lost"),
    )
    compare(folder, "baseline", "lost")
    return folder


def test_tables_and_sentences_show_the_names(root: Path) -> None:
    with Server() as server:
        for variant in ("baseline", "lost"):
            done = upload(root, variant, server)
            assert done.status == 0, done.text
        done = report(root, server, "baseline", "lost")
        assert done.status == 0, done.text
        files = server.files("comparison-pets:latest")
        view = server.state.views[told(root)["report"]["id"]].spec
    assert server.defects == []
    names = [*tables.classes(root / "results" / "images.parquet")]
    assert sorted(names) == sorted(NAMES)
    for name in ("disagreements", "errors_by_guess"):
        logged = json.loads(files[f"{name}.table.json"])
        stored = pl.read_parquet(root / "results" / "comparison" / f"{name}.parquet")
        assert len(logged["data"]) == len(stored) > 0
        place = {column: logged["columns"].index(column) for column in stored.columns}
        by = "id" if name == "disagreements" else "ids"
        wanted = {json.dumps(row[by]): row for row in stored.to_dicts()}
        for row in logged["data"]:
            own = wanted[json.dumps(row[place[by]])]
            for column in {"truth", "guess", "a_guess", "b_guess"} & place.keys():
                assert row[place[column]] == (None if own[column] is None else names[own[column]])
            for column in {"a_top_class", "b_top_class"} & place.keys():
                assert row[place[column]] == [names[number] for number in own[column]] and len(own[column]) == 10
    by_guess = json.loads(files["errors_by_guess.table.json"])
    first = dict(zip(by_guess["columns"], by_guess["data"][0], strict=True))
    said = json.dumps(json.loads(view), ensure_ascii=False)
    assert f"which takes {first['truth']} for {first['guess']} on" in said
    errors = pl.read_parquet(root / "results" / "baseline" / "metrics.parquet")["errors"][-1]
    assert f"{errors} of {COUNT}" in said
    assert (
        "The predictions of 1 variant on the test images of pets, compared. lost diverged; nothing here is of it."
        in said
    )
