"""A split of a dataset as a safetensors file: what training and inference read."""

import hashlib
from pathlib import Path

import numpy as np

from mnist_viz.store import tensors


def digest(images: np.ndarray, labels: np.ndarray) -> str:
    """The SHA-256 of a split's images followed by its labels."""
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def write(path: Path, images: np.ndarray, labels: np.ndarray, metadata: dict[str, str]) -> None:
    """Write images uint8 [N, 28, 28] and labels uint8 [N], their own `sha256` added to `metadata`."""
    tensors.write(path, {"images": images, "labels": labels}, {**metadata, "sha256": digest(images, labels)})


def read(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """Images uint8 [N, 28, 28], labels uint8 [N] and the metadata (dataset, source, sha256, dataset_sha256).

    Raises ValueError naming the file if it is damaged.
    """
    content, metadata = tensors.read(path)
    if content.keys() != {"images", "labels"}:
        raise ValueError(f"{path} holds {', '.join(sorted(content))} where images and labels are needed")
    return content["images"], content["labels"], metadata
