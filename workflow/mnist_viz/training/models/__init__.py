"""The architectures, one module each with a `build`: a new one is its module, and its name here.

A model may also be a class in a file of the user's, `my_net.py:Net`, which `own` builds.

What `build` returns is a torch module from images float32 [N, C, H, W] in [0, 1] to logits [N, K]; it may
have `fused()`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from torch import nn

    from mnist_viz.config import Hyperparameters

NAMES = ("network",)


def file_and_name(model: str) -> tuple[str, str] | None:
    """The file of a model of the user's own and its name there; None of one of NAMES."""
    file, colon, name = model.rpartition(":")
    return (file, name) if colon else None


def module(model: str) -> str:
    """The module in this folder that builds a model."""
    return "own" if file_and_name(model) else model


class Fusing(Protocol):
    """A model that can make itself faster for inference."""

    def fused(self) -> "nn.Module":
        """A copy in evaluation mode."""
        ...


def build(settings: "Hyperparameters", shape: tuple[int, int, int] = (1, 28, 28), classes: int = 10) -> "nn.Module":
    """The model of `settings.model` for images of a `shape` (C, H, W) and so many `classes`, with its first weights,
    drawn from torch's global generator."""
    built: nn.Module = import_module(f"{__name__}.{module(settings.model)}").build(settings, shape, classes)
    return built


def fused(model: "nn.Module") -> "nn.Module":
    """The model for inference, in evaluation mode: the copy that it makes of itself, or else the model itself."""
    if hasattr(type(model), "fused"):
        return cast("Fusing", model).fused()
    model.eval()
    return model
