"""The architectures, one module each with a `build`: a new one is its module, and its name here.

What `build` returns is a torch module from images float32 [N, 1, 28, 28] in [0, 1] to logits [N, 10]; it has `fused()`.
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


def build(settings: "Hyperparameters") -> "nn.Module":
    """The model of `settings.model` with its first weights, drawn from torch's global generator."""
    model: nn.Module = import_module(f"{__name__}.{settings.model}").build(settings)
    return model


def fused(model: "nn.Module") -> "nn.Module":
    """A copy for inference, in evaluation mode, as the model makes it itself."""
    return cast("Fusing", model).fused()
