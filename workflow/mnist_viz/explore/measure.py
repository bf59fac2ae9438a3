"""What is measured of the predictions after one epoch. As `training/evaluate.py`, but without PyTorch, whose import
takes as long as all the rest; and with a guess of the table's own."""

from typing import Any

import numpy as np

from mnist_viz.explore.scores import UNKNOWN, Scores

Array = np.ndarray[Any, Any]
BINS = 15


def measure(scores: Scores, guess: Array, truth: Array) -> dict[str, float | None]:
    """Errors, loss (nats) and expected calibration error by guesses and labels [N]; of no rows only that.

    A truth's score that is not known, as it is not among the highest, counts as UNKNOWN: the page has it so.
    """
    if not len(truth):
        return {"images": 0, "errors": 0, "accuracy": None, "loss": None, "calibration_error": None}
    correct = guess == truth
    likelihood = scores.of(truth).astype(np.float64)
    least = UNKNOWN if scores.top and not likelihood.all() else np.finfo(np.float32).tiny
    confidence = scores.of(guess).astype(np.float64)
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=correct, minlength=BINS) - np.bincount(bins, weights=confidence, minlength=BINS)
    return {
        "images": len(truth),
        "errors": int((~correct).sum()),
        "accuracy": float(correct.mean()),
        "loss": float(-np.log(np.maximum(likelihood, least)).mean()),
        "calibration_error": float(np.abs(gaps).sum() / len(confidence)),
    }
