"""The model: two convolution blocks and one linear layer, for 28x28 grey images of ten classes."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIDE = 28
CLASSES = 10


class Network(nn.Module):
    """Images [N, 1, 28, 28] in [0, 1] to logits [N, 10].

    `l1_size` and `l2_size` are the channels of the convolutions, `conv_kernel` (odd) their width and height. The first
    weights are torch's defaults, drawn from its global generator.
    """

    def __init__(self, l1_size: int, l2_size: int, conv_kernel: int) -> None:
        super().__init__()
        same = conv_kernel // 2
        self.conv1 = nn.Conv2d(1, l1_size, conv_kernel, padding=same)
        self.norm1 = nn.BatchNorm2d(l1_size)
        self.conv2 = nn.Conv2d(l1_size, l2_size, conv_kernel, padding=same)
        self.norm2 = nn.BatchNorm2d(l2_size)
        self.linear = nn.Linear((SIDE // 4) ** 2 * l2_size, CLASSES)
        self.to(memory_format=torch.channels_last)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """The maximum of ReLUs is the ReLU of the maximum, so the pooling comes first: a quarter of the work.

        The linear layer takes rows, columns and channels in the order in which channels-last tensors hold them.
        """
        hidden = F.relu(F.max_pool2d(self.norm1(self.conv1(pixels)), 2))
        hidden = F.relu(F.max_pool2d(self.norm2(self.conv2(hidden)), 2))
        return self.linear(hidden.permute(0, 2, 3, 1).flatten(1))


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
