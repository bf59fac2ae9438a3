"""Inference and what is measured of it."""

import numpy as np
import torch
from torch import nn

from mnist_viz.training import models

# A CPU gains nothing by more than 50. With 500, the C library hands the buffers back to the system after each batch,
# and it takes as long to get them again as to compute.
BATCH_SIZE = {"cpu": 50, "cuda": 2500}  # images of 28x28 grey pixels; fewer where they have more
PIXELS = 28 * 28
BINS = 15  # of the confidence, for the calibration error


def predict(network: nn.Module, images: torch.Tensor, device: torch.device | None = None) -> np.ndarray:
    """Softmax scores float32 [N, K] of images uint8 [N, C, H, W], in evaluation mode and float32.

    `device` is the network's, where the images are not on it.
    """
    fused = models.fused(network)
    device = device or images.device
    size = batch_size(images, device)
    with torch.inference_mode():
        logits = [fused(batch.to(device).to(torch.float32).div_(255)) for batch in images.split(size)]
        return torch.cat(logits).softmax(dim=1).cpu().numpy()


def batch_size(images: torch.Tensor, device: torch.device) -> int:
    """How many of the images [N, C, H, W] are looked at together on a device."""
    largest = BATCH_SIZE[device.type]
    return min(largest, max(1, largest * PIXELS // images[0].numel()))


def measure(scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The columns of the metrics table for one epoch, from scores [N, K] and labels [N] in 0 … K-1."""
    correct = scores.argmax(axis=1) == truth
    likelihood = np.maximum(scores[np.arange(len(truth)), truth].astype(np.float64), np.finfo(np.float32).tiny)
    return {
        "images": len(truth),
        "errors": int((~correct).sum()),
        "accuracy": float(correct.mean()),
        "loss": float(-np.log(likelihood).mean()),
        "calibration_error": calibration_error(scores.max(axis=1).astype(np.float64), correct),
    }


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Expected calibration error of confidences [N] in [0, 1] over 15 equal bins (Guo et al., 2017, equation 3)."""
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=correct, minlength=BINS) - np.bincount(bins, weights=confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))
