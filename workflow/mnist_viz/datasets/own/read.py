"""From a source to a training and a test split: what is found, which of it is tested on, decoded to one shape."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL

from mnist_viz.datasets.dataset import Split
from mnist_viz.datasets.own import Source, arrays, folders, listing, rows
from mnist_viz.datasets.own.decoding import CHUNK, Job, Target, decoded, looks, scratch
from mnist_viz.datasets.own.order import chosen, spread, united
from mnist_viz.datasets.own.pictures import Look, fitted
from mnist_viz.datasets.own.samples import TEST, TRAIN, Found, Sample
from mnist_viz.datasets.prepare import MOST_CLASSES
from mnist_viz.store import tables
from mnist_viz.store.files import sha256

CODE = 1  # of the decoder: what it leaves half done is of no use to another
DECODING = ".decoding"
NAMED = 5  # classes in a note

Jobs = Callable[[dict[str, int]], Iterable[Job]]
"""What gives the pictures of these names, and says which row of the array each of them becomes."""


class Read(NamedTuple):
    """A dataset that was read."""

    train: Split
    test: Split
    classes: list[str]
    contents: str
    """The digest of all files' names and contents."""
    about: str
    """What it is, in a line, wherever it lies."""
    notes: list[str]
    """What a user should know."""

    def clear(self, folder: Path) -> None:
        """Remove the decoded pictures from `folder`, once they are written elsewhere."""
        shutil.rmtree(folder / DECODING, ignore_errors=True)


def read(source: Source, folder: Path, processes: int = 1) -> Read:
    """Read a source. `folder` is for what is only to save time: half-decoded pictures, and what was read.

    Raises ValueError that says what is wrong with the source, and where.
    """
    seen = listing.scan(source.place)
    if of_arrays := arrays.files(seen):
        kind, digests = "IDX files", {entry.place: sha256(seen.path(entry.place)) for entry in seen.files}
        parts = {split: arrays.read(seen, split, own) for split, own in of_arrays.items()}
        found = arrays.find(parts, source.classes)
        splits, classes = _arranged(source, found)
        made = [_taken(source, parts, samples) for samples in splits]
        duplicates = _same([{_digest(image) for image in images} for images in made])
    else:
        of_rows = rows.files(seen)
        kind = "Parquet" if of_rows else "class folders"
        found = rows.find(seen, of_rows) if of_rows else folders.find(seen)
        jobs: Jobs = partial(rows.jobs, seen, of_rows) if of_rows else partial(_jobs, seen)
        splits, classes = _arranged(source, found)
        like = looks(jobs({sample.place: 0 for part in splits for sample in part}), len(found.samples), processes)
        digests = {
            entry.place: like[entry.place].sha256 if entry.place in like else sha256(seen.path(entry.place))
            for entry in seen.files
        }
        made = _decoded(source, jobs, splits, like, (folder, listing.contents(seen, digests), processes))
        duplicates = _same([{like[sample.place].sha256 for sample in part} for part in splits])
    train, test = (Split(images, _labels(part, classes)) for images, part in zip(made, splits, strict=True))
    notes = [*found.notes, *_notes(splits, classes), *duplicates]
    about = f"{source.name}: {kind}, {len(train.labels):,} + {len(test.labels):,} pictures of {len(classes):,} classes"
    return Read(train, test, classes, listing.remember(folder, seen, digests), about, notes)


def _jobs(seen: listing.Listing, wanted: dict[str, int]) -> Iterator[Job]:
    places = list(wanted)
    for start in range(0, len(places), CHUNK):
        names = places[start : start + CHUNK]
        yield Job(names, [seen.path(name) for name in names], [wanted[name] for name in names])


def _arranged(source: Source, found: Found) -> tuple[tuple[list[Sample], list[Sample]], list[str]]:
    """The samples of both splits and the names of the classes. Nothing is decoded for what is refused here."""
    splits = _splits(source, found)
    return splits, _classes(source, found, splits)


def _splits(source: Source, found: Found) -> tuple[list[Sample], list[Sample]]:
    """The training and the test samples. Those without a class are tested on, or left out."""
    samples = found.samples
    if not samples:
        raise ValueError(
            f"dataset: path: {source.path} has no pictures in class folders (class/picture, or train/class/picture and "
            "test/class/picture), no IDX files and no Parquet files"
        )
    labels = united(sample.label for sample in samples if sample.label is not None)
    if len(labels) < 2:
        found_classes = f"one class, {listing.shown(labels[0])}" if labels else "no class"
        raise ValueError(f"dataset: path: {source.path} has {found_classes}; at least two are needed")
    known = [sample for sample in samples if sample.label is not None]
    if not any(sample.split == TEST for sample in samples):
        tested = chosen([sample.place for sample in known], [sample.label for sample in known], source.test)
        train = [sample for index, sample in enumerate(known) if index not in tested]
        test = [sample for index, sample in enumerate(known) if index in tested]
        test += [sample for sample in samples if sample.label is None]
    else:
        train = [sample for sample in known if sample.split == TRAIN]
        test = [sample for sample in samples if sample.split == TEST]
    for part, name in ((train, "training"), (test, "test")):
        if not any(sample.label is not None for sample in part):
            raise ValueError(f"dataset: path: {source.path} has no {name} pictures with a class")
    return _spread(train), _spread(test)


def _spread(samples: list[Sample]) -> list[Sample]:
    return [samples[index] for index in spread([sample.place for sample in samples])]


def _classes(source: Source, found: Found, splits: tuple[list[Sample], list[Sample]]) -> list[str]:
    used = united(sample.label for part in splits for sample in part if sample.label is not None)
    if odd := [name for name in used if any("\udc80" <= letter <= "\udcff" for letter in name)]:
        raise ValueError(f"dataset: path: the name of the class {odd[0]!a} is not UTF-8; rename its folder")
    if source.classes is None:
        names = found.classes or used
        if len(names) > MOST_CLASSES:
            raise ValueError(
                f"dataset: path: {source.path} has {len(names):,} classes; from 2 to {MOST_CLASSES:,} are possible"
            )
        return names
    if unknown := [name for name in used if name not in source.classes]:
        lacking = ", ".join(map(listing.shown, unknown[:NAMED]))
        raise ValueError(f"dataset: classes: lacks {lacking}, of which {source.path} has pictures")
    return list(source.classes)


def _labels(samples: list[Sample], classes: list[str]) -> np.ndarray:
    kind = tables.class_type(len(classes))
    numbers: dict[str | None, int] = {name: number for number, name in enumerate(classes)}
    numbers[None] = int(np.iinfo(kind).max)
    return np.array([numbers[sample.label] for sample in samples], kind)


def _decoded(
    source: Source,
    jobs: Jobs,
    splits: tuple[list[Sample], list[Sample]],
    like: dict[str, Look],
    how: tuple[Path, str, int],
) -> list[np.ndarray]:
    """The pictures of both splits. `how` is the folder for what is half done, what it depends on, and the processes."""
    folder, contents, processes = how
    size, channels = _size(source, like), source.channels or max(each.channels for each in like.values())
    what = [CODE, PIL.__version__, contents, size, channels, source.test, source.config()["classes"]]
    place = scratch(folder / DECODING, what)
    made = []
    for name, part in zip((TRAIN, TEST), splits, strict=True):
        # In the order of their names, in which files lie beside each other and the bytes of a Parquet file come.
        wanted = {sample.place: row for row, sample in enumerate(part)}
        target = Target(place / f"{name}.npy", size, channels)
        made.append(decoded(jobs(dict(sorted(wanted.items()))), len(part), target, processes))
    return made


def _size(source: Source, like: dict[str, Look]) -> tuple[int, int]:
    if source.size is not None:
        return source.size
    sizes: dict[tuple[int, int], str] = {}
    for name in sorted(like):
        sizes.setdefault((like[name].height, like[name].width), name)
    if len(sizes) > 1:
        (first, a), (second, b), *_ = sizes.items()
        raise ValueError(
            f"dataset: the pictures have {len(sizes):,} sizes, as {listing.shown(a)} {first[0]}x{first[1]} and "
            f"{listing.shown(b)} {second[0]}x{second[1]} (height x width). Name the one that the network sees: "
            "size: [64, 64]"
        )
    return next(iter(sizes))


def _taken(source: Source, parts: dict[str, tuple[np.ndarray, np.ndarray]], samples: list[Sample]) -> np.ndarray:
    """The images of some samples, of arrays."""
    images = np.concatenate([own for own, _ in parts.values()])
    start, starts = 0, {}
    for split, (own, _) in parts.items():
        starts[split] = start
        start += len(own)
    places = [sample.place.split("/") for sample in samples]
    taken: np.ndarray = images[[starts[split] + int(number) for split, number in places]]
    size = source.size or (images.shape[1], images.shape[2])
    channels = source.channels or (3 if images.ndim == 4 else 1)
    if size == images.shape[1:3] and (channels == 3) == (images.ndim == 4):
        return taken
    return np.stack([fitted(image, size, channels) for image in taken])


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(image.tobytes()).digest()


def _same(parts: list[set[bytes]] | list[set[str]]) -> list[str]:
    """A note of how many pictures training and test have in common."""
    both = len(set(parts[0]) & set(parts[1]))
    if not both:
        return []
    count = "1 picture is" if both == 1 else f"{both:,} pictures are"
    return [f"{count} the same in the training and the test split, to the byte: the accuracy is too high for new ones"]


def _notes(splits: tuple[list[Sample], list[Sample]], classes: list[str]) -> list[str]:
    notes = []
    for name, part in zip(("training", "test"), splits, strict=True):
        there = {sample.label for sample in part}
        if missing := [each for each in classes if each not in there]:
            more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
            notes.append(f"no {name} pictures of {', '.join(map(json.dumps, missing[:NAMED]))}{more}")
        if unknown := sum(sample.label is None for sample in part):
            notes.append(f"the class of {unknown:,} {name} pictures is not known: they are shown and never counted")
    return notes
