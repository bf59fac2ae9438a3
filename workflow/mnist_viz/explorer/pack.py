"""Turn a collection into text that can stand in an HTML file: columns as gzip in base64, pictures as one WebP sheet."""

import base64
import io
import json
import math
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from PIL import Image

from mnist_viz.explorer.collect import Collection

SIDE = 28
GZIP = 16 + zlib.MAX_WBITS


def inert_json(content: Any) -> str:
    """JSON that can stand in an HTML script element: it holds no `<`, so that no text of it can end the element."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def column_bytes(collection: Collection) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each packed column, rows in the order [T, K]; 16-bit numbers as all high, then all low bytes.

    Bytes that resemble each other lie side by side so, which compresses better.
    """
    yield "ids", collection.ids.astype("<i4").tobytes()
    yield "truth", collection.truth.tobytes()
    yield "guess", collection.guess.tobytes()
    for digit, scores in enumerate(collection.scores):
        flat = scores.ravel()
        yield f"score_{digit}", (flat >> 8).astype(np.uint8).tobytes() + flat.astype(np.uint8).tobytes()


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


def sheet(pictures: list[bytes]) -> tuple[str, int]:
    """All pictures on one sheet, row by row, as lossless WebP in base64; and how many stand in a row."""
    across = max(1, math.ceil(math.sqrt(len(pictures))))
    used = np.zeros((math.ceil(len(pictures) / across), across, SIDE, SIDE), np.uint8)
    grey = b"".join(map(_grey, pictures))
    used.reshape(-1, SIDE, SIDE)[: len(pictures)] = np.frombuffer(grey, np.uint8).reshape(-1, SIDE, SIDE)
    pixels = used.transpose(0, 2, 1, 3).reshape(len(used) * SIDE, across * SIDE)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, quality=25, method=1)
    return base64.b64encode(file.getvalue()).decode(), across


def _grey(png: bytes) -> bytes:
    """The pixels of a PNG file, one byte each."""
    picture = Image.open(io.BytesIO(png), formats=["PNG"])
    return (picture if picture.mode == "L" else picture.convert("L")).tobytes()
