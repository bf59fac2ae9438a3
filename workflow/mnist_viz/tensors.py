"""Safetensors files that are equal to the byte when their content is equal, written whole or not at all."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mnist_viz.files import atomic

LENGTH_BYTES = 8  # of the header's length, little-endian, at the beginning of the file


def write(path: Path | str, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Write named arrays and metadata.

    The format allows the metadata in any order and the library takes a random one; here it is sorted.
    """
    content = save({name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}, metadata)
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(content[LENGTH_BYTES:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(len(text).to_bytes(LENGTH_BYTES, "little") + text)
        file.write(memoryview(content)[end:])


def read(path: Path | str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read all arrays and the metadata. Raises ValueError naming the file if it is damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def read_metadata(path: Path | str) -> dict[str, str]:
    """Read the metadata alone. Raises ValueError naming the file if it is damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            return file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
