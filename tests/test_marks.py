"""Marks of test images: what is read of a file, what is refused by line, and what becomes of the labels."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_viz import datasets
from mnist_viz.datasets import corrections, marks
from mnist_viz.datasets.prepare import Places, prepare
from mnist_viz.store import tables
from mnist_viz.store.corrections import Corrections
from mnist_viz.training import split
from tests.conftest import PROJECT

CASES: dict[str, Any] = json.loads((PROJECT / "tests" / "explorer" / "marks.json").read_text())
DIGEST = "5" * 64
CLASSES: list[str] = CASES["classes"]
GIVEN: list[str | None] = CASES["labels"]
LABELS = np.array([255 if name is None else CLASSES.index(name) for name in GIVEN], np.uint8)


def written(folder: Path, text: str) -> Path:
    path = folder / "marks.csv"
    path.write_bytes(text.replace("TEST", f"sha256:{DIGEST}").encode())
    return path


def applied(path: Path) -> corrections.Applied:
    return corrections.apply(marks.read(path), LABELS, CLASSES, DIGEST)


@pytest.mark.parametrize("case", CASES["wrong"].values(), ids=CASES["wrong"])
def test_a_wrong_file_is_refused_by_line(tmp_path: Path, case: dict[str, str]) -> None:
    path = written(tmp_path, case["text"])
    with pytest.raises(ValueError) as refused:
        applied(path)
    assert str(refused.value) == f"{path}: {case['message']}".replace("TEST", f"sha256:{DIGEST}")


def test_a_test_set_without_any_label_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{number},,yes,TEST\n" for number in range(len(LABELS)))
    path = written(tmp_path, f"id,label,exclude,test_set\n{rows}")
    with pytest.raises(ValueError, match=r"marks\.csv: with these marks no test image has a label; keep one"):
        applied(path)


def test_a_note_can_be_of_any_length(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    path = written(tmp_path, f"id,label,exclude,note,test_set\n0,dog,,{'long ' * 40_000},TEST\n")
    assert applied(path).corrections.corrected == 1
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("case", CASES["right"].values(), ids=CASES["right"])
def test_a_right_file_corrects_the_labels_that_it_names(tmp_path: Path, case: dict[str, Any]) -> None:
    path = written(tmp_path, case["text"])
    expected: list[str | None] = [*GIVEN]
    for number, label, excluded, _note in case["marks"]:
        expected[number] = None if excluded else label or GIVEN[number]
    found = applied(path)
    assert [None if each == 255 else CLASSES[each] for each in found.labels] == expected
    changed = [number for number in range(len(GIVEN)) if expected[number] != GIVEN[number]]
    assert found.given == {number: None if LABELS[number] == 255 else LABELS[number] for number in changed}
    relabelled = sum(expected[number] is not None for number in changed)
    excluded = sum(mark[2] for mark in case["marks"])
    assert found.corrections == Corrections(hashlib.sha256(path.read_bytes()).hexdigest(), relabelled, excluded)


def test_a_file_that_is_no_text_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(b"id,label,exclude,test_set\n0,d\xf6g,,\n")
    with pytest.raises(ValueError, match=r"marks.csv: line 2: this is not UTF-8"):
        marks.read(path)
    with pytest.raises(ValueError, match=r"there is no file .*elsewhere.csv"):
        marks.read(tmp_path / "elsewhere.csv")


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=100), heading=st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, heading: bool) -> None:
    path = tmp_path_factory.mktemp("marks") / "any.csv"
    path.write_bytes((b"id,label,exclude,test_set\n" if heading else b"") + content)
    try:
        marks.read(path)
    except ValueError as error:
        assert "any.csv: line " in str(error)


def test_a_corrected_test_set_keeps_what_was_given(tmp_path: Path) -> None:
    names = "train.safetensors", "test.safetensors", "images.parquet", "classes.parquet"
    places = Places(*(tmp_path / name for name in names))
    facts = prepare("sample", datasets.find("sample"), [], places)
    train, before = places.train.read_bytes(), pl.read_parquet(places.images)
    pixels, labels, about = split.read(places.test)
    text = "id,label,exclude,test_set\n3,7,,TEST\n4,,yes,TEST\n5,5,,TEST\n"
    path = tmp_path / "marks.csv"
    path.write_text(text.replace("TEST", f"sha256:{about['sha256']}"))

    digest, said = corrections.correct(marks.read(path), places.test, places.images)

    assert (said.corrected, said.excluded) == (1, 1)
    assert digest != facts.dataset_sha256 == about["dataset_sha256"]
    assert places.train.read_bytes() == train
    now, corrected, described = split.read(places.test)
    assert np.array_equal(now, pixels)
    assert np.flatnonzero(corrected != labels).tolist() == [3, 4]
    assert corrected[3:5].tolist() == [7, 255]
    assert np.array_equal(corrections.given(corrected, described), labels)
    assert described["dataset_sha256"] == digest and described["given_sha256"] == about["sha256"]
    table = pl.read_parquet(places.images)
    assert table.columns == ["id", "image", "truth", "given"]
    assert table.drop("given", "truth").equals(before.drop("truth"))
    assert table["given"].equals(before["truth"].rename("given"))
    assert table["truth"].to_list() == [7 if n == 3 else None if n == 4 else each for n, each in enumerate(labels)]
    assert tables.corrections(places.images) == said
    assert tables.read(places.images, tables.images).column_names == table.columns


def test_a_column_of_given_labels_needs_corrections(tmp_path: Path) -> None:
    """A table that has it and does not say why is refused."""
    columns = {"class": [0, 1], "name": ["a", "b"]}
    tables.write(tmp_path / "classes.parquet", columns, tables.CLASS_NAMES, "pets", ["a", "b"])
    assert tables.corrections(tmp_path / "classes.parquet") is None
    frame = pl.DataFrame({"id": [0], "image": [{"bytes": b"", "path": ""}], "truth": [0], "given": [0]})
    frame.cast({"id": pl.Int32, "truth": pl.UInt8, "given": pl.UInt8}).write_parquet(tmp_path / "images.parquet")
    with pytest.raises(ValueError, match=r"images.parquet has the columns"):
        tables.read(tmp_path / "images.parquet", tables.images)
