"""Corrections: a test set with the labels that marks propose, and without those of excluded images."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_viz.datasets.marks import DIGEST, Marks
from mnist_viz.store import tables
from mnist_viz.store.corrections import ENTRY, GIVEN, Corrections, corrected
from mnist_viz.training import split

SHOWN = 10  # classes in a message


class Applied(NamedTuple):
    """A corrected test set."""

    labels: np.ndarray
    given: dict[int, int | None]
    """The given label of each image whose label is another now; None where it was not known."""
    corrections: Corrections


def correct(marks: Marks, test: Path, images: Path) -> tuple[str, Corrections]:
    """Correct the test split and the table of test images in their places, which are as the dataset has them.

    Returns the digest of the corrected dataset. The split keeps those of before, and the given labels, in its metadata.
    ValueError as of `apply`.
    """
    pixels, labels, about = split.read(test)
    classes = split.classes(about)
    own = {name: about[name] for name in ("dataset", "source", "dataset_sha256")}
    applied = apply(marks, labels, classes, about["sha256"])
    said = {f"{GIVEN}_{name}": about[name] for name in ("sha256", "dataset_sha256")}
    said |= {GIVEN: json.dumps(applied.given), ENTRY: applied.corrections.to_json()}
    own["dataset_sha256"] = digest(about["dataset_sha256"], marks.sha256)
    split.write(test, pixels, applied.labels, own | said, classes)

    table = tables.read(images, tables.images)
    truth = np.where(applied.labels == split.no_label(labels), tables.MISSING, applied.labels.astype(np.int32))
    columns = {"id": table["id"], "image": table["image"], GIVEN: table["truth"]}
    columns["truth"] = tables.labels(truth[tables.numbers(table, "id")], len(classes))
    kind = corrected(tables.images, applied.corrections, given=True)
    tables.write(images, columns, kind, own["dataset"], classes)
    return own["dataset_sha256"], applied.corrections


def digest(dataset_sha256: str, corrections_sha256: str) -> str:
    """That of a dataset, corrected by a file."""
    return hashlib.sha256(f"{dataset_sha256} corrected by {corrections_sha256}".encode()).hexdigest()


def given(labels: np.ndarray, about: dict[str, str]) -> np.ndarray:
    """The labels of a test split as they were given, from its labels now and its metadata."""
    found = labels.copy()
    for number, label in json.loads(about.get(GIVEN, "{}")).items():
        found[int(number)] = split.no_label(labels) if label is None else label
    return found


def apply(marks: Marks, labels: np.ndarray, classes: Sequence[str], test_sha256: str) -> Applied:
    """The labels uint8 or uint16 [N] of the test images, corrected; `test_sha256` is the digest of their split.

    ValueError names the file, the line and what is wrong there.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    missing = split.no_label(labels)
    now = labels.copy()
    for mark in marks.rows:
        place = f"{marks.path}: line {mark.line}"
        if mark.test_set != DIGEST + test_sha256:
            raise ValueError(
                f"{place}: these marks are of another test set, “{mark.test_set}”; this one is {DIGEST}{test_sha256}"
            )
        if mark.id >= len(labels):
            raise ValueError(f"{place}: the test set has no image {mark.id}; its ids are 0 to {len(labels) - 1}")
        given = "" if labels[mark.id] == missing else classes[labels[mark.id]]
        if mark.given and mark.given != given:
            known = f"has the label {given}" if given else "has no label"
            raise ValueError(f"{place}: image {mark.id} {known} in this test set, not “{mark.given}”")
        if mark.label and mark.label not in numbers:
            raise ValueError(f"{place}: label “{mark.label}” is no class; {_listed(classes)}")
        if mark.excluded:
            now[mark.id] = missing
        elif mark.label:
            now[mark.id] = numbers[mark.label]
    if (now == missing).all():
        raise ValueError(f"{marks.path}: with these marks no test image has a label; keep one that is not excluded")
    changed = np.flatnonzero(now != labels).tolist()
    excluded = sum(mark.excluded for mark in marks.rows)
    relabelled = sum(now[number] != missing for number in changed)
    before = {number: None if labels[number] == missing else int(labels[number]) for number in changed}
    return Applied(now, before, Corrections(marks.sha256, int(relabelled), excluded))


def _listed(classes: Sequence[str]) -> str:
    more = f", … ({len(classes):,} in all)" if len(classes) > SHOWN else ""
    return f"there are {', '.join(classes[:SHOWN])}{more}"
