"""Turn a collection into text that can stand in an HTML file: columns as gzip in base64, pictures as one WebP sheet."""

import base64
import io
import json
import math
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mnist_viz.explorer.collect import Array, Collection

LARGEST = 96  # pixels of a picture's longer side on the sheet
MOST_PIXELS = 16_383  # of a sheet's sides, as WebP has them
LOSSLESS = 64  # pixels of the longer side, up to which grey pictures lose nothing
QUALITY = 80
GZIP = 16 + zlib.MAX_WBITS


def inert_json(content: Any) -> str:
    """JSON that can stand in an HTML script element: it holds no `<`, so that no text of it can end the element."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def column_bytes(collection: Collection) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each packed column, rows in the order [T, K]; 16-bit numbers as all high, then all low bytes.

    Bytes that resemble each other lie side by side so, which compresses better.
    """
    yield "ids", collection.ids.astype("<i4").tobytes()
    yield "truth", _bytes(collection.truth)
    yield "guess", _bytes(collection.guess)
    for number, scores in enumerate(collection.scores):
        yield f"score_{number}", _bytes(scores)


def _bytes(numbers: Array) -> bytes:
    flat = numbers.ravel()
    if flat.dtype == np.uint8:
        return flat.tobytes()
    return (flat >> 8).astype(np.uint8).tobytes() + flat.astype(np.uint8).tobytes()


def packed_columns(collection: Collection) -> dict[str, str]:
    """Each column's bytes as gzip in base64. The same collection always gives the same text.

    Only runs of the same byte are looked for: little else repeats in scores, and looking for it takes twice the time
    for larger files.
    """

    def pack(column: tuple[str, bytes]) -> tuple[str, str]:
        name, content = column
        packer = zlib.compressobj(level=1, wbits=GZIP, strategy=zlib.Z_RLE)
        return name, base64.b64encode(packer.compress(content) + packer.flush()).decode()

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(pack, column_bytes(collection)))


class Sheet(NamedTuple):
    """All pictures, row by row."""

    content: str
    """WebP in base64."""
    across: int
    """Pictures in a row."""
    down: int
    """Rows."""
    width: int
    """Of a picture, in pixels of the sheet."""
    height: int


def sheet(pictures: list[bytes]) -> Sheet:
    """All pictures on one sheet: grey ones without loss up to 64 pixels; others up to 96, and smaller where that would
    be more than a sheet can hold."""
    first = _decoded(pictures[0]) if pictures else np.zeros((28, 28), np.uint8)
    across = max(1, math.ceil(math.sqrt(len(pictures))))
    down = max(1, math.ceil(len(pictures) / across))
    height, width = _size(first.shape[0], first.shape[1], across)
    used = np.zeros((down * across, height, width, *first.shape[2:]), np.uint8)
    for place, picture in zip(used, pictures, strict=False):
        place[...] = _decoded(picture, (width, height))
    cells = used.reshape(down, across, height, width, -1)
    pixels = cells.transpose(0, 2, 1, 3, 4).reshape(down * height, across * width, *first.shape[2:])
    file = io.BytesIO()
    lossless = first.ndim == 2 and max(height, width) <= LOSSLESS
    Image.fromarray(pixels).save(file, "WEBP", lossless=lossless, quality=25 if lossless else QUALITY, method=1)
    return Sheet(base64.b64encode(file.getvalue()).decode(), across, down, width, height)


def _size(height: int, width: int, across: int) -> tuple[int, int]:
    """The height and width of a picture on a sheet of so many across."""
    longest = min(LARGEST, MOST_PIXELS // across, max(height, width))
    share = longest / max(height, width)
    return max(1, round(height * share)), max(1, round(width * share))


def _decoded(picture: bytes, size: tuple[int, int] | None = None) -> Array:
    """The pixels of a PNG or JPEG file, uint8 [H, W] or [H, W, 3], scaled to a width and height if they are given."""
    read = Image.open(io.BytesIO(picture), formats=["PNG", "JPEG"])
    image: Image.Image = read if read.mode in ("L", "RGB") else read.convert("L")
    if size is not None and image.size != size:
        image = image.resize(size, Image.Resampling.BOX)
    return np.asarray(image)
