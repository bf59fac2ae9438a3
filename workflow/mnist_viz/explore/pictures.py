"""The pictures of a table: bytes of files, structs of bytes and path, or paths; scaled to one size for the page."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from mnist_viz.explore.rows import Rows

Array = np.ndarray[Any, Any]
LARGEST = 96  # pixels of the longer side
MANY = 10_000
LARGEST_OF_MANY = 64
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"]
ABOVE = 8  # folders above the table's in which W&B's media may lie


def gather(parts: Sequence[Rows], keys: Array, folder: Path | None) -> tuple[list[Array], list[str]]:
    """A picture for each of `keys`, uint8 [H, W] or [H, W, 3], all alike, and notes on those that can't be shown.

    None at all if no table has pictures, or none of them can be read.
    """
    wanted = {key: place for place, key in enumerate(keys.tolist())}
    found: list[tuple[Any, Rows] | None] = [None] * len(keys)
    for part in parts:
        if part.image is not None:
            own = part.key.tolist()
            there = np.flatnonzero(np.asarray(part.image.is_valid())).tolist()
            first = {own[row]: row for row in reversed(there) if own[row] in wanted}
            missing = [(key, row) for key, row in first.items() if found[wanted[key]] is None]
            cells = part.image.take(pa.array([row for _, row in missing], pa.int64())).to_pylist()
            for (key, _), cell in zip(missing, cells, strict=True):
                found[wanted[key]] = (cell, part)
    if not any(found):
        return [], []
    longest = LARGEST if len(keys) <= MANY else LARGEST_OF_MANY

    def opened(each: tuple[Any, Rows] | None) -> Image.Image | str:
        return "no picture" if each is None else _opened(each[0], each[1].folder, folder, longest)

    with ThreadPoolExecutor() as pool:
        images = list(pool.map(opened, found))
    failed = [image for image in images if isinstance(image, str)]
    notes = [f"pictures that can't be shown: {len(failed):,}, the first of which: {failed[0]}"] if failed else []
    return _alike([image if isinstance(image, Image.Image) else None for image in images]), notes


def _opened(cell: Any, beside: Path | None, folder: Path | None, longest: int) -> Image.Image | str:
    """The picture, no larger than `longest`, grey or in colours; or why there is none."""
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if content is None and isinstance(cell, dict):
        content = cell.get("path")
    try:
        if isinstance(content, str):
            file: Any = _file(content, beside, folder)
        elif isinstance(content, bytes):
            file = io.BytesIO(content)
        else:
            return f"a {type(content).__name__} where the bytes of a file or a path are needed"
        with Image.open(file, formats=FORMATS) as image:
            image.draft(None, (longest, longest))
            return _scaled(image, longest)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"{content if isinstance(content, str) else 'bytes'}: {error}"


def _file(path: str, beside: Path | None, folder: Path | None) -> Path:
    """Where a path leads: into the folder of pictures if there is one, else beside the table or, as in W&B, above."""
    if folder is not None:
        return folder / path
    if beside is None:
        return Path(path)
    places = [beside, *list(beside.parents)[: ABOVE - 1]]
    return next((place / path for place in places if (place / path).exists()), beside / path)


def _scaled(image: Image.Image, longest: int) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image).astype(np.float64)
        image = Image.fromarray(np.clip(deep / (257 if image.mode.startswith("I") else 1), 0, 255).astype(np.uint8))
    grey = image.mode in ("L", "1")
    if not grey and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info):
        whole = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)
    plain = image.convert("L" if grey else "RGB")
    if max(plain.size) > longest:
        plain.thumbnail((longest, longest))
    return plain


def _alike(images: list[Image.Image | None]) -> list[Array]:
    """All of one size, the largest width and height, in the middle of black where they are smaller; in colours if any
    is. Pictures that are missing are black. Empty if all are."""
    there = [image for image in images if image is not None]
    if not there:
        return []
    size = max(image.width for image in there), max(image.height for image in there)
    mode = "RGB" if any(image.mode == "RGB" for image in there) else "L"
    return [np.asarray(_placed(image, size, mode)) for image in images]


def _placed(image: Image.Image | None, size: tuple[int, int], mode: str) -> Image.Image:
    if image is not None and image.size == size:
        return image.convert(mode)
    whole = Image.new(mode, size)
    if image is not None:
        whole.paste(image.convert(mode), ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return whole
