"""The training images, which stay on the device as bytes, handed out in batches: gathered, scaled and moved there."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from mnist_viz.training.augment import draw_angles_and_shifts, move

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters


def channels_first(images: np.ndarray) -> torch.Tensor:
    """Images uint8 [N, H, W] or [N, H, W, 3] as networks take them, [N, C, H, W]; the memory is the same."""
    pixels = torch.from_numpy(images)
    return pixels.unsqueeze(1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)


class Loader:
    """Images and labels on the device, in an order of their own in every epoch."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, settings: "Hyperparameters", device: torch.device):
        """`images` uint8 [N, H, W] or [N, H, W, 3], `labels` uint8 or uint16 [N]."""
        self.images = channels_first(images).to(device)
        self.labels = torch.from_numpy(labels).to(device, torch.int64)
        self.batch_size = settings.batch_size
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.moves = torch.zeros(len(labels), 3, device=device) if settings.augment == "affine" else None
        self.order = torch.arange(len(labels), device=device)

    def __len__(self) -> int:
        """Batches in an epoch; the last may be smaller."""
        return math.ceil(len(self.labels) / self.batch_size)

    def sizes(self) -> set[int]:
        """How many images a batch can have."""
        last = len(self.labels) - (len(self) - 1) * self.batch_size
        return {min(self.batch_size, len(self.labels)), last}

    def shuffle(self) -> None:
        """Begin an epoch: draw its order and, where images are moved, how."""
        self.order = torch.randperm(len(self.labels), generator=self.generator).to(self.order.device)
        if self.moves is not None:
            self.moves.copy_(draw_angles_and_shifts(len(self.labels), self.generator))

    def batch(self, number: int) -> torch.Tensor:
        """The indices int64 [B] of the epoch's batch `number`, counted from 0."""
        return self.order[number * self.batch_size : (number + 1) * self.batch_size]

    def take(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels float32 [B, C, H, W] in [0, 1] and labels int64 [B] of the images with these indices."""
        pixels = self.images[indices].to(torch.float32).div_(255)
        if self.moves is not None:
            pixels = move(pixels, self.moves[indices])
        return pixels, self.labels[indices]
