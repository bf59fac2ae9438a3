"""Turn a collection into text that can stand in an HTML file: columns as gzip in base64, pictures as tiles in WebP."""

import base64
import hashlib
import io
import json
import math
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mnist_viz.explorer import scores
from mnist_viz.explorer.collect import Array, Collection

SIDES = (96, 64, 48, 32)  # pixels of a picture's longer side on the sheet
MOST_BYTES = 25_000_000  # of all pictures
SAMPLED = 100  # pictures, by which their bytes are judged
MOST_PIXELS = 4_096  # of a tile's sides: larger ones take long to decode, and WebP ends at 16,383
LOSSLESS = 64  # pixels of the longer side, up to which grey pictures lose nothing
QUALITY = 80
GZIP = 16 + zlib.MAX_WBITS


def inert_json(content: Any) -> str:
    """JSON that can stand in an HTML script element: it holds no `<`, so that no text of it can end the element."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def column_bytes(collection: Collection, completed: bool) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each packed column, rows in the order [T, K]; 16-bit numbers as all high, then all low bytes,
    scores as `scores.packed` says, without those of the guesses if they are `completed` from the others.

    Bytes that resemble each other lie side by side so, which compresses better.
    """
    yield "ids", collection.ids.astype("<i4").tobytes()
    yield "truth", in_bytes(collection.truth)
    if collection.given is not None:
        yield "given", in_bytes(collection.given)
    yield "guess", in_bytes(collection.guess)
    order = scores.order(collection.tables)
    guess = collection.guess[order]
    for number, own in enumerate(collection.scores):
        yield f"score_{number}", scores.packed(own[order], guess == number if completed else None)


def test_set(collection: Collection) -> str:
    """The digest that marks carry: that of the test set, or where it is not known that of the images of the page."""
    if collection.test_set:
        return collection.test_set
    given = collection.truth if collection.given is None else collection.given
    whole = hashlib.sha256(json.dumps(collection.classes).encode())
    for part in (collection.ids.astype("<i4"), given.astype("<i4")):
        whole.update(part.tobytes())
    return f"sha256:{whole.hexdigest()}"


def in_bytes(numbers: Array) -> bytes:
    """Numbers of 8 bits as they are, of 16 bits as all high, then all low bytes."""
    flat = numbers.ravel()
    if flat.dtype == np.uint8:
        return flat.tobytes()
    return (flat >> 8).astype(np.uint8).tobytes() + flat.astype(np.uint8).tobytes()


def packed_columns(collection: Collection, completed: bool) -> dict[str, str]:
    """Each column's bytes as gzip in base64. The same collection always gives the same text.

    Only runs of the same byte are looked for: little else repeats in scores, and looking for it takes twice the time
    for larger files.
    """

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(lambda column: (column[0], packed(column[1])), column_bytes(collection, completed)))


def packed(content: bytes) -> str:
    """Bytes as gzip in base64, as `packed_columns` has them."""
    packer = zlib.compressobj(level=1, wbits=GZIP, strategy=zlib.Z_RLE)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode()


class Sheet(NamedTuple):
    """All pictures, row by row, in tiles of the same width."""

    tiles: list[str]
    """WebP in base64; none where there are no pictures."""
    across: int
    """Pictures in a row."""
    down: int
    """Rows of a tile; the last one may have fewer."""
    width: int
    """Of a picture, in pixels of the sheet."""
    height: int
    lossless: bool
    """Whether the pixels are the pictures' own."""


def sheet(pictures: Sequence[bytes | Array]) -> Sheet:
    """All pictures as tiles: grey ones without loss up to 64 pixels; others of the largest of SIDES at which all
    together are expected to take no more than MOST_BYTES."""
    first = _decoded(pictures[0]) if len(pictures) else np.zeros((28, 28), np.uint8)
    lossless = first.ndim == 2 and max(first.shape) <= LOSSLESS
    height, width = first.shape[:2] if lossless else _size(pictures, first.shape[0], first.shape[1])
    across = max(1, min(math.ceil(math.sqrt(len(pictures))), MOST_PIXELS // width))
    down = max(1, min(math.ceil(len(pictures) / across), MOST_PIXELS // height))
    parts = [pictures[start : start + across * down] for start in range(0, len(pictures), across * down)]
    with ThreadPoolExecutor() as pool:
        files = list(pool.map(lambda part: _tile(part, across, height, width, lossless), parts))
    tiles = [base64.b64encode(file).decode() for file in files]
    return Sheet(tiles, across, down, width, height, lossless)


def _tile(pictures: Sequence[bytes | Array], across: int, height: int, width: int, lossless: bool) -> bytes:
    """A WebP file of pictures side by side, `across` in a row."""
    decoded = [_decoded(picture, (width, height)) for picture in pictures]
    colours = decoded[0].shape[2:]
    down = math.ceil(len(decoded) / across)
    used = np.zeros((down * across, height, width, *colours), np.uint8)
    for place, picture in zip(used, decoded, strict=False):
        place[...] = picture
    cells = used.reshape(down, across, height, width, -1)
    pixels = cells.transpose(0, 2, 1, 3, 4).reshape(down * height, across * width, *colours)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=lossless, quality=25 if lossless else QUALITY, method=1)
    return file.getvalue()


def _size(pictures: Sequence[bytes | Array], height: int, width: int) -> tuple[int, int]:
    """The height and width at which pictures of these sizes are shown, judged by some of them."""
    some = [pictures[place] for place in range(0, len(pictures), -(-len(pictures) // SAMPLED))]
    for longest in SIDES:
        share = min(1, longest / max(height, width))
        size = max(1, round(height * share)), max(1, round(width * share))
        across = math.ceil(math.sqrt(len(some)))
        if len(_tile(some, across, *size, lossless=False)) * len(pictures) <= MOST_BYTES * len(some):
            break
    return size


def _decoded(picture: bytes | Array, size: tuple[int, int] | None = None) -> Array:
    """The pixels of a PNG or JPEG file, uint8 [H, W] or [H, W, 3], scaled to a width and height if they are given."""
    if isinstance(picture, bytes):
        read: Image.Image = Image.open(io.BytesIO(picture), formats=["PNG", "JPEG"])
    else:
        read = Image.fromarray(picture)
    image = read if read.mode in ("L", "RGB") else read.convert("L")
    if size is not None and image.size != size:
        image = image.resize(size, Image.Resampling.BOX)
    return np.asarray(image)
