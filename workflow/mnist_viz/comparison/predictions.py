"""A variant's predictions as dense arrays: after every epoch on every test image."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.store import tables

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Model:
    """One variant's predictions after one epoch, in the order of the image ids."""

    name: str
    """The variant and the epoch, as in `baseline:5`."""
    ids: Array
    """int32 [N], ascending."""
    truth: Array
    """uint8 [N]."""
    guess: Array
    """uint8 [N]."""
    scores: Array
    """float32 [N, 10]."""
    diverged: str = ""
    """If the variant has fewer epochs than it was to have: how many, and why."""


@dataclass(frozen=True)
class Predictions:
    """One variant's predictions after E epochs on N images, in the order of the epochs and of the image ids."""

    variant: str
    epochs: list[int]
    ids: Array
    """int32 [N], ascending."""
    truth: Array
    """uint8 [N]."""
    guess: Array
    """uint8 [E, N]."""
    scores: Array
    """float32 [E, N, 10]."""

    def after(self, epoch: int) -> Model:
        """The predictions after one epoch. ValueError names those that there are."""
        if epoch not in self.epochs:
            known = f"those after {', '.join(map(str, self.epochs))}" if self.epochs else "none"
            raise ValueError(f"{self.variant} has no predictions after epoch {epoch}; it has {known}")
        index = self.epochs.index(epoch)
        # Copies, so that one epoch kept is not all of them kept.
        guess, scores = self.guess[index].copy(), self.scores[index].copy()
        return Model(f"{self.variant}:{epoch}", self.ids, self.truth, guess, scores)


def read(path: Path, variant: str) -> Predictions:
    """Read a variant's table of predictions, which may be of no epoch. ValueError names it if it has not each image
    once an epoch.
    """
    table = tables.read(path, tables.PREDICTIONS)
    order = np.lexsort((tables.numbers(table, "id"), tables.numbers(table, "epoch")))
    epoch, image, guess, truth = (tables.numbers(table, name)[order] for name in ("epoch", "id", "guess", "truth"))
    epochs = np.unique(epoch)
    ids = image[: np.searchsorted(epoch, epochs[0], side="right")] if len(epochs) else image
    shape = len(epochs), len(ids)
    if len(table) != len(epochs) * len(ids) or (image.reshape(shape) != ids).any():
        raise ValueError(f"{path} has not the same images after every epoch, each of them once")
    scores = np.stack([tables.numbers(table, name)[order].reshape(shape) for name in tables.SCORES], axis=-1)
    return Predictions(variant, epochs.tolist(), ids, truth[: len(ids)], guess.reshape(shape), scores)
