"""The plan compared with the records: whether the results that lie there are those that the configuration names."""

import os
from pathlib import Path
from typing import Any

from mnist_viz.job import records
from mnist_viz.job.keys import Key, difference
from mnist_viz.stages import maker
from mnist_viz.store.corrections import ENTRY
from mnist_viz.store.files import sha256


class Plan:
    """The records beneath a dataset's folder, each read once.

    Paths are texts here: a plan of 1,000 variants asks for some 40,000, and half of its time went into objects.
    """

    def __init__(self, root: Path) -> None:
        """`root` is the folder of resources/ and results/."""
        self._top = "" if root == Path() else f"{root.as_posix()}/"
        self._contents: dict[str, dict[str, Any]] = {}
        self._recorded: dict[str, str] = {}  # the SHA-256 of files, as the records that were read name them

    def change(self, record: Path, needed: Key) -> str:
        """Why the results of `record` have to be made anew, in words; empty if they are right.

        They are right if the record's key is the needed one, its outputs are there, and its inputs are, by their
        SHA-256, what the records of the stages before say that they made. Time stamps do not count.
        """
        content = self._read(record.as_posix())
        if "key" not in content:
            return f"{record} does not say what it was made from" if content else f"{record} is missing or damaged"
        changed = difference(content["key"], needed)
        if changed:
            return changed
        folder = record.parent.as_posix()
        for name in content["outputs"]:
            if not Path(path := _beside(folder, name)).exists():
                return f"{path} is missing"
        for name, digest in content["inputs"].items():
            path = _beside(folder, name)
            if self._made(path) != digest:
                return f"it was made from another {path}"
        return ""

    def relabelled(self, record: Path, needed: Key) -> bool:
        """Whether the results of `record` have to be made anew for nothing but other corrections of labels.

        These are of the test images alone: whatever is made of the training images stays right.
        """
        recorded = self._read(record.as_posix()).get("key")
        if recorded is None or recorded.get(ENTRY) == needed.get(ENTRY):
            return False
        of_both = ({name: part for name, part in key.items() if name != ENTRY} for key in (recorded, needed))
        return not difference(*of_both)

    def _read(self, record: str) -> dict[str, Any]:
        """The record, or nothing if it is missing or damaged."""
        if record not in self._contents:
            try:
                content = records.read(Path(record))
            except ValueError:
                content = {}
            folder = record.rpartition("/")[0]
            for name, digest in content.get("outputs", {}).items():
                self._recorded[_beside(folder, name)] = digest
            self._contents[record] = content
        return self._contents[record]

    def _made(self, path: str) -> str | None:
        """The SHA-256 of a file as its stage recorded it; of a record, that of its bytes."""
        if path not in self._recorded and (own := self._maker(path)) and self._read(own) and path == own:
            self._recorded[path] = sha256(path)
        return self._recorded.get(path)

    def _maker(self, path: str) -> str | None:
        """The record that covers a file."""
        own = maker(path.removeprefix(self._top))
        return None if own is None else f"{self._top}{own}"


def _beside(folder: str, name: str) -> str:
    """The file that a record in `folder` calls `name`."""
    path = f"{folder}/{name}"
    return os.path.normpath(path) if ".." in name else path
