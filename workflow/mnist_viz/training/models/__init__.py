"""The architectures, one module each with a `build`: a new one is its module, and its name here.

What `build` returns is a torch module from images float32 [N, C, H, W] in [0, 1] to logits [N, K]; it has `fused()`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from torch import nn

    from mnist_viz.config import Hyperparameters

NAMES = ("network",)


class Fusing(Protocol):
    """A model that can make itself faster for inference."""

    def fused(self) -> "nn.Module":
        """A copy in evaluation mode."""
        ...


def build(settings: "Hyperparameters", shape: tuple[int, int, int] = (1, 28, 28), classes: int = 10) -> "nn.Module":
    """The model of `settings.model` for images of a `shape` (C, H, W) and so many `classes`, with its first weights,
    drawn from torch's global generator."""
    model: nn.Module = import_module(f"{__name__}.{settings.model}").build(settings, shape, classes)
    return model


def fused(model: "nn.Module") -> "nn.Module":
    """A copy for inference, in evaluation mode, as the model makes it itself."""
    return cast("Fusing", model).fused()
