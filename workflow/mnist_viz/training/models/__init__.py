"""The architectures, one module each with a `build`: a new one is its module, and its name here.

The configuration reads their names, so that torch is imported with an architecture and not before.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from mnist_viz.config import Hyperparameters

NAMES = ("network",)


class Model(Protocol):
    """Images float32 [N, 1, 28, 28] in [0, 1] to logits [N, 10]; a torch module."""

    def __call__(self, pixels: "torch.Tensor") -> "torch.Tensor": ...

    def fused(self) -> "Model":
        """A copy for inference, in evaluation mode."""


def build(settings: "Hyperparameters") -> "torch.nn.Module":
    """The model of `settings.model` with its first weights, drawn from torch's global generator."""
    module: torch.nn.Module = import_module(f"{__name__}.{settings.model}").build(settings)
    return module
