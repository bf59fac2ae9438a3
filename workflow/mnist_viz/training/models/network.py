"""Two convolution blocks and one linear layer, for images of any size from 4x4 on and any number of classes."""

import copy
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters

LEAST = 4  # pixels of height and width: they are halved twice


class Network(nn.Module):
    """Images [N, C, H, W] in [0, 1] to logits [N, K].

    `l1_size` and `l2_size` are the channels of the convolutions, `conv_kernel` (odd) their width and height; `shape` is
    (C, H, W) and `classes` K. The first weights are torch's defaults, drawn from its global generator.
    """

    def __init__(
        self,
        l1_size: int,
        l2_size: int,
        conv_kernel: int,
        shape: tuple[int, int, int] = (1, 28, 28),
        classes: int = 10,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        if min(height, width) < LEAST:
            raise ValueError(
                f"model: network needs images of at least {LEAST}x{LEAST} pixels, these have {height}x{width}. "
                "Set dataset: size:, or choose another model"
            )
        same = conv_kernel // 2
        self.conv1 = nn.Conv2d(channels, l1_size, conv_kernel, padding=same)
        self.norm1: nn.Module = nn.BatchNorm2d(l1_size)
        self.conv2 = nn.Conv2d(l1_size, l2_size, conv_kernel, padding=same)
        self.norm2: nn.Module = nn.BatchNorm2d(l2_size)
        self.linear = nn.Linear((height // 4) * (width // 4) * l2_size, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """The maximum of ReLUs is the ReLU of the maximum, so the pooling comes first: a quarter of the work.

        The linear layer takes rows, columns and channels in the order in which channels-last tensors hold them.
        """
        hidden = F.relu(F.max_pool2d(self.norm1(self.conv1(pixels)), 2))
        hidden = F.relu(F.max_pool2d(self.norm2(self.conv2(hidden)), 2))
        logits: torch.Tensor = self.linear(hidden.permute(0, 2, 3, 1).flatten(1))
        return logits

    def fused(self) -> "Network":
        """A copy for inference, in evaluation mode: a batch norm is a fixed scaling there, which goes into the weights
        of the convolution before it."""
        network = copy.deepcopy(self).eval()
        assert isinstance(network.norm1, nn.BatchNorm2d) and isinstance(network.norm2, nn.BatchNorm2d)
        network.conv1, network.norm1 = fuse_conv_bn_eval(network.conv1, network.norm1), nn.Identity()
        network.conv2, network.norm2 = fuse_conv_bn_eval(network.conv2, network.norm2), nn.Identity()
        return network.to(memory_format=torch.channels_last)


def build(settings: "Hyperparameters", shape: tuple[int, int, int], classes: int) -> Network:
    """The network of these hyperparameters."""
    return Network(settings.l1_size, settings.l2_size, settings.conv_kernel, shape, classes)
