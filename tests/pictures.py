"""Folders of pictures as users have them, small."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.read import Read, read

COLOURS = {"cat": (200, 30, 30), "dog": (30, 200, 30), "owl": (30, 30, 200)}


def save(path: Path, colour: object = (200, 30, 30), size: tuple[int, int] = (8, 6), mode: str = "RGB") -> Path:
    """A picture of one colour; `size` is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)  # type: ignore[arg-type]
    return path


def classes(folder: Path, counts: dict[str, int], size: tuple[int, int] = (8, 6)) -> Path:
    """Class folders with so many pictures each, all different."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            noise = np.random.default_rng([number, *name.encode()]).integers(0, 256, (size[1], size[0], 3), np.uint8)
            Image.fromarray(noise).save(folder / name / f"{number}.png")
    return folder


def read_in(folder: Path, path: Path, processes: int = 1, **settings: Any) -> Read:
    """A source read; `folder` is for what it leaves half done."""
    return read(Source("pets", str(path), **settings), folder / "own", processes)


def pixels(found: Read) -> list[np.ndarray]:
    """All pictures, those for training first."""
    return [*found.train.images, *found.test.images]


def labelled(found: Read, part: str) -> list[str | None]:
    """The names of the classes of the pictures of a split."""
    names: list[str | None] = [*found.classes]
    labels: Iterable[int] = getattr(found, part).labels.tolist()
    return [names[number] if number < len(names) else None for number in labels]
