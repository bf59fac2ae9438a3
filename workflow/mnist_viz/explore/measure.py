"""What is measured of the predictions after one epoch. As `training/evaluate.py`, but without PyTorch, whose import
takes as long as all the rest; and with a guess of the table's own."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BINS = 15


def measure(scores: Array, guess: Array, truth: Array) -> dict[str, float]:
    """Errors, loss (nats) and expected calibration error of scores [N, K] by guesses and labels [N]."""
    every = np.arange(len(truth))
    correct = guess == truth
    likelihood = np.maximum(scores[every, truth].astype(np.float64), np.finfo(np.float32).tiny)
    confidence = scores[every, guess].astype(np.float64)
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=correct, minlength=BINS) - np.bincount(bins, weights=confidence, minlength=BINS)
    return {
        "images": len(truth),
        "errors": int((~correct).sum()),
        "accuracy": float(correct.mean()),
        "loss": float(-np.log(likelihood).mean()),
        "calibration_error": float(np.abs(gaps).sum() / len(confidence)),
    }
