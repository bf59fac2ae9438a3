"""Files that are larger than memory: mapped, checked, and trained on to the same bits."""

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_viz import train
from mnist_viz.job import stop
from mnist_viz.store import tensors
from mnist_viz.training import split as splits
from mnist_viz.training.evaluate import batch_size
from tests.trainings import command, outputs


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """Training in this process sets signal handlers, which are taken back."""
    before = {number: signal.getsignal(number) for number in stop.signals()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def is_mapped(array: np.ndarray) -> bool:
    base: object = array
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    return isinstance(base, (np.memmap, memoryview)) and not array.flags.owndata


def test_mapped_arrays_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    random = np.random.default_rng(0)
    arrays = {
        "images": random.integers(0, 256, (7, 5, 3, 3), np.uint8),
        "labels": np.arange(7, dtype=np.uint16),
        "weights": random.normal(size=(2, 3)).astype(np.float32),
        "empty": np.zeros((0, 4), np.int64),
    }
    tensors.write(path, arrays, {"dataset": "x"})
    before = path.read_bytes()
    found, metadata = tensors.read(path, mapped=True)
    assert metadata == {"dataset": "x"} and found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(found[name], array) and found[name].dtype == array.dtype
    assert is_mapped(found["images"])
    found["images"][0] = 9
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut short", "flipped", "empty", "no header", "another header"])
def test_a_damaged_file_is_refused_by_name_before_it_is_used(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.safetensors"
    tensors.write(path, {"images": np.arange(200, dtype=np.uint8)}, {})
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[-5] ^= 1
    path.write_bytes(
        {
            "cut short": content[:-10],
            "flipped": content,
            "empty": b"",
            "no header": b"nonsense" * 9,
            "another header": (2).to_bytes(8, "little") + b"{}",
        }[damage]
    )
    with pytest.raises(ValueError, match=r"a\.safetensors is damaged"):
        tensors.read(path, mapped=True)


@pytest.mark.usefixtures("kept_signals")
def test_training_on_a_mapped_split_gives_the_same_bits(
    split: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splits, "SHARE", 0.0)
    assert is_mapped(splits.read(split)[0])
    train.work(train.parser().parse_args(command(split, tmp_path)))
    assert outputs(tmp_path) == outputs(undisturbed)


def test_a_small_split_is_read_into_memory(split: Path) -> None:
    assert not isinstance(splits.read(split)[0].base, np.memmap)


@pytest.mark.parametrize(
    ("shape", "images"), [((1, 28, 28), 50), ((1, 8, 8), 50), ((3, 32, 32), 12), ((3, 224, 224), 1)]
)
def test_of_larger_images_fewer_are_looked_at_together(shape: tuple[int, ...], images: int) -> None:
    assert batch_size(torch.zeros(2, *shape, dtype=torch.uint8), torch.device("cpu")) == images
