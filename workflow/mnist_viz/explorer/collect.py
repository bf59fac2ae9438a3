"""Read the tables of all variants into dense arrays, and choose the images to keep where there are too many rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mnist_viz.store import tables, tensors
from mnist_viz.store.corrections import GIVEN, Corrections
from mnist_viz.store.files import read_json

ROW_LIMIT = 2_000_000
CELL_LIMIT = 100_000_000  # scores; rows times classes
HISTORY_POINTS = 200
HISTORY_POINTS_OF_ALL = 40_000
# Of a variant's records, what the page does not show: it is shown elsewhere, or for each of the files.
UNSHOWN = {
    "train": ("inputs", "outputs", "sha256", "stage", "classes"),
    "predict": ("inputs", "sha256", "stage", "variant", "dataset", "dataset_sha256", "software", "classes"),
}

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Collection:
    """Everything that the page shows. T tables (one a variant and epoch), N test images, K of them kept."""

    dataset: str
    data: dict[str, Any]
    """The record of the data: the dataset's source and digests, and when and by what it was decoded."""
    variants: list[dict[str, Any]]
    """One a variant: `name`, `config`, `train`, `predict`, `metrics` and `history`; as on disk, the history thinned.
    One that diverged has fewer epochs, or none, and so fewer tables."""
    tables: list[tuple[int, int]]
    """T pairs: index of the variant, epoch."""
    ids: Array
    """int32 [K], ascending: the kept images' ids."""
    classes: tuple[str, ...]
    """The names of the C classes."""
    truth: Array
    """uint8 [K], uint16 above 255 classes; C where it is not known."""
    pictures: Sequence[bytes | Array]
    """K PNG or JPEG files, or pixels; none where there are no pictures."""
    guess: Array
    """[T, K], of the same type."""
    scores: Array
    """float32 [C, T, K]: softmax probabilities."""
    images: int
    """N."""
    contested: int
    """How many of the N images at least one table gets wrong, or have no truth."""
    omitted: list[int]
    """How many images of each label are not kept; every table guesses these right."""
    notes: tuple[str, ...] = ()
    """What was missing, and what was taken in its place."""
    top: int = 0
    """How many of a prediction's scores are known besides the truth's, the highest; 0 if all are."""
    corrections: Corrections | None = None
    """What became of the given labels; None if nothing did."""
    given: Array | None = None
    """As `truth`, before corrections; None where there are none."""
    test_set: str = ""
    """The digest of the test set, which marks of its images carry; empty where it is not known."""


def collect(results: Path, variants: Sequence[str], row_limit: int = ROW_LIMIT, test: Path | None = None) -> Collection:
    """Read the tables of `variants` under `results`; `test` is the test split.

    Up to `row_limit` predictions all are kept. Beyond, the images that at least one table gets wrong are kept in
    full, in all tables, and of the other images as many as fit, at random and of all labels alike; at least one in a
    hundred of them. As every table guesses the omitted images right, the counts of errors and of disagreements stay
    exact. Images whose truth is not known are all kept.
    """
    path = results / "images.parquet"
    pictures = tables.read(path, tables.images)
    dataset, classes = tables.dataset(path), tables.classes(path)
    row_limit = min(row_limit, CELL_LIMIT // len(classes))
    truth = tables.truth(pictures)
    order = np.argsort(tables.numbers(pictures, "id"))
    ids = tables.numbers(pictures, "id")[order]
    unknown = truth[order] == tables.MISSING
    truth = np.where(unknown, len(classes), truth[order]).astype(tables.class_type(len(classes)))
    given = None
    if (corrections := tables.corrections(path)) is not None:
        before = tables.truth(pictures, GIVEN)[order]
        given = np.where(before == tables.MISSING, len(classes), before).astype(truth.dtype)
    top = 0 if tables.scores(len(classes)) else tables.TOP
    said = {
        f"test labels: {corrections}": corrections,
        f"images whose truth is not known, which are shown and never counted: {unknown.sum():,}": unknown.any(),
        f"only the {top} highest scores and the truth's are known: distance and entropy are approximate": top,
    }
    notes = tuple(note for note, holds in said.items() if holds)

    parts = [_guesses(results / name / "predictions.parquet", dataset, ids, truth, len(classes)) for name in variants]
    guess = np.concatenate([own for _, own in parts])
    wrong_somewhere = (guess != truth).any(axis=0)
    kept = choose(wrong_somewhere, truth, len(guess), row_limit, len(classes))
    scores = np.zeros((len(classes), len(guess), len(kept)), np.float32)
    start = 0
    for name, (epochs, _) in zip(variants, parts, strict=True):
        stop = start + len(epochs)
        _read_scores(results / name / "predictions.parquet", ids[kept], truth[kept], scores[:, start:stop])
        start = stop

    points = max(20, min(HISTORY_POINTS, HISTORY_POINTS_OF_ALL // len(variants)))
    png = pictures["image"].combine_chunks().field("bytes").to_pylist()
    return Collection(
        dataset=dataset,
        data=read_json(results / "data.json"),
        variants=[_describe(results / name, name, points) for name in variants],
        tables=[(index, epoch) for index, (epochs, _) in enumerate(parts) for epoch in epochs],
        ids=ids[kept],
        classes=classes,
        truth=truth[kept],
        pictures=[png[index] for index in order[kept]],
        guess=guess[:, kept],
        scores=scores,
        images=len(ids),
        contested=int(wrong_somewhere.sum()),
        omitted=np.bincount(np.delete(truth, kept), minlength=len(classes)).tolist(),
        notes=notes,
        top=top,
        corrections=corrections,
        given=None if given is None else given[kept],
        test_set=f"sha256:{test_set(test)}" if test else "",
    )


def test_set(path: Path) -> str:
    """The digest of a test split as it was before corrections, from its head."""
    about = tensors.metadata(path)
    return about.get(f"{GIVEN}_sha256", about["sha256"])


def _guesses(path: Path, dataset: str, ids: Array, truth: Array, classes: int) -> tuple[list[int], Array]:
    """The epochs of one variant and its guesses [E, N]. Raises ValueError if it is not of these images."""
    table = tables.read(path, tables.predictions, ["epoch", "id", "guess", "truth"])
    if tables.dataset(path) != dataset:
        raise ValueError(f"{path} is of the dataset {tables.dataset(path)}, images.parquet of {dataset}")
    epoch, image = tables.numbers(table, "epoch"), tables.numbers(table, "id")
    epochs = np.unique(epoch)
    if len(table) != len(epochs) * len(ids):
        raise ValueError(f"{path} has {len(table)} rows where {len(epochs)} epochs of {len(ids)} images are needed")
    rows = np.lexsort((image, epoch)).reshape(len(epochs), len(ids))
    if (image[rows] != ids).any() or (epoch[rows] != epochs[:, None]).any():
        raise ValueError(f"{path} does not have each image of images.parquet once an epoch")
    own = tables.truth(table)
    if (np.where(own == tables.MISSING, classes, own)[rows] != truth).any():
        raise ValueError(f"{path} has other labels than images.parquet")
    return epochs.tolist(), tables.numbers(table, "guess")[rows]


def choose(wrong_somewhere: Array, truth: Array, count: int, row_limit: int, classes: int) -> Array:
    """Ascending indices of the images to keep, of which there are `count` predictions each.

    The sample has as many images of one label as of another, so that every label that was there is in it.
    """
    if count * len(wrong_somewhere) <= row_limit:
        return np.arange(len(wrong_somewhere))
    contested = np.flatnonzero(wrong_somewhere)
    others = np.random.default_rng(0).permutation(np.flatnonzero(~wrong_somewhere))
    place = np.empty(len(others), int)
    for label in range(classes):
        own = truth[others] == label
        place[own] = np.arange(own.sum())
    room = max(row_limit // count - len(contested), -(-len(others) // 100), classes)
    return np.sort(np.concatenate([contested, others[np.argsort(place, kind="stable")[:room]]]))


def _read_scores(path: Path, ids: Array, truth: Array, into: Array) -> None:
    """Fill `into`, float32 [C, E, K], with the scores of the images `ids`, ascending. Of many classes a table has the
    highest and the truth's alone; the others stay 0."""
    if not into.size:
        return
    names = tables.scores(len(into))
    table = tables.read(path, tables.predictions, ["epoch", "id", *(names or ("top_class", "top_score", "true_score"))])
    every = tables.numbers(table, "id")
    order = np.lexsort((every, tables.numbers(table, "epoch"))).reshape(into.shape[1], -1)
    rows = order[:, np.searchsorted(every[order[0]], ids)]
    for number, name in enumerate(names):
        into[number] = _shares(tables.numbers(table, name)[rows], f"{path}: {name}")
    if not names:
        top, shares = (
            np.from_dlpack(table[name].combine_chunks().flatten()).reshape(-1, tables.TOP)[rows]
            for name in ("top_class", "top_score")
        )
        epochs, images = np.ogrid[: rows.shape[0], : rows.shape[1]]
        into[top, epochs[..., None], images[..., None]] = _shares(shares, f"{path}: top_score")
        known = np.flatnonzero(truth < len(into))
        own = np.from_dlpack(pc.fill_null(table["true_score"].combine_chunks(), 0))[rows]
        into[truth[known], epochs, known] = _shares(own[:, known], f"{path}: true_score")


def _shares(values: Array, what: str) -> Array:
    """The values, none above 1. ValueError where one is no probability."""
    if not ((values >= 0) & (values <= 1.001)).all():
        raise ValueError(f"{what} has a value that is no probability")
    return np.minimum(values, np.float32(1))


def _describe(folder: Path, name: str, points: int) -> dict[str, Any]:
    metrics = tables.read(folder / "metrics.parquet", tables.METRICS).drop_columns(["variant"])
    history = tables.read(folder / "history.parquet", tables.HISTORY)
    return {
        "name": name,
        "config": read_json(folder / "config.json"),
        **{
            stage: {key: value for key, value in read_json(folder / f"{stage}.json").items() if key not in unshown}
            for stage, unshown in UNSHOWN.items()
        },
        "metrics": metrics.to_pylist(),
        "history": _thin(history, points),
    }


def _thin(history: pa.Table, points: int) -> dict[str, list[float]]:
    """At most `points` means over equal stretches of training steps; `step` is a stretch's last step."""
    if not len(history):
        return {"step": [], "loss": [], "learning_rate": []}
    stretches = np.array_split(np.arange(len(history)), min(points, len(history)))
    starts = [stretch[0] for stretch in stretches]
    sizes = np.array([len(stretch) for stretch in stretches])
    loss = np.add.reduceat(tables.numbers(history, "loss").astype(float), starts) / sizes
    rate = tables.numbers(history, "learning_rate")
    step = tables.numbers(history, "step")
    return {
        "step": [int(step[stretch[-1]]) for stretch in stretches],
        "loss": [float(f"{value:.4g}") for value in loss],
        "learning_rate": [float(f"{rate[stretch[-1]]:.4g}") for stretch in stretches],
    }
