"""Files in the IDX format, in which MNIST was published (http://yann.lecun.com/exdb/mnist/)."""

import gzip
import zlib
from pathlib import Path

import numpy as np


def read_idx(path: Path | str) -> np.ndarray:
    """Read a gzip file in the IDX format of unsigned bytes, in its own shape.

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
