"""The artifacts that are made from a variant's files: the dataset, and the weights and predictions of every epoch."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from mnist_viz.store import tables, tensors
from mnist_viz.store.corrections import GIVEN
from mnist_viz.upload import wandb_internals
from mnist_viz.upload.pictures import Pictures, scores
from mnist_viz.upload.variant import Variant, raw_files

if TYPE_CHECKING:
    import wandb

TABLE = "test_predictions"
MOST_SCORES = 32  # columns of a table: of more classes, the highest five
TOP = 5


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
    metadata.pop(GIVEN, None)  # the table has it
    artifact = wandb.Artifact(variant.dataset, "dataset", metadata=metadata)
    raw = raw_files(variant.resources)
    for path in raw:
        artifact.add_file(str(path), name=f"raw/{path.name}", policy="immutable", skip_cache=True)
    artifact.add_dir(str(pictures.folder), name="images", policy="immutable", skip_cache=True)
    known = {"truth": pictures.truth, **({} if pictures.given is None else {GIVEN: pictures.given})}
    labels = zip(*(map(pictures.named, each) for each in known.values()), strict=True)
    data = ([number, number, *each] for number, each in enumerate(labels))
    artifact.add(image_table(pictures, ["id", "image", *known], data), "test_images")
    return Made(artifact, ["latest"], [*raw, variant.results / "images.parquet"])


def model_artifact(variant: Variant, epoch: int) -> Made:
    """The weights after one epoch."""
    import wandb

    checkpoint = variant.checkpoint(epoch)
    artifact = wandb.Artifact(f"model-{variant.name}", "model", metadata={**variant.facts, "epoch": epoch})
    artifact.add_file(str(checkpoint), name="model.safetensors", policy="immutable", skip_cache=True)
    return Made(artifact, _aliases(variant, epoch), [checkpoint])


def prediction_artifact(variant: Variant, epoch: int, entries: list[wandb_internals.Entry]) -> Made:
    """The predictions of one epoch: W&B table, images, Parquet rows.

    `entries` are the manifest entries of the images, files or references, the same for all epochs.
    """
    import wandb

    parquet = variant.rows_of(epoch)
    rows = tables.read(parquet, tables.predictions)
    facts = {**variant.facts, "dataset_sha256": variant.dataset_sha256, **variant.correction, "epoch": epoch}
    artifact = wandb.Artifact(f"predictions-{variant.name}", "predictions", metadata=facts)
    wandb_internals.add_entries(artifact, entries[: variant.shown])
    pictures, columns = variant.pictures, score_columns(rows, variant.pictures)
    labels = ["guess", "truth", *([GIVEN] if GIVEN in rows.column_names else [])]
    columns = {name: list(map(pictures.named, rows[name].to_pylist())) for name in labels} | columns
    ids = rows["id"].to_pylist()
    data = zip(ids, ids, *columns.values(), strict=True)
    table = image_table(pictures, ["id", "image", *columns], map(list, data))
    artifact.add(table, TABLE)
    artifact.add_file(str(parquet), name="predictions.parquet", policy="immutable", skip_cache=True)
    return Made(artifact, _aliases(variant, epoch), [variant.folder / "predictions.parquet"], table)


def score_columns(rows: pa.Table, pictures: Pictures) -> dict[str, list[Any]]:
    """What a W&B table has of the scores: of all classes, of more than 32 the five highest with their classes."""
    count = len(pictures.classes)
    if count <= MOST_SCORES:
        names = zip(scores(pictures.classes), tables.scores(count), strict=True)
        return {name: rows[source].to_pylist() for name, source in names}
    every = tables.dense_scores(rows, count)
    top = np.argsort(-every, axis=1, kind="stable")[:, :TOP]
    columns: dict[str, list[Any]] = {}
    for rank in range(TOP):
        columns[f"guess_{rank + 1}"] = [pictures.named(number) for number in top[:, rank].tolist()]
        columns[f"score_{rank + 1}"] = np.take_along_axis(every, top[:, rank : rank + 1], axis=1).ravel().tolist()
    return columns


def image_table(pictures: Pictures, columns: list[str], data: Iterable[list[Any]]) -> "wandb.Table":
    """A W&B table whose column `image` is given as ids. At least one image has a truth."""
    import wandb

    place = columns.index("image")
    rows = [[*row[:place], pictures.cells[row[place]], *row[place + 1 :]] for row in data]
    first = [next((each for each in column if each is not None), None) for column in zip(*rows, strict=True)]
    first[place] = wandb.Image(str(pictures.files[0]))
    return wandb_internals.table(columns, first, rows)


def _aliases(variant: Variant, epoch: int) -> list[str]:
    last = ["latest"] if epoch == len(variant.metrics) else []
    return [f"epoch-{epoch}", *last, *(["best"] if epoch == variant.best else [])]
