"""The upload of 1,000 classes with names of any characters, by the real client, read back from the stand-in server."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mnist_viz.datasets.own import Source
from mnist_viz.store import tables
from tests.wandb_server import Server
from tests.wandb_server.uploads import predict_command, receipt, stages, train_command, upload

COUNT = 1000
ODD = ['a "quoted" name', "pipe | pipe", "<b>&amp;</b><script>alert(1)</script>", "**bold** _it_ [x](y) `code` # h"]
ODD += [
    r"$\frac{1}{2}$ \textbf{x} % {y}",
    "日本 é 🐈 \u202eabc",
    "None",
    "null",
    "true",
    "NaN",
    "1.5",
    "007",
    " blank ",
]
ODD += ["line\nbreak", "tab\tand \x1b[2J", "{{ jinja }} ${shell} %s", "long " * 60, "-1", "'", "\\"]
NAMES = [*ODD, *(f"kind {number}" for number in range(COUNT - len(ODD)))]
LARGEST = 30e6  # bytes of a table of 10,000 rows


def ppm(seed: int) -> bytes:
    return b"P6 6 5 255\n" + np.random.default_rng(seed).integers(0, 256, 90, np.uint8).tobytes()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a variant is trained on pictures of COUNT classes; that of one test picture is not known."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "pictures").mkdir()
    for split, labels in (("train", NAMES), ("test", [*NAMES, None])):
        images = [ppm(number) for number in range(len(labels))]
        pl.DataFrame({"image": images, "label": labels}).write_parquet(folder / "pictures" / f"{split}.parquet")
    data, results = folder / "resources" / "mnist", folder / "results"
    made = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    made += ["--images", results / "images.parquet", "--classes", results / "classes.parquet"]
    own = Source("pets", str(folder / "pictures"), classes=tuple(NAMES)).to_json()
    stages(
        ["data", "--dataset", "pets", "--own", own, *made, "--record", results / "data.json"],
        train_command(folder, "baseline", epochs=1),
        predict_command(folder, "baseline"),
    )
    return folder


def test_tables_have_the_names_and_stay_small(root: Path) -> None:
    with Server() as server:
        done = upload(root, "baseline", server)
        assert done.status == 0, done.text
        dataset, predicted = server.files("pets:latest"), server.files("predictions-baseline:latest")
    assert server.defects == [] and receipt(root, "baseline")["table_rows"] == COUNT + 1
    content = predicted["test_predictions.table.json"]
    assert len(content) / (COUNT + 1) * 10_000 < LARGEST
    table = json.loads(content)
    rows = pl.read_parquet(root / "results" / "baseline" / "predictions.parquet")
    assert table["columns"][:4] == ["id", "image", "guess", "truth"]
    assert table["columns"][4:] == [f"{what}_{rank}" for rank in range(1, 6) for what in ("guess", "score")]
    for found, row in zip(table["data"], rows.iter_rows(named=True), strict=True):
        truth = None if row["truth"] is None else NAMES[row["truth"]]
        assert (found[0], found[2], found[3]) == (row["id"], NAMES[row["guess"]], truth)
        assert found[4::2] == [NAMES[number] for number in row["top_class"][:5]]
        assert found[5::2] == row["top_score"][:5]
    assert {row[3] for row in table["data"]} == {*NAMES, None}
    assert {row[2] for row in json.loads(dataset["test_images.table.json"])["data"]} == {*NAMES, None}
    copy = root / "copy.parquet"
    copy.write_bytes(predicted["predictions.parquet"])
    assert tables.classes(copy) == tuple(NAMES) and pl.read_parquet(copy).equals(rows)
