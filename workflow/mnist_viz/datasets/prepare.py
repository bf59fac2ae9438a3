"""Turn a dataset into what every later stage reads: two safetensors files, a table of the test images and one of the
classes."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mnist_viz.datasets.dataset import Dataset, File, Split
from mnist_viz.store import tables
from mnist_viz.store.files import sha256
from mnist_viz.store.formats import DIGITS
from mnist_viz.training import split

LOSSLESS = 64  # pixels of the longer side, up to which the table's pictures are PNG files, and JPEG files above
QUALITY = 90  # of the JPEG files
MOST_CLASSES = 1000
OF_MNIST = (DIGITS, (1, 28, 28))


class Places(NamedTuple):
    """Where the files go."""

    train: Path
    test: Path
    images: Path
    classes: Path


class Facts(NamedTuple):
    """What is known of a dataset once it is read."""

    dataset: str
    source: str
    dataset_sha256: str
    classes: Sequence[str]
    shape: split.Shape


def prepare(name: str, dataset: Dataset, raw: list[Path], places: Places) -> Facts:
    """Write the splits of the dataset `name`, the table of its test images and that of its classes.

    `raw` holds the downloaded files, none where the dataset needs none. Raises ValueError naming a file whose SHA-256
    is not the published one's.
    """
    for path in raw:
        _check(path, dataset.files)
    return write(name, dataset.source(), dataset.read(raw), dataset.classes, places)


def write(name: str, source: str, parts: tuple[Split, Split], classes: Sequence[str], places: Places) -> Facts:
    """The same for a training and a test split that are read already."""
    for kind, part in zip(("training", "test"), parts, strict=True):
        _check_part(part, len(classes), f"the {kind} images of {name}")
    facts = Facts(name, source, _digest(parts, classes), classes, split.shape(parts[0].images))
    metadata = {each: getattr(facts, each) for each in ("dataset", "source", "dataset_sha256")}
    for path, part in zip((places.train, places.test), parts, strict=True):
        split.write(path, *part, metadata, classes)
    tables.write(places.images, _image_columns(parts[1], len(classes)), tables.images, name, classes)
    numbered = {"class": np.arange(len(classes)), "name": list(classes)}
    tables.write(places.classes, numbered, tables.CLASS_NAMES, name, classes)
    return facts


def _digest(parts: tuple[Split, Split], classes: Sequence[str]) -> str:
    """The dataset's: of both splits, and of the classes and the images' shape where these are not MNIST's, whose digest
    is older than names and shapes."""
    shape = split.shape(parts[0].images)
    known = (tuple(classes), shape) == OF_MNIST
    more = "" if known else json.dumps([list(classes), shape], ensure_ascii=False)
    return hashlib.sha256(("".join(split.digest(*part) for part in parts) + more).encode()).hexdigest()


def _check(path: Path, published: dict[str, File]) -> None:
    if path.name not in published:
        raise ValueError(f"{path} is none of the files {', '.join(published)}")
    if (found := sha256(path)) != published[path.name].sha256:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is {found}, the published file's {published[path.name].sha256}. "
            "Remove it and run again to download it anew."
        )


def _check_part(part: Split, classes: int, what: str) -> None:
    images, labels = part
    known = labels[labels != split.no_label(labels)]
    if not 2 <= classes <= MOST_CLASSES:
        raise ValueError(f"{what} are of {classes:,} classes; from 2 to {MOST_CLASSES:,} are possible")
    if len(images) != len(labels) or images.ndim not in (3, 4) or (len(known) and known.max() >= classes):
        raise ValueError(f"{what} have the shape {images.shape}, labels {labels.shape}, for {classes} classes")


def _image_columns(part: Split, classes: int) -> dict[str, object]:
    truth = np.where(part.labels == split.no_label(part.labels), tables.MISSING, part.labels.astype(np.int32))
    return {
        "id": np.arange(len(part.labels), dtype=np.int32),
        "image": list(_pictures(part.images)),
        "truth": tables.labels(truth, classes),
    }


def _pictures(images: np.ndarray) -> Iterator[dict[str, object]]:
    lossless = max(images.shape[1:3]) <= LOSSLESS
    encode, ending = (png, "png") if lossless else (jpeg, "jpg")
    for number, image in enumerate(images):
        yield {"bytes": encode(image), "path": f"{number:05d}.{ending}"}


def png(image: np.ndarray) -> bytes:
    """An image uint8 [H, W] as a grey PNG file, one uint8 [H, W, 3] as a PNG file in colour."""
    return _file(image, "PNG")


def jpeg(image: np.ndarray) -> bytes:
    """The same as a JPEG file."""
    return _file(image, "JPEG", quality=QUALITY)


def _file(image: np.ndarray, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format=kind, **options)
    return buffer.getvalue()
