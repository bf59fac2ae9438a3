"""What the last layer of a network is given of each image: its penultimate features."""

import numpy as np
import torch
from torch import nn

from mnist_viz.training import models
from mnist_viz.training.evaluate import batch_size

SCORES = "scores"
"""Stands for a layer's name where there is none: the features are the softmax scores."""


def features(network: nn.Module, images: torch.Tensor) -> tuple[np.ndarray, str]:
    """The input of the last layer with parameters as float32 [N, D], for images uint8 [N, C, H, W], and its name.

    The last one is that which is called last; the network as a whole is no layer. Where there is none, or it is not
    given a value for each image, they are the softmax scores and the name is SCORES. All is computed in evaluation
    mode, in float32 and on the CPU, by one thread: several add in another order.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            return _features(models.fused(network), images)
    finally:
        torch.set_num_threads(threads)


def _features(network: nn.Module, images: torch.Tensor) -> tuple[np.ndarray, str]:
    seen: dict[str, object] = {}

    def watch(name: str, layer: nn.Module) -> None:
        def note(_layer: nn.Module, given: tuple[object, ...], _made: object) -> None:
            seen.pop(name, None)  # so that the last one to be called is at the end
            seen[name] = given[0] if given else None

        hooks.append(layer.register_forward_hook(note))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for name, layer in network.named_modules():
        if name and any(True for _ in layer.parameters(recurse=False)):
            watch(name, layer)
    parts: dict[str, list[np.ndarray]] = {}
    last = ""
    for batch in images.split(batch_size(images, torch.device("cpu"))):
        seen.clear()
        logits = network(batch.to(torch.float32).div_(255))
        last = next(reversed(seen), "")
        given = seen.get(last)
        of_each = isinstance(given, torch.Tensor) and given.ndim > 1 and len(given) == len(batch)
        own = given.flatten(1).to(torch.float32).numpy().copy() if of_each else None  # type: ignore[attr-defined]
        if own is not None:
            parts.setdefault(last, []).append(own)
        parts.setdefault(SCORES, []).append(logits.softmax(dim=1).to(torch.float32).numpy())
    for hook in hooks:
        hook.remove()
    complete = len(parts.get(last, [])) == len(parts[SCORES]) and len({each.shape[1] for each in parts[last]}) == 1
    name = last if complete else SCORES
    return np.concatenate(parts[name]), name
