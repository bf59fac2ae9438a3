"""Where two models disagree, and how far."""

from typing import NamedTuple

import numpy as np

from mnist_viz.comparison.predictions import Array, Model


class Disagreement(NamedTuple):
    """The images on which the guesses of two models differ."""

    images: Array
    """Indices, those whose scores are the furthest apart first."""
    distance: Array
    """float32, for each of them how far the scores are apart: total variation, 0 to 1."""


def disagreement(a: Model, b: Model) -> Disagreement:
    """The images with different guesses. ValueError if the models were not evaluated on the same images."""
    if not np.array_equal(a.ids, b.ids) or not np.array_equal(a.truth, b.truth) or a.classes != b.classes:
        raise ValueError(f"{a.name} and {b.name} are predictions of different images")
    images = np.flatnonzero(a.guess != b.guess)
    distance = np.abs(a.scores[images] - b.scores[images]).sum(axis=1) / 2
    order = np.argsort(-distance, kind="stable")
    return Disagreement(images[order], distance[order])
