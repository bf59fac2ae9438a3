"""A variant's predictions as dense arrays: after every epoch on every test image."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mnist_viz.store import tables
from mnist_viz.store.corrections import Corrections

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Model:
    """One variant's predictions after one epoch, in the order of the image ids."""

    name: str
    """The variant and the epoch, as in `baseline:5`."""
    ids: Array
    """int32 [N], ascending."""
    truth: Array
    """int32 [N]; tables.MISSING where it is not known."""
    guess: Array
    """uint8 [N], uint16 above 255 classes."""
    scores: Array
    """float32 [N, K]; above 100 classes the highest ten of each image, the others 0."""
    classes: tuple[str, ...]
    """The names of the K classes."""
    rows: pa.Table
    """The same as the table of predictions has it."""
    corrections: Corrections | None = None
    """What became of the given labels."""
    diverged: str = ""
    """If the variant has fewer epochs than it was to have: how many, and why."""

    def named(self, number: int) -> str:
        """The name of a class; a question mark where it is not known."""
        return "?" if number == tables.MISSING else self.classes[number]


@dataclass(frozen=True)
class Predictions:
    """One variant's predictions after E epochs on N images, in the order of the epochs and of the image ids.

    One that diverged may have no epoch, and so no image.
    """

    variant: str
    epochs: list[int]
    ids: Array
    """int32 [N], ascending."""
    truth: Array
    """int32 [N]; tables.MISSING where it is not known."""
    guess: Array
    """[E, N]; uint8, uint16 above 255 classes."""
    classes: tuple[str, ...]
    """The names of the K classes."""
    rows: pa.Table
    """The table of predictions, E times N rows."""
    corrections: Corrections | None = None

    def after(self, epoch: int) -> Model:
        """The predictions after one epoch. ValueError names those that there are."""
        if epoch not in self.epochs:
            known = f"those after {', '.join(map(str, self.epochs))}" if self.epochs else "none"
            raise ValueError(f"{self.variant} has no predictions after epoch {epoch}; it has {known}")
        index = self.epochs.index(epoch)
        own = np.arange(index * len(self.ids), (index + 1) * len(self.ids))
        rows = self.rows.take(own)  # A copy, so that one epoch kept is not all of them kept.
        scores = tables.dense_scores(rows, len(self.classes))
        guess = self.guess[index].copy()
        name = f"{self.variant}:{epoch}"
        return Model(name, self.ids, self.truth, guess, scores, self.classes, rows, self.corrections)


def read(path: Path, variant: str) -> Predictions:
    """Read a variant's table of predictions, which may be of no epoch. ValueError names it if it has not each image
    once an epoch.
    """
    table = tables.read(path, tables.predictions)
    order = np.lexsort((tables.numbers(table, "id"), tables.numbers(table, "epoch")))
    if (order != np.arange(len(order))).any():
        table = table.take(order)
    epoch, image, guess = (tables.numbers(table, name) for name in ("epoch", "id", "guess"))
    epochs = np.unique(epoch)
    ids = image[: np.searchsorted(epoch, epochs[0], side="right")] if len(epochs) else image
    shape = len(epochs), len(ids)
    if len(table) != len(epochs) * len(ids) or (image.reshape(shape) != ids).any():
        raise ValueError(f"{path} has not the same images after every epoch, each of them once")
    truth = tables.truth(table)[: len(ids)]
    about = tables.classes(path), table, tables.corrections(path)
    return Predictions(variant, epochs.tolist(), ids, truth, guess.reshape(shape), *about)
