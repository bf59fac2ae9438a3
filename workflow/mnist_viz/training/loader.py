"""The training images as bytes, handed out in batches: gathered, scaled and moved on the device.

They stay on the device where they take less than a quarter of its memory. Otherwise each batch is gathered by the host,
from memory or from a mapped file, while the device is at work on the one before.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from mnist_viz.training.augment import draw_angles_and_shifts, move
from mnist_viz.training.split import SHARE

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters


def channels_first(images: np.ndarray) -> torch.Tensor:
    """Images uint8 [N, H, W] or [N, H, W, 3] as networks take them, [N, C, H, W]; the memory is the same."""
    return first_channels(torch.from_numpy(images))


def first_channels(pixels: torch.Tensor) -> torch.Tensor:
    """The same of a tensor."""
    return pixels.unsqueeze(1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)


def fits(images: np.ndarray, device: torch.device) -> bool:
    """Whether images stay on a device. Those of a mapped file are on the CPU as they are."""
    if device.type == "cpu":
        return True
    return images.nbytes <= SHARE * torch.cuda.get_device_properties(device).total_memory


class Window:
    """Where the batches of images that do not fit on the GPU pass through: two buffers of the host, one of the GPU."""

    def __init__(self, images: np.ndarray, size: int, device: torch.device) -> None:
        """`size` is the number of images of the largest batch."""
        self.images = torch.from_numpy(images)
        shape = (size, *images.shape[1:])
        self.passed = torch.zeros(shape, dtype=torch.uint8, device=device)
        self.buffers = [torch.zeros(shape, dtype=torch.uint8, pin_memory=True) for _ in range(2)]
        self.copied = [torch.cuda.Event() for _ in self.buffers]
        self.turn = 0

    def fill(self, indices: torch.Tensor) -> None:
        """Bring the images of these indices, on the host, to the GPU."""
        self.turn = 1 - self.turn
        self.copied[self.turn].synchronize()
        buffer = self.buffers[self.turn][: len(indices)]
        torch.index_select(self.images, 0, indices, out=buffer)
        self.passed[: len(indices)].copy_(buffer, non_blocking=True)
        self.copied[self.turn].record()


class Loader:
    """Images and labels on the device, in an order of their own in every epoch."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, settings: "Hyperparameters", device: torch.device):
        """`images` uint8 [N, H, W] or [N, H, W, 3], `labels` uint8 or uint16 [N]."""
        resident = fits(images, device)
        self.window = None if resident else Window(images, min(settings.batch_size, len(images)), device)
        self.images = channels_first(images).to(device) if resident else None
        self.labels = torch.from_numpy(labels).to(device, torch.int64)
        self.batch_size = settings.batch_size
        self.generator = torch.Generator().manual_seed(settings.seed)
        self.moves = torch.zeros(len(labels), 3, device=device) if settings.augment == "affine" else None
        self.order = torch.arange(len(labels), device=device)
        self.order_on_host = torch.arange(len(labels))

    def __len__(self) -> int:
        """Batches in an epoch; the last may be smaller."""
        return math.ceil(len(self.labels) / self.batch_size)

    def sizes(self) -> set[int]:
        """How many images a batch can have."""
        last = len(self.labels) - (len(self) - 1) * self.batch_size
        return {min(self.batch_size, len(self.labels)), last}

    def shuffle(self) -> None:
        """Begin an epoch: draw its order and, where images are moved, how."""
        self.order_on_host = torch.randperm(len(self.labels), generator=self.generator)
        self.order = self.order_on_host.to(self.order.device)
        if self.moves is not None:
            self.moves.copy_(draw_angles_and_shifts(len(self.labels), self.generator))

    def batch(self, number: int) -> torch.Tensor:
        """The indices int64 [B] of the epoch's batch `number`, counted from 0, which is the next to be taken."""
        part = slice(number * self.batch_size, (number + 1) * self.batch_size)
        if self.window is not None:
            self.window.fill(self.order_on_host[part])
        return self.order[part]

    def take(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels float32 [B, C, H, W] in [0, 1] and labels int64 [B] of the images with these indices."""
        if self.images is not None:
            pixels = self.images[indices]
        else:
            assert self.window is not None
            pixels = first_channels(self.window.passed[: len(indices)])
        pixels = pixels.to(torch.float32).div_(255)
        if self.moves is not None:
            pixels = move(pixels, self.moves[indices])
        return pixels, self.labels[indices]
