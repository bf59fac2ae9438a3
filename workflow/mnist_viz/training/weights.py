"""A model's weights as arrays, as files hold them."""

import numpy as np
import torch
from torch import nn


def of(model: nn.Module) -> dict[str, np.ndarray]:
    """Copies of all parameters and batch norm statistics by name."""
    return {name: tensor.detach().cpu().contiguous().numpy().copy() for name, tensor in model.state_dict().items()}


def load(model: nn.Module, arrays: dict[str, np.ndarray], source: str) -> None:
    """Put weights back into a model. Raises ValueError naming `source` if a name, shape or type differs."""
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
