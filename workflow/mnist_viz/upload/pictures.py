"""The test images as W&B wants them: PNG files, and the cells of a table that show them."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from mnist_viz.store import tables
from mnist_viz.store.corrections import GIVEN
from mnist_viz.store.files import atomic_folder, sha256
from mnist_viz.upload import wandb_internals


def shown(classes: Sequence[str]) -> list[int] | list[str]:
    """How a table shows each class: by its name; where all names are the numbers, by its number."""
    numbers = list(range(len(classes)))
    return numbers if [*classes] == [*map(str, numbers)] else [*classes]


def scores(classes: Sequence[str]) -> list[str]:
    """What a table calls the column of each class's scores: `score_cat`; where names are numbers, `score_0`."""
    return [f"score_{each}" for each in shown(classes)]


class Pictures:
    """The test images as PNG files 00000.png, … or JPEG files in a folder that is made once for each dataset.

    `cells` are what wandb.Image writes into a table for each of them once it lies in the same artifact as `name`.
    """

    def __init__(self, images: Path, folder: Path) -> None:
        rows = tables.read(images, tables.images)
        pictures = rows["image"].to_pylist()
        self.truth: list[int | None] = rows["truth"].to_pylist()
        self.given: list[int | None] | None = rows[GIVEN].to_pylist() if GIVEN in rows.column_names else None
        self.classes = tables.classes(images)
        self.shown = shown(self.classes)
        with Image.open(io.BytesIO(pictures[0]["bytes"])) as first:
            kind, width, height = str(first.format).lower(), first.width, first.height
        self.folder = folder / "images" / sha256(images)[:16]
        self.names = [f"images/{picture['path']}" for picture in pictures]
        self.files = [self.folder / picture["path"] for picture in pictures]
        self.cells = [
            wandb_internals.image_cell(name, picture["bytes"], kind, width, height)
            for name, picture in zip(self.names, pictures, strict=True)
        ]
        if not self.folder.is_dir():
            with atomic_folder(self.folder, replace=False) as building:  # an upload beside this one may be faster
                for picture in pictures:
                    (building / picture["path"]).write_bytes(picture["bytes"])

    def named(self, number: int | None) -> int | str | None:
        """How a table shows a class, as `shown` has it; None where it is not known."""
        return None if number is None else self.shown[number]
