"""Safetensors files that are equal to the byte when their content is equal, and that show when they are damaged."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mnist_viz.store.files import atomic

LENGTH_BYTES = 8  # of the header's length, little-endian, at the beginning of the file
DIGEST = "file_sha256"  # metadata key: the SHA-256 of the header without this key and of all tensors


def write(path: Path | str, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> str:
    """Write named arrays and metadata, whole or not at all, and return the file's SHA-256.

    The format allows the metadata in any order and the library takes a random one; here it is sorted. A digest of
    everything is added to it.
    """
    content = save({name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}, metadata)
    header, data = _split(content)
    header["__metadata__"] = {**metadata, DIGEST: _digest(header, data)}
    text = _canonical(header)
    text += b" " * (-len(text) % LENGTH_BYTES)
    text = len(text).to_bytes(LENGTH_BYTES, "little") + text
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(text)
        file.write(data)
    digest = hashlib.sha256(text)
    digest.update(data)
    return digest.hexdigest()


def read(path: Path | str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read all arrays and the metadata. Raises ValueError naming the file if it is not as it was written."""
    content = Path(path).read_bytes()
    try:
        arrays = load(content)
        header, data = _split(content)
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    metadata = header["__metadata__"]
    if metadata.pop(DIGEST, None) != _digest(header, data):
        raise ValueError(f"{path} is damaged: its content has not the SHA-256 that it records")
    return arrays, metadata


def _split(content: bytes) -> tuple[dict, memoryview]:
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(content[LENGTH_BYTES:end])
    return {**header, "__metadata__": header.get("__metadata__") or {}}, memoryview(content)[end:]


def _canonical(header: dict) -> bytes:
    ordered = {**header, "__metadata__": dict(sorted(header["__metadata__"].items()))}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(header: dict, data: memoryview) -> str:
    digest = hashlib.sha256(_canonical(header))
    digest.update(data)
    return digest.hexdigest()
