"""What is uploaded: the run's configuration and history, and the artifacts, made from the files of a variant."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.compute as pc

from mnist_viz.job import records
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json, sha256

if TYPE_CHECKING:
    import wandb

TABLE = "test_predictions"
COLUMNS = ["id", "image", "guess", "truth", *tables.SCORES]
EPOCH_METRICS = {
    "acc": "accuracy",
    "errors": "errors",
    "test_loss": "loss",
    "calibration_error": "calibration_error",
}  # W&B's name -> column of metrics.parquet

# Of the training's record, what the artifacts say of themselves.
FACTS = (
    *("variant", "dataset", "dataset_sha256", "torch", "device", "device_name", "cpu_flags", "precision", "threads"),
    "parameters",
)

Row = dict[str, Any]


def run_id(config: dict[str, Any], dataset_sha256: str) -> str:
    """The run's id, the same for the same configuration on the same data: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps([config, dataset_sha256], sort_keys=True).encode()).hexdigest()[:16]


def shown_images(choice: str | dict[str, int], count: int) -> int:
    """How many of the `count` test images, from the first, the W&B tables show."""
    return count if choice == "all" else min(count, choice["batches_to_log"] * choice["images_per_batch"])


def training_row(step: int, steps: int, loss: float, learning_rate: float, moment: float) -> Row:
    """The history row of one training step of `steps`; `moment` in seconds since 1970."""
    return {"loss": loss, "learning_rate": learning_rate, "progress": step / steps, "_timestamp": moment}


def checked_inputs(variant: str, results: Path, resources: Path) -> dict[Path, str]:
    """The files that are uploaded, with their SHA-256. ValueError names one that is missing, damaged or replaced."""
    folder, mnist = results / variant, resources / "mnist"
    record = folder / "train.json"
    checkpoints = [folder / "checkpoints" / name for name in sorted(records.read(record)["checkpoints"])]
    inputs = records.check(results / "data.json", [results / "images.parquet", mnist / "test.safetensors"])
    if raw := sorted((mnist / "raw").glob("*.gz")):
        inputs |= records.check(mnist / "download.json", raw)
    inputs |= records.check(record, [folder / "config.json", folder / "history.parquet", *checkpoints])
    return inputs | records.check(folder / "predict.json", [folder / "predictions.parquet", folder / "metrics.parquet"])


class Variant:
    """A finished variant's files, read when they are needed."""

    def __init__(self, name: str, results: Path, resources: Path, choice: str | dict[str, int]) -> None:
        self.name, self.results, self.resources = name, results, resources
        self.folder = results / name
        self.config: dict[str, Any] = read_json(self.folder / "config.json")
        self.record = records.read(self.folder / "train.json")
        self.dataset: str = self.record["dataset"]
        self.run_id = run_id(self.config, self.record["dataset_sha256"])
        self.metrics: list[Row] = tables.read(self.folder / "metrics.parquet", tables.METRICS).to_pylist()
        self.shown = shown_images(choice, self.metrics[0]["images"])
        self.best: int = min(self.metrics, key=lambda row: (row["errors"], row["epoch"]))["epoch"]

    @property
    def run_config(self) -> dict[str, Any]:
        """What becomes `run.config`: the whole configuration, and the names that W&B's tutorial has for parts of it."""
        known_as = {"lr": self.config["learning_rate"], "img_count": self.shown}
        return {**self.config, **known_as, "dataset_sha256": self.record["dataset_sha256"]}

    @property
    def facts(self) -> dict[str, Any]:
        """What the artifacts of this variant carry as metadata."""
        return {key: self.record[key] for key in FACTS}

    @cached_property
    def training(self) -> list[tuple[int, Row]]:
        """(step, row) of every training step. Its time lies as far in its epoch as the step does."""
        history = tables.read(self.folder / "history.parquet", tables.HISTORY).to_pydict()
        steps = len(history["step"])
        of_epoch = steps // len(self.metrics)
        rows = []
        for step, epoch, loss, learning_rate in zip(*history.values(), strict=True):
            moment = self._moment(epoch, ((step - 1) % of_epoch + 1) / of_epoch)
            rows.append((step, training_row(step, steps, loss, learning_rate, moment)))
        return rows

    def _moment(self, epoch: int, share: float) -> float:
        return self.record["started"][str(epoch)] + share * self.record["seconds"][str(epoch)]

    @cached_property
    def evaluation(self) -> list[tuple[int, Row]]:
        """(step, row) of every epoch's metrics. They follow the training steps, as they do when training streams."""
        rows = []
        for step, measured in enumerate(self.metrics, len(self.training) + 1):
            row: Row = {name: measured[column] for name, column in EPOCH_METRICS.items()}
            row |= {"epoch": measured["epoch"], "_timestamp": self._moment(measured["epoch"], 1)}
            rows.append((step, row))
        return rows

    @cached_property
    def pictures(self) -> "Pictures":
        """The test images."""
        return Pictures(self.results / "images.parquet", self.results / "wandb")

    def checkpoint(self, epoch: int) -> Path:
        """The file of the weights after an epoch."""
        return self.folder / "checkpoints" / f"epoch_{epoch:03d}.safetensors"

    def rows_of(self, epoch: int) -> Path:
        """The shown predictions of one epoch as a Parquet file of their own."""
        every = tables.read(self.folder / "predictions.parquet", tables.PREDICTIONS)
        rows = every.filter(pc.equal(every["epoch"], epoch)).slice(0, self.shown)
        path = self.results / "wandb" / "rows" / f"{self.name}-{epoch:03d}.parquet"
        tables.write(path, dict(zip(rows.column_names, rows.columns, strict=True)), tables.PREDICTIONS, self.dataset)
        return path


class Pictures:
    """The test images as PNG files 00000.png, … in a folder that is made once for each dataset.

    `cells` are what wandb.Image writes into a table for each of them once it lies in the same artifact as `name`.
    """

    def __init__(self, images: Path, folder: Path) -> None:
        rows = tables.read(images, tables.IMAGES)
        pictures = rows["image"].to_pylist()
        self.truth: list[int] = rows["truth"].to_pylist()
        self.folder = folder / "images" / sha256(images)[:16]
        self.names = [f"images/{picture['path']}" for picture in pictures]
        self.files = [self.folder / picture["path"] for picture in pictures]
        common = {"_type": "image-file", "format": "png", "width": 28, "height": 28}
        self.cells = [
            {**common, "path": name, "sha256": hashlib.sha256(picture["bytes"]).hexdigest()}
            for name, picture in zip(self.names, pictures, strict=True)
        ]
        if not self.folder.is_dir():
            _write_folder(self.folder, {picture["path"]: picture["bytes"] for picture in pictures})


def _write_folder(target: Path, files: dict[str, bytes]) -> None:
    building = target.with_name(f".{target.name}.{os.getpid()}")
    building.mkdir(parents=True)
    for name, content in files.items():
        (building / name).write_bytes(content)
    try:
        building.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(building)  # an upload beside this one was faster


def image_table(pictures: Pictures, columns: list[str], data: Iterable[list[Any]]) -> "wandb.Table":
    """A W&B table whose column `image` is given as ids.

    W&B's table compares the types of every row, which takes seconds; here the first row alone decides the types, as
    all rows have the same, and the images' cells are written as wandb.Image would write them.
    """
    import wandb

    place = columns.index("image")
    rows = [[*row[:place], pictures.cells[row[place]], *row[place + 1 :]] for row in data]
    first = [*rows[0]]
    first[place] = wandb.Image(str(pictures.files[0]))
    table = wandb.Table(columns=columns, data=[first])
    table.data = rows
    return table


class Made(NamedTuple):
    """An artifact to upload, its table, and the files that it was made from."""

    artifact: "wandb.Artifact"
    aliases: list[str]
    files: list[Path]
    table: "wandb.Table | None" = None


def dataset_artifact(variant: Variant) -> Made:
    """The dataset: the raw files, where there are any, and the test images as a table."""
    import wandb

    pictures = variant.pictures
    metadata = tensors.read(variant.resources / "mnist" / "test.safetensors")[1]
    artifact = wandb.Artifact(variant.dataset, "dataset", metadata=metadata)
    raw = sorted((variant.resources / "mnist" / "raw").glob("*.gz"))
    for path in raw:
        artifact.add_file(str(path), name=f"raw/{path.name}", policy="immutable", skip_cache=True)
    artifact.add_dir(str(pictures.folder), name="images", policy="immutable", skip_cache=True)
    data = ([number, number, truth] for number, truth in enumerate(pictures.truth))
    artifact.add(image_table(pictures, ["id", "image", "truth"], data), "test_images")
    return Made(artifact, ["latest"], [*raw, variant.results / "images.parquet"])


def model_artifact(variant: Variant, epoch: int) -> Made:
    """The weights after one epoch."""
    import wandb

    checkpoint = variant.checkpoint(epoch)
    artifact = wandb.Artifact(f"model-{variant.name}", "model", metadata={**variant.facts, "epoch": epoch})
    artifact.add_file(str(checkpoint), name="model.safetensors", policy="immutable", skip_cache=True)
    return Made(artifact, _aliases(variant, epoch), [checkpoint])


def prediction_artifact(variant: Variant, epoch: int, entries: list[Any]) -> Made:
    """The predictions of one epoch: W&B table, images, Parquet rows.

    `entries` are the manifest entries of the images, files or references, the same for all epochs.
    """
    import wandb

    parquet = variant.rows_of(epoch)
    rows = tables.read(parquet, tables.PREDICTIONS).to_pydict()
    artifact = wandb.Artifact(f"predictions-{variant.name}", "predictions", metadata={**variant.facts, "epoch": epoch})
    for entry in entries[: variant.shown]:
        artifact.manifest.add_entry(entry)
    data = zip(
        rows["id"], rows["id"], rows["guess"], rows["truth"], *(rows[name] for name in tables.SCORES), strict=True
    )
    table = image_table(variant.pictures, COLUMNS, map(list, data))
    artifact.add(table, TABLE)
    artifact.add_file(str(parquet), name="predictions.parquet", policy="immutable", skip_cache=True)
    return Made(artifact, _aliases(variant, epoch), [variant.folder / "predictions.parquet"], table)


def _aliases(variant: Variant, epoch: int) -> list[str]:
    last = ["latest"] if epoch == len(variant.metrics) else []
    return [f"epoch-{epoch}", *last, *(["best"] if epoch == variant.best else [])]
