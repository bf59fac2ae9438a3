"""Safetensors files that are equal to the byte when their content is equal, and that show when they are damaged."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load

from mnist_viz.store.files import atomic, check_regular

LENGTH_BYTES = 8  # of the header's length, little-endian, at the beginning of the file
DIGEST = "file_sha256"  # metadata key: the SHA-256 of the header without this key and of all tensors

# numpy's name of a type to the format's, in the order in which the library's writer puts them.
NAMES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "float64": "F64",
    "int64": "I64",
    "uint64": "U64",
}
TYPES = list(NAMES)


def write(path: Path | str, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> str:
    """Write named arrays and metadata, whole or not at all, and return the file's SHA-256.

    The format allows the metadata in any order and the library takes a random one; here it is sorted. A digest of
    everything is added to it.
    """
    arrays = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    places = _places(arrays)
    data = [arrays[name].reshape(-1).view(np.uint8).data for name in places]
    header = {"__metadata__": metadata, **places}
    header["__metadata__"] = {**metadata, DIGEST: _digest(header, data)}
    text = _canonical(header)
    text += b" " * (-len(text) % LENGTH_BYTES)
    text = len(text).to_bytes(LENGTH_BYTES, "little") + text
    digest = hashlib.sha256(text)
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(text)
        for part in data:
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _places(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Each array's type, shape and place, as in the header of the library's writer, which first copies all arrays
    twice: the larger types come first, arrays of one type by name.

    Source: https://github.com/safetensors/safetensors#format.
    """
    places: dict[str, Any] = {}
    start = 0
    for name in sorted(arrays, key=lambda name: (-TYPES.index(arrays[name].dtype.name), name)):
        end = start + arrays[name].nbytes
        kind = NAMES[arrays[name].dtype.name]
        places[name] = {"dtype": kind, "shape": list(arrays[name].shape), "data_offsets": [start, end]}
        start = end
    return places


def read(path: Path | str, mapped: bool = False) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read all arrays and the metadata. Raises ValueError naming the file if it is not as it was written.

    `mapped` arrays are those of the file, which is read through once to be checked, and then where it is looked at;
    what is written into them stays in memory.
    """
    check_regular(path)
    try:
        if mapped:
            header, data = _split(np.memmap(path, np.uint8, mode="c").data)
            arrays = {name: _view(data, place) for name, place in header.items() if name != "__metadata__"}
        else:
            content = Path(path).read_bytes()
            arrays = load(content)
            header, data = _split(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    metadata = header["__metadata__"]
    if metadata.pop(DIGEST, None) != _digest(header, [data]):
        raise ValueError(f"{path} is damaged: its content has not the SHA-256 that it records")
    return arrays, metadata


def metadata(path: Path | str) -> dict[str, str]:
    """The metadata alone, from the head of a file, not compared with its digest. ValueError names one without."""
    check_regular(path)
    try:
        with safe_open(path, "numpy") as file:
            return dict(file.metadata() or {})
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def _view(data: memoryview, place: dict[str, Any]) -> np.ndarray:
    """The array of a part of `data`, as the header describes it."""
    start, end = place["data_offsets"]
    kind = next(name for name, short in NAMES.items() if short == place["dtype"])
    return np.frombuffer(data[start:end], kind).reshape(place["shape"])


def _split(content: bytes | memoryview) -> tuple[dict[str, Any], memoryview]:
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(bytes(content[LENGTH_BYTES:end]))
    return {**header, "__metadata__": header.get("__metadata__") or {}}, memoryview(content)[end:]


def _canonical(header: dict[str, Any]) -> bytes:
    ordered = {**header, "__metadata__": dict(sorted(header["__metadata__"].items()))}
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(header: dict[str, Any], data: Iterable[memoryview]) -> str:
    digest = hashlib.sha256(_canonical(header))
    for part in data:
        digest.update(part)
    return digest.hexdigest()
