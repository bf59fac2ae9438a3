"""Four IDX files, as those of MNIST and EMNIST: images and labels of a training and a test split, gzipped or not."""

from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from mnist_viz.datasets.idx import read_idx
from mnist_viz.datasets.own.listing import Listing, shown
from mnist_viz.datasets.own.samples import TEST, TRAIN, Found, Sample

PARTS = {TRAIN: ("train",), TEST: ("t10k", "test")}


class Files(NamedTuple):
    """The places of the images and the labels of a split."""

    images: str
    labels: str


def files(listing: Listing) -> dict[str, Files]:
    """The files of each split, by their names; nothing if these are no IDX files. Raises ValueError if one is missing,
    or there are two for the same."""
    named = [entry.place for entry in listing.files if _is_idx(entry.place)]
    if not named:
        return {}
    found = {}
    for split, words in PARTS.items():
        own = [place for place in named if any(word in _name(place) for word in words)]
        images, labels = ([place for place in own if kind in _name(place)] for kind in ("images", "labels"))
        if len(images) > 1 or len(labels) > 1 or len(images) != len(labels):
            raise ValueError(
                f"{shown(listing.top)}: one file of images and one of labels are needed for a split; for {split} these "
                f"are there: {', '.join([*images, *labels]) or 'none'}"
            )
        if images:
            found[split] = Files(images[0], labels[0])
    if TRAIN not in found:
        raise ValueError(f"{shown(listing.top)} has no IDX files whose names say train, as train-images-idx3-ubyte.gz")
    return found


def _name(place: str) -> str:
    return PurePosixPath(place).name.lower()


def _is_idx(place: str) -> bool:
    return "idx" in _name(place) and _name(place).endswith(("ubyte", "ubyte.gz", ".idx", ".idx.gz", "idx1", "idx3"))


def read(listing: Listing, split: str, own: Files) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [N, H, W] or [N, H, W, 3], and labels [N] of whole numbers."""
    images, labels = (read_idx(listing.path(place)) for place in own)
    shaped = images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)
    if not shaped or labels.ndim != 1 or len(images) != len(labels):
        raise ValueError(
            f"{shown(listing.path(own.images))} has the shape {images.shape} and {own.labels} {labels.shape}; for "
            f"{split} [N, H, W] or [N, H, W, 3] and [N] are needed"
        )
    return images, labels


def find(parts: dict[str, tuple[np.ndarray, np.ndarray]], names: tuple[str, ...] | None) -> Found:
    """The samples, called by their split and number. Classes are called by their numbers, or as `names` says.

    Numbers that no image has are no classes, so that the letters of EMNIST, which begin with 1, are 26.
    """
    numbers = sorted({int(label) for _, labels in parts.values() for label in np.unique(labels)})
    first = 0
    if names is not None and numbers[-1] >= len(names):
        first = numbers[0]
        if first == 0 or numbers[-1] - first >= len(names):
            raise ValueError(f"dataset: classes: names {len(names)}, and the labels go from {first} to {numbers[-1]}")
    called = {number: str(number) if names is None else names[number - first] for number in numbers}
    one = len(parts) == 1
    samples = [
        Sample(f"{split}/{index:08d}", called[int(label)], None if one else split)
        for split, (_, labels) in parts.items()
        for index, label in enumerate(labels)
    ]
    return Found(samples, [called[number] for number in numbers] if names is None else list(names), [])
