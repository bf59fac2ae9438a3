"""The model: two convolution blocks and one linear layer, for 28x28 grey images of ten classes."""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

SIDE = 28
CLASSES = 10


def build(l1_size: int, l2_size: int, conv_kernel: int) -> nn.Sequential:
    """A network from images [N, 1, 28, 28] in [0, 1] to logits [N, 10].

    `l1_size` and `l2_size` are the channels of the convolutions, `conv_kernel` (odd) their width and height. The first
    weights are torch's defaults, drawn from its global generator. Each block is convolution, batch norm, 2x2 max
    pool, ReLU: the maximum of the ReLUs is the ReLU of the maximum, which is computed on a quarter of the values.
    """
    same = conv_kernel // 2
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, l1_size, conv_kernel, padding=same),
            norm1=nn.BatchNorm2d(l1_size),
            pool1=nn.MaxPool2d(2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(l1_size, l2_size, conv_kernel, padding=same),
            norm2=nn.BatchNorm2d(l2_size),
            pool2=nn.MaxPool2d(2),
            relu2=nn.ReLU(),
            flatten=nn.Flatten(),
            linear=nn.Linear(l2_size * (SIDE // 4) ** 2, CLASSES),
        )
    ).to(memory_format=torch.channels_last)


def weights(model: nn.Module) -> dict[str, np.ndarray]:
    """Copies of all parameters and batch norm statistics by name, as arrays."""
    return {name: tensor.detach().cpu().contiguous().numpy().copy() for name, tensor in model.state_dict().items()}


def load(model: nn.Module, arrays: dict[str, np.ndarray], source: str) -> None:
    """Put `weights` back into a model. Raises ValueError naming `source` if a name, shape or type differs."""
    needed = model.state_dict()
    if arrays.keys() != needed.keys():
        raise ValueError(f"{source} holds the tensors {sorted(arrays)} where {sorted(needed)} are needed")
    for name, tensor in needed.items():
        found = torch.from_numpy(arrays[name])
        if found.shape != tensor.shape or found.dtype != tensor.dtype:
            raise ValueError(
                f"{source}: {name} is {found.dtype} {list(found.shape)}, not {tensor.dtype} {list(tensor.shape)}"
            )
        tensor.copy_(found)
