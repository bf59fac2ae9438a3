"""Turn a dataset into what every later stage reads: two safetensors files and a Parquet table of the test images."""

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_viz.datasets.dataset import Dataset, File, Split
from mnist_viz.store import tables
from mnist_viz.store.files import sha256
from mnist_viz.training import split

SIDE = 28


def prepare(name: str, dataset: Dataset, raw: list[Path], splits: tuple[Path, Path], images: Path) -> dict[str, str]:
    """Write the training and the test split of the dataset `name` as `splits`, and the table of its test images.

    `raw` holds the downloaded files, none where the dataset needs none. Returns the dataset's name, source and digest
    (`dataset`, `source`, `dataset_sha256`). Raises ValueError naming a file whose SHA-256 is not the published one's.
    """
    for path in raw:
        _check(path, dataset.files)
    parts = dataset.read(raw)
    for kind, part in zip(("training", "test"), parts, strict=True):
        _check_shape(part, f"the {kind} images of {name}")
    both = hashlib.sha256("".join(split.digest(*part) for part in parts).encode()).hexdigest()
    metadata = {"dataset": name, "source": dataset.source(), "dataset_sha256": both}
    for path, part in zip(splits, parts, strict=True):
        split.write(path, *part, metadata)
    tables.write(images, _image_columns(parts[1]), tables.IMAGES, name)
    return metadata


def _check(path: Path, published: dict[str, File]) -> None:
    if path.name not in published:
        raise ValueError(f"{path} is none of the files {', '.join(published)}")
    if (found := sha256(path)) != published[path.name].sha256:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is {found}, the published file's {published[path.name].sha256}. "
            "Remove it and run again to download it anew."
        )


def _check_shape(part: Split, what: str) -> None:
    images, labels = part
    if images.shape != (len(labels), SIDE, SIDE) or labels.max() >= tables.CLASSES:
        raise ValueError(f"{what} have the shape {images.shape}, labels {labels.shape}")


def _image_columns(part: Split) -> dict[str, object]:
    return {
        "id": np.arange(len(part.labels), dtype=np.int32),
        "image": [{"bytes": png(picture), "path": f"{i:05d}.png"} for i, picture in enumerate(part.images)],
        "truth": part.labels,
    }


def png(image: np.ndarray) -> bytes:
    """A uint8 [28, 28] image as a grey PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image, mode="L").save(buffer, format="PNG")
    return buffer.getvalue()
