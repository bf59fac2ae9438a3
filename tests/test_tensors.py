"""Safetensors files: equal to the byte, as the library writes them, whole, and written without copies of the arrays."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from mnist_viz.store import tensors
from tests.conftest import PROJECT

ENVIRONMENT = {"PYTHONPATH": str(PROJECT / "workflow")}


def test_tensors_are_equal_to_the_byte_in_any_process(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from mnist_viz.store import tensors;"
        "tensors.write(sys.argv[1], {'b': np.ones(3), 'a': np.zeros((2, 2), np.uint8), 's': np.float32(4)},"
        " {key: key * 2 for key in 'zyxwvutsr'})"
    )
    for number in range(3):
        command = [sys.executable, "-c", code, str(tmp_path / str(number))]
        subprocess.run(command, check=True, env=ENVIRONMENT)
    contents = {(tmp_path / str(number)).read_bytes() for number in range(3)}
    assert len(contents) == 1
    arrays, metadata = tensors.read(tmp_path / "0")
    assert arrays["s"].shape == () and arrays["s"] == 4
    assert np.array_equal(arrays["b"], np.ones(3))
    assert metadata["z"] == "zz"


@pytest.mark.parametrize("place", [3, 40, 150, -1])
def test_one_flipped_bit_is_found(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.safetensors"
    tensors.write(path, {"b": np.ones(3)}, {"epoch": "3", "variant": "baseline"})
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.safetensors is damaged"):
        tensors.read(path)


def header_and_data(content: bytes) -> tuple[list[tuple[str, object]], dict[str, str], bytes]:
    """The places of the tensors in their order, the metadata and the tensors themselves."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    assert end % 8 == 0
    metadata = header.pop("__metadata__")
    return list(header.items()), metadata, content[end:]


def test_files_are_those_of_the_library(tmp_path: Path) -> None:
    """All types, scalars, empty and transposed arrays: but for the metadata's order and the digest among it."""
    numbers = np.random.default_rng(0).integers(0, 2, (5, 3, 4))
    arrays = {f"{letter}.{kind}": numbers.astype(kind) for kind in tensors.TYPES for letter in "ba"}
    arrays |= {f"scalar.{kind}": np.array(1, kind) for kind in tensors.TYPES}
    arrays |= {"empty": np.zeros((0, 3), np.float32), "turned": numbers.T.astype(np.float32, order="F"), "é": numbers}
    metadata = {"variant": 'of "mine"', "epoch": "3"}
    digest = tensors.write(tmp_path / "ours", arrays, metadata)
    contiguous = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    theirs = header_and_data(safetensors.numpy.save(contiguous, metadata))
    ours = header_and_data((tmp_path / "ours").read_bytes())
    assert len(ours[1].pop(tensors.DIGEST)) == len(digest) == 64
    assert ours == theirs


def peak(work: Callable[[], object]) -> int:
    """The bytes that `work` takes at once, at most, beyond what is there."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_writing_takes_little_memory_beyond_the_arrays(tmp_path: Path) -> None:
    arrays = {name: np.ones(8_000_000, np.float32) for name in "ab"}
    size = sum(array.nbytes for array in arrays.values())
    assert peak(lambda: tensors.write(tmp_path / "large", arrays, {"epoch": "3"})) < 0.1 * size
    assert (tmp_path / "large").stat().st_size > size
    assert peak(lambda: safetensors.numpy.save(arrays)) > 0.9 * size, "a copy would not be noticed"
