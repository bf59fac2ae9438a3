"""Marks: what a CSV file says of test images and their labels, a row an image, read strictly.

The columns, in any order: `id`; `label`, the name of the right class; `exclude`, yes for an image that is not to be
counted; `test_set`, the digest of the test set that the marks are of, as `sha256:…`. There can be `given`, the name of
the class that the image has, which is compared, and `note`.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mnist_viz.store.files import check_regular

NEEDED = ("id", "label", "exclude", "test_set")
COLUMNS = ("id", "given", "label", "exclude", "note", "test_set")
DIGEST = "sha256:"
"""What the digest of a test set begins with: no spreadsheet takes it for a number."""
MOST_DIGITS = 9  # of an id


class Mark(NamedTuple):
    """What a row says of an image."""

    line: int
    """In the file, counted from 1."""
    id: int
    label: str
    """The name of a class; empty if none is proposed, as `given`."""
    excluded: bool
    given: str
    test_set: str


class Marks(NamedTuple):
    """What a file says."""

    path: Path
    sha256: str
    rows: list[Mark]


def read(path: Path) -> Marks:
    """The marks of a file. ValueError names the file, the line and what is wrong there."""
    if not path.is_file():
        raise ValueError(f"dataset: corrections: there is no file {path}")
    check_regular(path)
    content = path.read_bytes()
    rows: list[Mark] = []
    seen: dict[int, int] = {}
    with _fields_of(len(content)):
        for mark in _marks(content, path):
            if mark.id in seen:
                raise ValueError(f"{path}: line {mark.line}: image {mark.id} is there already, in line {seen[mark.id]}")
            seen[mark.id] = mark.line
            rows.append(mark)
    return Marks(path, hashlib.sha256(content).hexdigest(), rows)


def _marks(content: bytes, path: Path) -> Iterator[Mark]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"{path}: line {line}: this is not UTF-8. Save the file as UTF-8") from error
    lines = _lines(text, path)
    first, heading = next(lines, (1, []))
    _check_heading(heading, f"{path}: line {first}")
    for line, values in lines:
        place = f"{path}: line {line}"
        if len(values) != len(heading):
            raise ValueError(f"{place}: {len(values)} values where the heading has {len(heading)} columns")
        yield _mark(line, dict(zip(heading, values, strict=True)), place)


@contextmanager
def _fields_of(length: int) -> Iterator[None]:
    """Meanwhile a value can have as many characters as the file."""
    before = csv.field_size_limit(max(length, csv.field_size_limit()))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, and in which line each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise ValueError(
                f"{path}: line {line}: a quote is not closed, or stands within a value that does not begin with one"
            ) from error
        if values is None:
            return
        if values:
            yield line, values
        line = reader.line_num + 1


def _check_heading(heading: list[str], place: str) -> None:
    for name in NEEDED:
        if name not in heading:
            found = ", ".join(heading) or "nothing"
            raise ValueError(f"{place}: there is no column {name}; needed are {', '.join(NEEDED)}, there is {found}")
    for number, name in enumerate(heading):
        if name not in COLUMNS:
            raise ValueError(f"{place}: a column “{name}” is unknown; there can be {', '.join(COLUMNS)}")
        if name in heading[:number]:
            raise ValueError(f"{place}: the column {name} is there twice")


def _mark(line: int, values: dict[str, str], place: str) -> Mark:
    text, label = values["id"], values["label"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise ValueError(f"{place}: id “{text}” is no number of an image")
    if values["exclude"] not in ("", "yes"):
        raise ValueError(f"{place}: exclude is “{values['exclude']}”; it can be yes or nothing")
    excluded = values["exclude"] == "yes"
    if label and excluded:
        raise ValueError(f"{place}: image {int(text)} has a label and is excluded; keep one of the two")
    if not (label or excluded or values.get("note")):
        raise ValueError(f"{place}: nothing is said of image {int(text)}: no label, no exclusion, no note")
    return Mark(line, int(text), label, excluded, values.get("given", ""), values["test_set"])
