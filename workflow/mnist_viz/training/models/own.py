"""A model of the user's own: a class, or a function that returns a module, in a Python file that the configuration
names.

It is called as `Net(shape=(C, H, W), classes=K, **model_args)` and takes images float32 [N, C, H, W] in [0, 1], in one
piece of memory, to logits [N, K]. On a GPU its steps are captured only where it says `capturable = True`: a captured
step does on the GPU what it did the first time, and runs no Python any more.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from mnist_viz.training import models
from mnist_viz.training.own_files import explained, load

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters


def build(settings: "Hyperparameters", shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The model, with its first weights. Raises ValueError that says what to do where there is none."""
    named = models.file_and_name(settings.model)
    assert named is not None
    file, name = Path(named[0]), named[1]
    module = load(file)
    if not callable(make := getattr(module, name, None)):
        own = [each for each, value in vars(module).items() if isinstance(value, type) and issubclass(value, nn.Module)]
        raise ValueError(f"{file} has no class {name}. It has: {', '.join(own) or 'no module of torch'}")
    try:
        model = make(shape=shape, classes=classes, **settings.model_args)
    except Exception as error:
        given = "".join(f", {key}={value!r}" for key, value in settings.model_args.items())
        raise ValueError(
            f"{file}: {name}(shape={shape}, classes={classes}{given}) fails: {explained(error, file.absolute().parent)}"
        ) from error
    if not isinstance(model, nn.Module):
        raise ValueError(f"{file}: {name} gives a {type(model).__name__} where a torch.nn.Module is needed")
    if not hasattr(model, "capturable"):
        model.capturable = False  # type: ignore[assignment]
    model.register_forward_pre_hook(_in_one_piece)
    return model


def _in_one_piece(_model: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Images as `view` needs them: those with colours lie otherwise in memory."""
    return tuple(each.contiguous() if isinstance(each, torch.Tensor) else each for each in given)
