"""Images of any shape and classes of any number and name, through the files and the stages that read them."""

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from mnist_viz import compare, summary
from mnist_viz.config import Hyperparameters
from mnist_viz.datasets import prepare
from mnist_viz.datasets.dataset import Split
from mnist_viz.explorer.collect import collect
from mnist_viz.explorer.pack import sheet
from mnist_viz.job import records
from mnist_viz.predict import columns
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json
from mnist_viz.store.formats import DIGITS
from mnist_viz.training import models, split
from mnist_viz.training.augment import move
from mnist_viz.training.evaluate import measure
from mnist_viz.training.loader import channels_first
from tests.explorer.generate import generate


def part(count: int, shape: tuple[int, ...], classes: int, seed: int = 0) -> Split:
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % classes).astype(tables.class_type(classes))
    return Split(random.integers(0, 256, (count, *shape), np.uint8), labels)


def written(folder: Path, parts: tuple[Split, Split], classes: list[str]) -> prepare.Facts:
    names = "train.safetensors", "test.safetensors", "images.parquet", "classes.parquet"
    return prepare.write("pets", "made up", parts, classes, prepare.Places(*(folder / name for name in names)))


@pytest.mark.parametrize(
    ("shape", "classes"), [((5, 7), 2), ((32, 32, 3), 12), ((4, 4), 255), ((4, 4, 3), 256), ((6, 6), 1000)]
)
def test_files_hold_shape_and_classes(tmp_path: Path, shape: tuple[int, ...], classes: int) -> None:
    names = [f"class <{number}> é" for number in range(classes)]
    train, test = part(classes, shape, classes), part(classes + 1, shape, classes, seed=1)
    facts = written(tmp_path, (train, test), names)
    assert facts.shape == ((3, *shape[:2]) if len(shape) == 3 else (1, *shape)) and list(facts.classes) == names
    for name, wanted in (("train", train), ("test", test)):
        images, labels, about = split.read(tmp_path / f"{name}.safetensors")
        assert np.array_equal(images, wanted.images) and np.array_equal(labels, wanted.labels)
        assert labels.dtype == (np.uint8 if classes <= 255 else np.uint16)
        assert json.loads(about["classes"]) == names and about["dataset_sha256"] == facts.dataset_sha256
    table = tables.read(tmp_path / "images.parquet", tables.images)
    assert tables.truth(table).tolist() == test.labels.tolist()
    assert tables.classes(tmp_path / "images.parquet") == tuple(names)
    shown = np.asarray(Image.open(io.BytesIO(table["image"][0].as_py()["bytes"])))
    assert np.array_equal(shown, test.images[0])
    of_classes = pl.read_parquet(tmp_path / "classes.parquet")
    assert of_classes["class"].to_list() == list(range(classes)) and of_classes["name"].to_list() == names


def test_names_order_and_shape_are_part_of_the_digest_of_a_dataset(tmp_path: Path) -> None:
    parts = part(12, (4, 6), 2), part(4, (4, 6), 2)
    digests = [written(tmp_path, parts, names).dataset_sha256 for names in (["a", "b"], ["b", "a"], ["a", "b", "c"])]
    turned = tuple(Split(each.images.reshape(-1, 6, 4), each.labels) for each in parts)
    digests.append(written(tmp_path, (turned[0], turned[1]), ["a", "b"]).dataset_sha256)
    assert len(set(digests)) == 4


@pytest.mark.parametrize("classes", [1, 1001])
def test_too_few_or_too_many_classes_are_refused(tmp_path: Path, classes: int) -> None:
    parts = part(4, (4, 4), classes), part(4, (4, 4), classes)
    with pytest.raises(ValueError, match=r"from 2 to 1,000 are possible"):
        written(tmp_path, parts, [str(number) for number in range(classes)])


def test_large_pictures_are_jpeg_files(tmp_path: Path) -> None:
    smooth = np.broadcast_to(np.arange(80, dtype=np.uint8)[:, None] * 3, (4, 80, 70)).copy()
    own = Split(smooth, np.array([0, 1, 0, 1], np.uint8))
    written(tmp_path, (own, own), ["a", "b"])
    picture = tables.read(tmp_path / "images.parquet", tables.images)["image"][3].as_py()
    image = Image.open(io.BytesIO(picture["bytes"]))
    assert (picture["path"], image.format, image.size, image.mode) == ("00003.jpg", "JPEG", (70, 80), "L")
    assert abs(np.asarray(image).astype(int) - smooth[3]).max() <= 4


def test_a_truth_that_is_not_known_is_null_in_tables(tmp_path: Path) -> None:
    own = part(6, (4, 4), 3)
    own.labels[2] = split.no_label(own.labels)
    written(tmp_path, (own, own), ["a", "b", "c"])
    assert pl.read_parquet(tmp_path / "images.parquet")["truth"].to_list() == [0, 1, None, 0, 1, 2]
    table = tables.read(tmp_path / "images.parquet", tables.images)
    assert tables.truth(table).tolist() == [0, 1, tables.MISSING, 0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "classes"), [((1, 28, 28), 10), ((3, 33, 20), 2), ((1, 4, 5), 1000), ((3, 64, 64), 40)]
)
def test_the_network_fits_shape_and_classes(shape: tuple[int, int, int], classes: int) -> None:
    network = models.build(Hyperparameters(l1_size=4, l2_size=8), shape, classes)
    assert network(torch.zeros(2, *shape)).shape == (2, classes)
    assert models.fused(network)(torch.zeros(2, *shape)).shape == (2, classes)


def test_the_network_says_which_images_are_too_small() -> None:
    with pytest.raises(ValueError, match=r"at least 4x4 pixels, these have 3x28"):
        models.build(Hyperparameters(), (1, 3, 28), 10)


def test_images_in_colour_become_channels_without_a_copy() -> None:
    images = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    pixels = channels_first(images)
    assert pixels.shape == (2, 3, 3, 4) and int(pixels[1, 2, 0, 3]) == images[1, 0, 3, 2]
    images[0, 0, 0, 0] = 99
    assert int(pixels[0, 0, 0, 0]) == 99


def test_images_that_are_no_squares_are_turned_without_being_distorted() -> None:
    """A bright square in the middle of a wide image stays one when it is turned by 90 degrees."""
    pixels = torch.zeros(1, 3, 20, 40)
    pixels[:, :, 6:14, 16:24] = 1
    turned = move(pixels, torch.tensor([[np.pi / 2, 0.0, 0.0]], dtype=torch.float32))
    assert torch.allclose(turned, pixels, atol=1e-4)


def test_of_many_classes_a_table_holds_the_highest_scores(tmp_path: Path) -> None:
    classes, images = 300, 7
    logits = np.random.default_rng(0).normal(size=(images, classes)) * 3
    scores = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    truth = np.arange(images, dtype=np.int32) * 40
    truth[3] = tables.MISSING
    names = [str(number) for number in range(classes)]
    path = tmp_path / "predictions.parquet"
    tables.write(path, columns("a", [scores, scores], truth, classes), tables.predictions, "pets", names)
    rows = pl.read_parquet(path)
    assert rows.columns[5:] == ["top_class", "top_score", "true_score", "entropy"]
    best = np.argsort(-scores[1], kind="stable")[:10]
    row = rows.row(1, named=True)
    assert row["top_class"] == best.tolist() and row["guess"] == best[0]
    assert row["top_score"] == scores[1][best].tolist() and row["true_score"] == scores[1, 40]
    assert row["entropy"] == pytest.approx(-(scores[1] * np.log(scores[1])).sum(), rel=1e-5)
    assert (rows["truth"][3], rows["true_score"][3]) == (None, None)
    table = tables.read(path, tables.predictions)
    dense = tables.dense_scores(table, classes)
    assert np.array_equal(dense[8, best], scores[1][best]) and (dense[8] > 0).sum() == 10


def test_of_many_classes_the_page_has_the_highest_scores_and_the_truths(tmp_path: Path) -> None:
    classes, images = 300, 7
    generate(tmp_path, {"baseline": 2}, images=images)
    scores = np.random.default_rng(0).dirichlet(np.full(classes, 0.1), images).astype(np.float32)
    truth = np.arange(images, dtype=np.int32) * 40
    truth[3] = tables.MISSING
    names = [str(number) for number in range(classes)]
    pictures = tables.read(tmp_path / "images.parquet", tables.images)
    about = {"id": pictures["id"], "image": pictures["image"], "truth": tables.labels(truth, classes)}
    tables.write(tmp_path / "images.parquet", about, tables.images, "pets", names)
    made = columns("baseline", [scores[::-1], scores], truth, classes)
    tables.write(tmp_path / "baseline" / "predictions.parquet", made, tables.predictions, "pets", names)
    collection = collect(tmp_path, ["baseline"])
    assert collection.top == 10 and len(collection.notes) == 2 and "approximate" in collection.notes[1]
    for epoch, own in enumerate([scores[::-1], scores]):
        for image in range(images):
            kept = {*np.argsort(-own[image])[:10].tolist(), *([truth[image]] if image != 3 else [])}
            expected = [own[image, each] if each in kept else 0 for each in range(classes)]
            assert np.abs(collection.scores[:, epoch, image] - expected).max() <= 1e-6


def test_tables_without_names_are_of_the_digits(tmp_path: Path) -> None:
    """Those of versions before the names."""
    path = tmp_path / "images.parquet"
    tables.write(path, {"id": [], "image": [], "truth": []}, tables.images, "mnist")
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({"dataset": "mnist"}), path)
    assert tables.classes(path) == DIGITS


THREE = ("cat", "a < b", "dog")


def predicted(folder: Path, name: str, guess: list[int], truth: list[int], names: Sequence[str] = THREE) -> None:
    """A variant's predictions of images of three classes."""
    own = folder / name
    own.mkdir()
    scores = np.eye(3, dtype=np.float32)[guess] * 0.9 + 0.1 / 3
    table = columns(name, [scores], np.array(truth, np.int32), 3)
    tables.write(own / "predictions.parquet", table, tables.predictions, "pets", names)
    records.write(own / "predict.json", "predict", 0, {}, [own / "predictions.parquet"], {"variant": name})


def test_images_without_a_truth_are_never_counted(tmp_path: Path) -> None:
    truth = [0, 1, 2, tables.MISSING, 0]
    predicted(tmp_path, "a", [0, 1, 1, 2, 1], truth)
    predicted(tmp_path, "b", [0, 2, 2, 1, 1], truth)
    ids, right = summary.last_right(tmp_path / "a")
    assert ids.tolist() == [0, 1, 2, 4] and right.tolist() == [True, True, False, False]
    said = compare.compare(compare.load(tmp_path, "a:1"), compare.load(tmp_path, "b:1"))
    cells = [line.split()[-2:] for line in said.splitlines()[1:3]]
    assert cells == [["1", "1"], ["1", "1"]]
    assert "a < b (0.933)" in said and "?" in said and "dog" in said


def test_names_of_classes_stay_in_their_cells_in_a_terminal(tmp_path: Path) -> None:
    names = ["line\nbreak", "\x1b[2Jcleared", "tab\t| \u202e"]
    predicted(tmp_path, "a", [0, 1, 2], [0, 1, 2], names)
    predicted(tmp_path, "b", [1, 2, 0], [0, 1, 2], names)
    said = compare.compare(compare.load(tmp_path, "a:1"), compare.load(tmp_path, "b:1"))
    assert all(char.isprintable() or char == "\n" for char in said)
    rows = said.splitlines()[-3:]
    assert [row.split()[0] for row in rows] == ["0", "1", "2"] and len({len(row) for row in rows}) == 1
    assert r"line\nbreak (0.933)" in rows[0] and r"\x1b[2Jcleared" in rows[0] and r"tab\t| \u202e" in rows[1]


def test_metrics_are_of_known_truths() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    assert measure(scores, np.array([0, 0]))["errors"] == 1


def pictures(images: np.ndarray) -> list[bytes]:
    return [prepare.png(image) for image in images]


@pytest.mark.parametrize("shape", [(28, 28), (14, 56), (8, 8, 3), (64, 48, 3), (128, 96, 3)])
def test_the_sheet_holds_pictures_of_any_shape(shape: tuple[int, ...]) -> None:
    levels = np.arange(5) * 50
    images = np.broadcast_to(levels.reshape(-1, *[1] * len(shape)), (5, *shape)).astype(np.uint8)
    made = sheet(pictures(images))
    opened: Any = Image.open(io.BytesIO(base64.b64decode(made.tiles[0])))
    assert (made.across, made.down) == (3, 2)
    assert max(made.width, made.height) == min(96, max(shape[:2]))
    assert made.width * shape[0] == made.height * shape[1]
    assert opened.size == (3 * made.width, 2 * made.height)
    pixels = np.asarray(opened.convert("RGB"))
    for number, level in enumerate(levels):
        row, column = divmod(number, 3)
        middle = pixels[row * made.height + made.height // 2, column * made.width + made.width // 2]
        assert abs(middle.astype(int) - level).max() <= (0 if len(shape) == 2 else 6)


def test_checkpoints_say_shape_and_classes(undisturbed: Path) -> None:
    about = tensors.read(undisturbed / "checkpoints" / "epoch_001.safetensors")[1]
    assert json.loads(about["shape"]) == [1, 28, 28] and json.loads(about["classes"]) == list(DIGITS)
    assert read_json(undisturbed / "train.json")["classes"] == list(DIGITS)
