"""Look before anything runs: Snakemake answers a full or read-only disk with a traceback, or not at all."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from mnist_viz.store.files import FEW_INODES, free_inodes, no_room

LEAST = 1_000_000  # bytes that have to be free; Snakemake needs some for its own records


class FolderError(OSError):
    """A folder in which nothing can be written; the message says why and what to do."""


def check_folders(folders: Iterable[str]) -> None:
    """Raise FolderError if one of `folders`, or the one in which it would be made, can't be written or is full."""
    existing = {next(place for place in (path, *path.parents) if os.path.lexists(place)) for path in map(Path, folders)}
    for place in sorted(existing):
        if not place.is_dir():
            raise FolderError(f"{place} is no folder, and a folder is needed there. Remove it and run again.")
        if not os.access(place, os.W_OK | os.X_OK):
            raise FolderError(
                f"{place.resolve()} is read-only here. Make it writable, or run elsewhere: snakemake --directory"
            )
        if free_inodes(place) < FEW_INODES:
            raise FolderError(f"{no_room(place.resolve(), errno.ENOSPC)}; what is finished stays.")
        free = shutil.disk_usage(place).free
        if free < LEAST:
            raise FolderError(
                f"the disk is full: {free / 1e6:.1f} MB are free in {place.resolve()}. Free some space there and run "
                "again; what is finished stays."
            )


def check_links(folder: str) -> None:
    """Raise FolderError if a link in `folder` leads nowhere: Snakemake takes that for a file which others remove."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_symlink() and not path.exists():
            raise FolderError(
                f"{path} is a link to {path.readlink()}, which does not exist. Bring that back, or remove the link and "
                "run again: the file is made anew."
            )
