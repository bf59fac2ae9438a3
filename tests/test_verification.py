"""Verification compares records and contents: what is forged and sealed again is found, too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_viz.job import records
from mnist_viz.store.files import read_json, sha256, write_json
from mnist_viz.verify import WRONG, Finding, verify
from tests.conftest import Project

DOUBLE = Path("demo/results/double")
IMAGES = Path("demo/results/images.parquet")


def wrong(root: Path = Path("demo")) -> dict[str, Finding]:
    """By file, what is not as it should be."""
    return {finding.path.as_posix(): finding for finding in verify(root) if finding.status in WRONG}


def seal(record: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change a record so that its own digest is right again."""
    content = json.loads(record.read_text())
    edit(content)
    record.write_bytes(records.sealed(content))


def forge(record: Path, name: str, edit: Callable[[pa.Table], pa.Table]) -> None:
    """Change a table so that its record's digest is right again."""
    path = record.parent / name
    pq.write_table(edit(pq.read_table(path)), path)
    seal(record, lambda content: content["outputs"].update({name: sha256(path)}))


def put(name: str, values: Callable[[pa.Table], Any]) -> Callable[[pa.Table], pa.Table]:
    """Another column in the place of one."""

    def edit(table: pa.Table) -> pa.Table:
        place = table.column_names.index(name)
        return table.set_column(place, table.schema.field(name), pa.array(values(table), table.schema.field(name).type))

    return edit


def predictions(edit: Callable[[pa.Table], pa.Table]) -> Callable[[], None]:
    return lambda: forge(DOUBLE / "predict.json", "predictions.parquet", edit)


def metrics(edit: Callable[[pa.Table], pa.Table]) -> Callable[[], None]:
    return lambda: forge(DOUBLE / "predict.json", "metrics.parquet", edit)


def surer(table: pa.Table) -> np.ndarray:
    """A score that makes some guesses wrong: all of one class."""
    return np.where(np.arange(len(table)) < 5, 1, table["score_0"].to_numpy())


def other_labels(table: pa.Table) -> np.ndarray:
    return (table["truth"].to_numpy() + 1) % 10


def training(**facts: object) -> Callable[[], None]:
    return lambda: seal(DOUBLE / "train.json", lambda content: content.update(facts))


def another_configuration() -> None:
    path = DOUBLE / "config.json"
    write_json(path, read_json(path) | {"seed": 9})

    def edit(content: dict[str, Any]) -> None:
        content["outputs"]["config.json"] = sha256(path)
        content["key"]["config"]["seed"] = 9

    seal(DOUBLE / "train.json", edit)


def fewer_outputs() -> None:
    seal(DOUBLE / "train.json", lambda content: content["outputs"].pop("history.parquet"))


PREDICTIONS, METRICS = f"{DOUBLE}/predictions.parquet", f"{DOUBLE}/metrics.parquet"
CHECKPOINT, CRATE = f"{DOUBLE}/checkpoints/epoch_001.safetensors", "demo/results/provenance.json"
FORGERIES: dict[str, tuple[Callable[[], None], str, str, str]] = {
    "guesses": (
        predictions(put("guess", lambda table: table["truth"])),
        PREDICTIONS,
        "untrue",
        "not the highest score",
    ),
    "labels": (predictions(put("truth", lambda table: table["guess"])), PREDICTIONS, "untrue", "not the dataset's"),
    "scores": (predictions(put("score_0", surer)), PREDICTIONS, "untrue", "guesses have not the highest score"),
    "rows": (predictions(lambda table: table.slice(1)), PREDICTIONS, "untrue", "999 rows where 1 epochs of 1,000"),
    "an image twice": (
        predictions(put("id", lambda table: np.maximum(table["id"].to_numpy(), 1))),
        PREDICTIONS,
        "untrue",
        "not each image once",
    ),
    "errors": (metrics(put("errors", lambda _: [0])), METRICS, "untrue", "errors are not those of the predictions"),
    "accuracy": (metrics(put("accuracy", lambda _: [1.0])), METRICS, "untrue", "accuracy is not that"),
    "loss": (metrics(put("loss", lambda _: [0.0])), METRICS, "untrue", "loss is not that"),
    "labels of all": (
        lambda: forge(IMAGES.with_name("data.json"), IMAGES.name, put("truth", other_labels)),
        IMAGES.as_posix(),
        "untrue",
        "its labels are not the dataset's",
    ),
    "the precision": (training(precision="float64"), CHECKPOINT, "untrue", "precision_used is"),
    "the dataset": (training(dataset_sha256="0" * 64), f"{DOUBLE}/train.json", "untrue", "not that of data.json"),
    "the configuration": (another_configuration, CHECKPOINT, "untrue", "seed is 0 in it, 9 in its record"),
    "the time": (training(seconds={"1": 0.1}), CRATE, "outdated", "made from another demo/results/double/train.json"),
    "an output left out": (fewer_outputs, f"{DOUBLE}/wandb.json", "outdated", "train.json does not name"),
}


@pytest.mark.parametrize(("make", "path", "status", "said"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_with_a_sealed_record_is_found(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[], None],
    path: str,
    status: str,
    said: str,
) -> None:
    monkeypatch.chdir(project.folder)
    make()
    found = wrong()
    assert found[path].status == status, found
    assert said in found[path].detail


def test_it_is_still_found_after_the_next_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which makes all anew that follows from the forged file, and so says the same everywhere."""
    monkeypatch.chdir(project.folder)
    predictions(put("guess", lambda table: table["truth"]))()
    again = project.snakemake()
    assert again.status == 0, again.text
    assert {path: finding.status for path, finding in wrong().items()} == {PREDICTIONS: "untrue"}


def test_a_file_that_was_never_published_is_found(tmp_path: Path) -> None:
    raw = tmp_path / "resources" / "mnist" / "raw" / "t10k-labels-idx1-ubyte.gz"
    raw.parent.mkdir(parents=True)
    raw.write_bytes(b"forged")
    record = raw.parents[1] / "download.json"
    records.write(record, "download", 0, {}, [raw], {"dataset": "mnist", "key": {"config": {}}})
    (finding,) = wrong(tmp_path).values()
    assert (finding.status, finding.path, finding.detail) == ("untrue", raw, "not the published file")


def test_records_of_older_versions_are_compared_as_far_as_they_go(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    for path in DOUBLE.glob("*.json"):
        if path.name != "config.json":
            seal(path, lambda content: content.pop("key"))
    assert wrong().keys() == {CRATE}
