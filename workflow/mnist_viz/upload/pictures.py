"""The test images as W&B wants them: PNG files, and the cells of a table that show them."""

import os
import shutil
from pathlib import Path

from mnist_viz.store import tables
from mnist_viz.store.files import sha256
from mnist_viz.upload import wandb_internals


class Pictures:
    """The test images as PNG files 00000.png, … in a folder that is made once for each dataset.

    `cells` are what wandb.Image writes into a table for each of them once it lies in the same artifact as `name`.
    """

    def __init__(self, images: Path, folder: Path) -> None:
        rows = tables.read(images, tables.IMAGES)
        pictures = rows["image"].to_pylist()
        self.truth: list[int] = rows["truth"].to_pylist()
        self.folder = folder / "images" / sha256(images)[:16]
        self.names = [f"images/{picture['path']}" for picture in pictures]
        self.files = [self.folder / picture["path"] for picture in pictures]
        self.cells = [
            wandb_internals.image_cell(name, picture["bytes"], width=28, height=28)
            for name, picture in zip(self.names, pictures, strict=True)
        ]
        if not self.folder.is_dir():
            _write_folder(self.folder, {picture["path"]: picture["bytes"] for picture in pictures})


def _write_folder(target: Path, files: dict[str, bytes]) -> None:
    building = target.with_name(f".{target.name}.{os.getpid()}")
    building.mkdir(parents=True)
    for name, content in files.items():
        (building / name).write_bytes(content)
    try:
        building.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(building)  # an upload beside this one was faster
