"""A split of a dataset as a safetensors file: what training and inference read."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from mnist_viz.store import tensors
from mnist_viz.store.formats import DIGITS

SHARE = 0.25  # of the memory, above which a split is not held in it
Shape = tuple[int, int, int]
"""Of an image as a network sees it: channels, height, width."""


def shape(images: np.ndarray) -> Shape:
    """That of images uint8 [N, H, W], or [N, H, W, 3] where they have colours."""
    height, width = images.shape[1:3]
    return (images.shape[3] if images.ndim == 4 else 1), height, width


def digest(images: np.ndarray, labels: np.ndarray) -> str:
    """The SHA-256 of a split's images followed by its labels."""
    whole = hashlib.sha256(np.ascontiguousarray(images).reshape(-1).data)
    whole.update(np.ascontiguousarray(labels).data)
    return whole.hexdigest()


def no_label(labels: np.ndarray) -> int:
    """What stands in labels of this type for one that is not known: the type's highest number, which no class has."""
    return int(np.iinfo(labels.dtype).max)


def write(
    path: Path, images: np.ndarray, labels: np.ndarray, metadata: dict[str, str], classes: Sequence[str] = DIGITS
) -> None:
    """Write images uint8 [N, H, W] or [N, H, W, 3] and labels uint8 or uint16 [N].

    To `metadata` are added their own `sha256`, and the names of the `classes` as JSON.
    """
    own = {"sha256": digest(images, labels), "classes": json.dumps(classes, ensure_ascii=False)}
    tensors.write(path, {"images": images, "labels": labels}, {**metadata, **own})


def read(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """Images uint8 [N, H, W] or [N, H, W, 3], labels uint8 or uint16 [N] and the metadata (dataset, source, sha256,
    dataset_sha256, classes).

    A file larger than a quarter of the memory is mapped. Raises ValueError naming the file if it is damaged.
    """
    large = path.is_file() and path.stat().st_size > SHARE * psutil.virtual_memory().total
    content, metadata = tensors.read(path, mapped=large)
    if content.keys() != {"images", "labels"}:
        raise ValueError(f"{path} holds {', '.join(sorted(content))} where images and labels are needed")
    return content["images"], content["labels"], metadata


def classes(metadata: dict[str, str]) -> list[str]:
    """The names of the classes, by their numbers, from a split's metadata; the digits where it says none."""
    names: list[str] = json.loads(metadata["classes"]) if "classes" in metadata else list(DIGITS)
    return names
