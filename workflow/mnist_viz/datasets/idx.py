"""Files in the IDX format, in which MNIST was published (http://yann.lecun.com/exdb/mnist/)."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mnist_viz.datasets.dataset import Split

GZIP = b"\x1f\x8b"
FLOATS = (0x0D, 0x0E)  # the types float32 and float64


def read_idx(path: Path | str) -> np.ndarray:
    """Read a file in the IDX format of unsigned bytes, gzipped or not, in its own shape.

    Raises ValueError naming the file if it is damaged or of another kind.
    """
    try:
        content = Path(path).read_bytes()
        if content[:2] == GZIP or str(path).endswith(".gz"):
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if len(content) >= 4 and content[:2] == b"\0\0" and content[2] in FLOATS:
        raise ValueError(f"{path} holds floats, whose range is not known; unsigned bytes from 0 to 255 are needed")
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise ValueError(f"{path} is not an IDX file of unsigned bytes")
    shape = [int(size) for size in np.frombuffer(content, ">u4", count=content[3], offset=4)]
    body = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if body.size != int(np.prod(shape, dtype=object)):
        raise ValueError(f"{path} is damaged: {body.size:,} values where its header says {shape}")
    return body.reshape(shape)


def read_four(raw: Iterable[Path]) -> tuple[Split, Split]:
    """The training and the test split of four files that are called as MNIST's."""
    parts = {path.name.split("-ubyte")[0]: read_idx(path) for path in raw}
    train = Split(parts["train-images-idx3"], parts["train-labels-idx1"])
    test = Split(parts["t10k-images-idx3"], parts["t10k-labels-idx1"])
    return train, test
