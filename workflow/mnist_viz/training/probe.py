"""A model of the user's own, tried on two images before it is trained: whether it can be, or what to do."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from mnist_viz.store.tensors import NAMES
from mnist_viz.training import memory, models, split
from mnist_viz.training.hardware import Machine
from mnist_viz.training.loader import channels_first
from mnist_viz.training.loop import Examples
from mnist_viz.training.own_files import explained
from mnist_viz.training.step import Loss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnist_viz.config import Hyperparameters

IMAGES = 2
SUM_TOLERANCE = 1e-3
TYPES = {getattr(torch, name) for name in NAMES}
"""Those that files of weights can hold."""


class Trial(NamedTuple):
    """A model of the user's own, with its first weights, and what it is tried on."""

    model: nn.Module
    name: str
    folder: Path
    pixels: torch.Tensor
    """float32 [2, C, H, W] in [0, 1], on the device."""
    labels: torch.Tensor
    """int64 [2]."""
    classes: int

    @contextmanager
    def explaining(self, what: str) -> "Iterator[None]":
        """Raise ValueError that says where the model's own code failed."""
        try:
            yield
        except Exception as error:
            raise ValueError(
                f"{self.name} fails {what}: {explained(error, self.folder)}. {_advice(error)}".rstrip()
            ) from error


def check(settings: "Hyperparameters", examples: Examples, machine: Machine) -> list[str]:
    """Try a model of the user's own, which is made for that and not trained.

    Returns what looks odd of it, a sentence each. Raises ValueError that says what is wrong, and what to do.
    """
    named = models.file_and_name(settings.model)
    assert named is not None
    memory.seed(settings.seed)
    model = models.build(settings, split.shape(examples.images), examples.classes)
    _settings(settings)
    _tensors(model, settings.model)
    model.to(machine.device)
    first = channels_first(np.ascontiguousarray(examples.images[:IMAGES])).to(machine.device)
    pixels = first.to(torch.float32).div_(255)
    labels = torch.from_numpy(examples.labels[:IMAGES].astype(np.int64)).to(machine.device)
    folder = Path(named[0]).absolute().parent
    trial = Trial(model, settings.model, folder, pixels, labels, examples.classes)
    for training in (True, False):
        model.train(training)
        with torch.no_grad(), trial.explaining("in training" if training else "in inference"):
            found = model(pixels.clone())
        _logits(found, trial, training)
    odd = [*_probabilities(found, settings.model)]
    if machine.device.type == "cuda" and not getattr(model, "capturable", False):
        odd.append(f"{settings.model} runs step by step on the GPU; docs/own-data.md says when it can be capturable")
    with trial.explaining(f"in a training step ({str(machine.precision).removeprefix('torch.')})"):
        model.train()
        Loss(model, machine.precision, settings.label_smoothing).mean(pixels.clone(), labels).backward()
    _last_batch(settings, len(examples.labels), trial)
    return odd


def _settings(settings: "Hyperparameters") -> None:
    """What of torch's settings the user's code may have changed."""
    if torch.get_default_dtype() != torch.float32:
        raise ValueError(f"{settings.model} changes torch's default type. Remove torch.set_default_dtype")
    if not torch.are_deterministic_algorithms_enabled():
        raise ValueError(f"{settings.model} allows algorithms that give other bits each time. Remove that")
    if torch.get_num_threads() != settings.threads:
        raise ValueError(f"{settings.model} changes torch's threads. Remove that; threads: says how many there are")


def _tensors(model: nn.Module, name: str) -> None:
    """The parameters and buffers of a model: of types that can be trained and kept."""
    named = [*model.named_parameters(), *model.named_buffers()]
    if lazy := [place for place, tensor in named if is_lazy(tensor)]:
        raise ValueError(
            f"{name}: {lazy[0]} has no shape yet. In the place of Lazy modules give sizes, which follow from shape "
            "and classes"
        )
    trained = [(place, parameter) for place, parameter in model.named_parameters() if parameter.requires_grad]
    if not trained:
        frozen = ": all have requires_grad=False. Leave some to be trained" if named else ". Give it some layers"
        raise ValueError(f"{name} has no parameters to train{frozen}")
    memories: dict[int, str] = {}
    for place, parameter in trained:
        if parameter.dtype != torch.float32:
            raise ValueError(
                f"{name}: {place} is {_kind(parameter)}, and parameters have to be float32. Remove .double(), .half() "
                "and dtype=; for bfloat16 set precision:"
            )
        if parameter.numel() and (other := memories.setdefault(parameter.data_ptr(), place)) != place:
            raise ValueError(
                f"{name}: {other} and {place} share memory, but are two parameters. To tie them, give both modules "
                "the same parameter: b.weight = a.weight"
            )
    for place, kept in model.state_dict().items():
        if not isinstance(kept, torch.Tensor):
            raise ValueError(f"{name}: {place} is no tensor, and can't be kept. Keep what it holds in buffers")
        if kept.dtype not in TYPES:
            raise ValueError(f"{name}: {place} is {_kind(kept)}, which files of weights do not hold. Use another type")


def _kind(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _logits(found: object, trial: Trial, training: bool) -> None:
    """Raise ValueError if a model does not return finite logits float32 [2, K]."""
    when = f"{trial.name} returns, in {'training' if training else 'inference'},"
    if not isinstance(found, torch.Tensor):
        raise ValueError(f"{when} a {type(found).__name__}. Let forward return one tensor, the logits [N, K] alone")
    needed = [len(trial.pixels), trial.classes]
    if list(found.shape) != needed:
        raise ValueError(
            f"{when} a tensor {list(found.shape)} for {needed[0]} images of {trial.classes} classes, where {needed} is "
            "needed. Let the last layer have as many outputs as the argument classes says"
        )
    if found.dtype != torch.float32:
        raise ValueError(f"{when} {_kind(found)}. Let it compute in float32: remove .double() and dtype=")
    if not torch.isfinite(found).all():
        raise ValueError(
            f"{when} numbers that are not finite, with its first weights. A division by zero, or the logarithm of it?"
        )


def _probabilities(found: torch.Tensor, name: str) -> "Iterator[str]":
    """What is to be said of outputs [N, K] that are no logits."""
    sums = found.sum(dim=1)
    if (found >= 0).all() and torch.allclose(sums, torch.ones_like(sums), rtol=0, atol=SUM_TOLERANCE):
        yield (
            f"{name} seems to return probabilities: rows are not negative and sum to 1. The loss takes logits, and "
            "learns slowly otherwise. Remove the softmax at its end"
        )


def _last_batch(settings: "Hyperparameters", images: int, trial: Trial) -> None:
    """Raise ValueError if a batch will hold one image, and the model can't be trained on one."""
    size = settings.batch_size
    if 1 not in (size, images % size):
        return
    try:
        trial.model(trial.pixels[:1].clone())
    except ValueError as error:
        whose = "batches hold" if size == 1 else f"the last of {images:,} images in batches of {size} holds"
        fitting = next(each for each in range(max(size, 2) + 1, size + 1000) if images % each != 1)
        raise ValueError(
            f"{trial.name} can't be trained on one image, and {whose} one: {error}. Set batch_size: {fitting}, or use "
            "a norm that needs no batch, as GroupNorm"
        ) from error


def _advice(error: Exception) -> str:
    """What to do about some errors of torch."""
    said = str(error)
    if "deterministic" in said:
        return "It would give other bits each time: use another operation, or device: cpu"
    return ""
