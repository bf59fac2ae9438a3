"""What a network remembers besides its weights: random generators, and buffers that it does not count among them.

A training that is continued gets all of it back. Generators are torch's, NumPy's and Python's own, and those that a
module, or the Python module of its class, has among its attributes.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)


def seed(number: int) -> None:
    """Seed the generators of torch, NumPy and Python."""
    torch.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def of(network: nn.Module, device: torch.device) -> dict[str, np.ndarray]:
    """Copies of all that a network on `device` remembers, by name."""
    found = {"generator.cuda": np.zeros(0, np.uint8)}  # without a GPU
    found |= {f"generator.{name}": _state(each) for name, each in _generators(network, device)}
    return found | {f"buffer.{name}": buffer.cpu().numpy().copy() for name, buffer in _buffers(network)}


def recall(network: nn.Module, device: torch.device, saved: dict[str, np.ndarray]) -> None:
    """Put back what `of` has found."""
    for name, generator in _generators(network, device):
        if (state := saved.get(f"generator.{name}")) is not None:
            _set(generator, state)
    for name, buffer in _buffers(network):
        if (content := saved.get(f"buffer.{name}")) is not None:
            owner, _, own = name.rpartition(".")
            setattr(network.get_submodule(owner), own, torch.from_numpy(content).to(buffer.device))


def _buffers(network: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """The buffers that are not persistent."""
    kept = network.state_dict().keys()
    return ((name, buffer) for name, buffer in network.named_buffers() if name not in kept)


def _generators(network: nn.Module, device: torch.device) -> Iterator[tuple[str, Any]]:
    """All generators, by name, each once."""
    yield "torch", torch.default_generator
    yield "numpy", np.random  # the modules have the methods of their generators
    yield "random", random
    if device.type == "cuda":
        yield "cuda", torch.cuda.default_generators[device.index or 0]
    modules = dict(network.named_modules())
    places: dict[str, Mapping[str, object]] = {f"module.{name}": vars(module) for name, module in modules.items()}
    for name in sorted({type(module).__module__ for module in modules.values()}):
        places[f"python.{name}"] = vars(sys.modules[name]) if name in sys.modules else {}
    for place, attributes in places.items():
        for name, value in attributes.items():
            if isinstance(value, GENERATORS):
                yield f"{place}.{name}", value


def _state(generator: Any) -> np.ndarray:
    """The state of a generator as bytes, uint8 [B]."""
    if isinstance(generator, torch.Generator):
        return generator.get_state().numpy().copy()
    if isinstance(generator, np.random.Generator):
        state: object = generator.bit_generator.state
    elif hasattr(generator, "get_state"):
        state = generator.get_state(legacy=False)
    else:
        state = generator.getstate()
    text = json.dumps(state, default=lambda value: value.tolist())  # NumPy's numbers and arrays
    return np.frombuffer(text.encode(), np.uint8)


def _set(generator: Any, state: np.ndarray) -> None:
    if isinstance(generator, torch.Generator):
        generator.set_state(torch.from_numpy(state))
        return
    content = json.loads(state.tobytes())
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = content
    elif hasattr(generator, "set_state"):
        generator.set_state(content)
    else:
        version, numbers, gauss = content
        generator.setstate((version, tuple(numbers), gauss))
