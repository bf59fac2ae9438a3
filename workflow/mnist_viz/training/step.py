"""One optimizer step: gather, scale, forward, backward, update. On a GPU it is captured once and replayed."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_viz.training.loader import Loader
from mnist_viz.training.optimizer import Adam


class Loss(NamedTuple):
    """What is minimised: the mean cross entropy of a batch, and how it is computed."""

    network: nn.Module
    precision: torch.dtype
    """Of the convolutions and the linear layer."""
    label_smoothing: float

    def mean(self, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The mean loss float32 [] of pixels [B, C, H, W] with labels int64 [B]."""
        with torch.autocast(pixels.device.type, self.precision, enabled=self.precision != torch.float32):
            logits = self.network(pixels)
        return F.cross_entropy(logits.float(), labels, label_smoothing=self.label_smoothing)


class Step(NamedTuple):
    """A step over as many images as `indices` holds; `run` leaves their mean loss in `loss`."""

    indices: torch.Tensor
    loss: torch.Tensor
    run: Callable[[], None]


def make_step(loader: Loader, loss: Loss, optimizer: Adam, size: int) -> Step:
    """A step over `size` images, on a GPU as a graph where the network can be captured (see models.own).

    Making a graph runs the step a few times: load weights, moments and batch norm statistics afterwards.
    """
    indices = torch.zeros(size, dtype=torch.int64, device=loader.labels.device)
    last = torch.zeros((), device=indices.device)

    def run() -> None:
        pixels, labels = loader.take(indices)
        mean = loss.mean(pixels, labels)
        optimizer.zero_gradients()
        mean.backward()
        optimizer.update()
        last.copy_(mean.detach())

    captured = indices.device.type == "cuda" and getattr(loss.network, "capturable", True)
    return Step(indices, last, capture(run) if captured else run)


def capture(run: Callable[[], None]) -> Callable[[], None]:
    """What `run` does on the GPU as a CUDA graph; it is run a few times.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#whole-network-capture
    """
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return partial(_replay, graph, run)


def _replay(graph: torch.cuda.CUDAGraph, run: Callable[[], None]) -> None:
    """Replay `graph`. `run` is here to be kept: the graph keeps none of the tensors that it works on."""
    graph.replay()
