"""IDX and Parquet files of the user's own, and what says whether files are those that were read before."""

import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from mnist_viz.datasets.own import Source, listing
from mnist_viz.datasets.own.listing import planned
from tests.pictures import classes, labelled, read_in
from tests.test_data import idx


def four(folder: Path, numbers: list[int], named: str = "{}", packed: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Four IDX files of images whose labels go round `numbers`; the images and labels for training."""
    folder.mkdir()
    random = np.random.default_rng(0)
    made = {}
    for split, count in (("train", 12), ("t10k", 6)):
        images = random.integers(0, 256, (count, 6, 5), np.uint8)
        labels = np.array([numbers[index % len(numbers)] for index in range(count)], np.uint8)
        made[split] = images, labels
        for kind, array in ((f"{split}-images-idx3-ubyte", images), (f"{split}-labels-idx1-ubyte", labels)):
            content = gzip.compress(idx(array)) if packed else idx(array)
            (folder / f"{named.format(kind)}{'.gz' if packed else ''}").write_bytes(content)
    return made["train"]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("named", ["{}", "emnist-letters-{}"])
def test_four_idx_files(tmp_path: Path, named: str, packed: bool) -> None:
    images, labels = four(tmp_path / "p", [0, 1, 2], named, packed)
    found = read_in(tmp_path, tmp_path / "p")
    assert found.classes == ["0", "1", "2"] and (len(found.train.labels), len(found.test.labels)) == (12, 6)
    wanted = {image.tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
    assert {i.tobytes(): int(n) for i, n in zip(found.train.images, found.train.labels, strict=True)} == wanted


def test_numbers_without_images_are_no_classes(tmp_path: Path) -> None:
    """The letters of EMNIST begin with 1."""
    four(tmp_path / "p", [1, 2, 3])
    assert read_in(tmp_path, tmp_path / "p").classes == ["1", "2", "3"]
    found = read_in(tmp_path, tmp_path / "p", classes=("a", "b", "c"))
    assert found.classes == ["a", "b", "c"] and set(found.train.labels.tolist()) == {0, 1, 2}


def test_idx_files_with_names_for_their_classes(tmp_path: Path) -> None:
    _, labels = four(tmp_path / "p", [0, 2])
    found = read_in(tmp_path, tmp_path / "p", classes=("a", "b", "c"))
    assert found.classes == ["a", "b", "c"] and sorted(found.train.labels) == sorted(labels)
    with pytest.raises(ValueError, match="dataset: classes: names 2, and the labels go from 0 to 2"):
        read_in(tmp_path, tmp_path / "p", classes=("a", "b"))


def test_idx_files_are_scaled_where_that_is_wanted(tmp_path: Path) -> None:
    four(tmp_path / "p", [0, 1])
    found = read_in(tmp_path, tmp_path / "p", size=(8, 8), channels=3)
    assert found.train.images.shape == (12, 8, 8, 3) and found.test.images.shape == (6, 8, 8, 3)


def test_idx_files_without_a_test_split_are_split(tmp_path: Path) -> None:
    four(tmp_path / "p", [0, 1])
    for file in (tmp_path / "p").glob("t10k*"):
        file.unlink()
    found = read_in(tmp_path, tmp_path / "p", test=0.5)
    assert np.bincount(found.test.labels).tolist() == [3, 3]


def test_idx_files_of_floats_are_refused_by_name(tmp_path: Path) -> None:
    four(tmp_path / "p", [0, 1], packed=False)
    floats = bytes([0, 0, 0x0D, 1]) + (1).to_bytes(4, "big") + bytes(4)
    (tmp_path / "p" / "train-images-idx3-ubyte").write_bytes(floats)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte holds floats, whose range is not known"):
        read_in(tmp_path, tmp_path / "p")


def test_idx_files_that_do_not_fit_together_are_named(tmp_path: Path) -> None:
    four(tmp_path / "p", [0, 1], packed=False)
    (tmp_path / "p" / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte has the shape \(6, 6, 5\)"):
        read_in(tmp_path, tmp_path / "p")
    (tmp_path / "p" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(ValueError, match="one file of images and one of labels are needed"):
        read_in(tmp_path, tmp_path / "p")


def png(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 3), level).save(buffer, "PNG")
    return buffer.getvalue()


def parquet(path: Path, count: int, first: int = 0, names: list[str] | None = None, bare: bool = False) -> Path:
    """Pictures, each of a level of grey; their labels go round three classes."""
    path.parent.mkdir(exist_ok=True)
    contents = [png(first + number) for number in range(count)]
    images: Any = contents if bare else [{"bytes": content, "path": None} for content in contents]
    numbers = [number % 3 for number in range(count)]
    table = pa.table({"image": images, "label": numbers if names else ["cat", "dog", "owl"] * (count // 3)})
    if names:
        about = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("bare", [True, False])
def test_one_parquet_file_is_split(tmp_path: Path, bare: bool) -> None:
    path = parquet(tmp_path / "p" / "all.parquet", 30, bare=bare)
    found = read_in(tmp_path, path)
    assert found.classes == ["cat", "dog", "owl"] and np.bincount(found.test.labels).tolist() == [2, 2, 2]
    levels = np.concatenate([found.train.images[:, 0, 0], found.test.images[:, 0, 0]])
    assert sorted(levels) == list(range(30))
    assert np.array_equal(levels % 3, np.concatenate([found.train.labels, found.test.labels]))
    assert read_in(tmp_path / "again", path.parent).train.images.tobytes() == found.train.images.tobytes()


def test_a_folder_of_train_and_test_with_names_as_hugging_face_keeps_them(tmp_path: Path) -> None:
    names = ["zebra", "ant", "bee"]
    parquet(tmp_path / "p" / "train.parquet", 9, names=names)
    parquet(tmp_path / "p" / "test.parquet", 6, first=100, names=names)
    found = read_in(tmp_path, tmp_path / "p")
    assert found.classes == names and len(found.test.labels) == 6
    assert dict(zip(found.test.images[:, 0, 0].tolist(), labelled(found, "test"), strict=True))[101] == "ant"


def test_a_label_that_is_missing_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    for name, labels in (("train", ["a", "b", None]), ("test", ["a", None, "b"])):
        images = [png(len(name) * 10 + number) for number in range(3)]
        pq.write_table(pa.table({"image": images, "label": labels}), tmp_path / "p" / f"{name}.parquet")
    found = read_in(tmp_path, tmp_path / "p")
    assert sorted(map(str, labelled(found, "test"))) == ["None", "a", "b"] and len(found.train.labels) == 2


@pytest.mark.parametrize("unknown", [None, -1, "", -2, 3])
def test_a_number_or_a_text_that_names_no_class(tmp_path: Path, unknown: Any) -> None:
    """Empty ones are not known, as Hugging Face's -1; others are a mistake."""
    names = None if unknown == "" else ["zebra", "ant", "bee"]
    path = parquet(tmp_path / "p" / "all.parquet", 12, names=names)
    table = pq.read_table(path)
    labels = [*table["label"].to_pylist()[:-1], unknown]
    pq.write_table(table.set_column(1, "label", pa.array(labels)), path)
    if unknown in (-2, 3):
        with pytest.raises(ValueError, match=rf"all\.parquet has the label {unknown}, and names for 3 classes"):
            read_in(tmp_path, path)
        return
    found = read_in(tmp_path, path)
    assert len(found.classes) == 3 and labelled(found, "test").count(None) == 1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"image": [[0.5, 1.0]], "label": ["a"]}, "image holds floats"),
        ({"image": [png(1)], "label": [0.5]}, "label holds floats"),
        ({"image": [3], "label": ["a"]}, "image is of the type int64"),
        ({"photo": [png(1)], "label": ["a"]}, "has the columns photo, label; image or"),
        ({"image": [png(1)], "answer": ["a"]}, "has the columns image, answer; label or"),
    ],
)
def test_parquet_that_can_not_be_used_is_refused_by_name(tmp_path: Path, columns: Any, said: str) -> None:
    if said != "label holds floats":
        columns = {name: values * 4 for name, values in columns.items()}
        columns |= {name: ["a", "b", "a", "b"] for name in columns if values_are_text(columns[name])}
    pq.write_table(pa.table(columns), tmp_path / "bad.parquet")
    with pytest.raises(ValueError, match=rf"bad\.parquet.*{said}"):
        read_in(tmp_path, tmp_path / "bad.parquet")


def values_are_text(values: list[Any]) -> bool:
    return isinstance(values[0], str)


def test_a_row_that_is_no_picture_is_named(tmp_path: Path) -> None:
    images = [png(1), b"no picture", png(3), png(4)]
    pq.write_table(pa.table({"image": images, "label": ["a", "a", "b", "b"]}), tmp_path / "p.parquet")
    with pytest.raises(ValueError, match=r"p\.parquet/00000001: it is no picture of a known format"):
        read_in(tmp_path, tmp_path / "p.parquet")


def test_several_parquet_files_need_their_names(tmp_path: Path) -> None:
    parquet(tmp_path / "p" / "a.parquet", 3)
    parquet(tmp_path / "p" / "b.parquet", 3)
    with pytest.raises(ValueError, match=r"one has to be called train\.parquet and one test\.parquet"):
        read_in(tmp_path, tmp_path / "p")


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A folder of classes that was read; what is known of it is beside it."""
    path = classes(tmp_path / "p", {"cat": 3, "dog": 3})
    (tmp_path / "own").mkdir()
    found = read_in(tmp_path, path)
    assert planned(tmp_path / "own", path) == found.contents
    return path


def test_touched_files_are_the_same(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned(known.parent / "own", known)
    for file in known.rglob("*.png"):
        os.utime(file)
    assert planned(known.parent / "own", known) == before
    monkeypatch.setattr(listing, "sha256", None)  # and they are not hashed again
    assert planned(known.parent / "own", known) == before


def add(path: Path) -> None:
    (path / "cat" / "new.png").write_bytes((path / "cat" / "0.png").read_bytes())


def change(path: Path) -> None:
    file = path / "cat" / "0.png"
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


def move(path: Path) -> None:
    (path / "cat" / "0.png").rename(path / "dog" / "9.png")


def remove(path: Path) -> None:
    (path / "cat" / "0.png").unlink()


@pytest.mark.parametrize("edit", [add, change, move, remove])
def test_other_files_are_others(known: Path, edit: Any) -> None:
    before = planned(known.parent / "own", known)
    edit(known)
    assert planned(known.parent / "own", known) != before


def test_files_that_are_never_read_do_not_count(known: Path) -> None:
    before = planned(known.parent / "own", known)
    (known / "notes.txt").write_text("x")
    (known / ".DS_Store").write_text("x")
    assert planned(known.parent / "own", known) == before


def test_a_damaged_memory_of_what_was_read_is_none(known: Path) -> None:
    before = planned(known.parent / "own", known)
    (known.parent / "own" / listing.SEEN).write_text("{")
    assert planned(known.parent / "own", known) != before


def test_a_source_travels_as_text() -> None:
    source = Source("pets", "/a b/ü", (3, 4), 1, 0.3, ("x", "y"))
    assert Source.from_json(source.to_json()) == source
    assert Source.from_json(Source("pets", "p").to_json()) == Source("pets", "p")
