"""The plan compared with the records: whether the results that lie there are those that the configuration names."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from mnist_viz.job import records
from mnist_viz.job.keys import Key, difference
from mnist_viz.stages import STAGES, Stage
from mnist_viz.store.files import sha256


class Plan:
    """The records beneath a dataset's folder, each read once."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder of resources/ and results/."""
        self.root = root
        self._contents: dict[Path, dict[str, Any]] = {}

    def change(self, record: Path, needed: Key) -> str:
        """Why the results of `record` have to be made anew, in words; empty if they are right.

        They are right if the record's key is the needed one, its outputs are there, and its inputs are, by their
        SHA-256, what the records of the stages before say that they made. Time stamps do not count.
        """
        content = self._read(record)
        if "key" not in content:
            return f"{record} does not say what it was made from" if content else f"{record} is missing or damaged"
        changed = difference(content["key"], needed)
        if changed:
            return changed
        for name in content["outputs"]:
            if not (path := records.beside(record, name)).exists():
                return f"{path} is missing"
        for name, digest in content["inputs"].items():
            path = records.beside(record, name)
            if self._made(path) != digest:
                return f"it was made from another {path}"
        return ""

    def _read(self, record: Path) -> dict[str, Any]:
        """The record, or nothing if it is missing or damaged."""
        if record not in self._contents:
            try:
                self._contents[record] = records.read(record)
            except ValueError:
                self._contents[record] = {}
        return self._contents[record]

    def _made(self, path: Path) -> str | None:
        """The SHA-256 of a file as its stage recorded it; of a record, that of its bytes."""
        maker = self._maker(path)
        if maker is None:
            return None
        outputs: dict[str, str] = self._read(maker).get("outputs", {})
        return sha256(path) if path == maker else outputs.get(records.relative(path, maker.parent))

    def _maker(self, path: Path) -> Path | None:
        """The record that covers a file."""
        place = path.relative_to(self.root).as_posix()
        for row in STAGES:
            for pattern in _patterns(row):
                if found := pattern.fullmatch(place):
                    return self.root / row.record_of(found.groupdict().get("variant"))
        return None


@cache
def _patterns(row: Stage) -> list[re.Pattern[str]]:
    """The stage's outputs and its record as regular expressions of paths beneath the dataset's folder."""
    places = {"**/": "(?:.*/)?", "*": "[^/]*", "{variant}": "(?P<variant>[^/]+)"}
    return [
        re.compile("".join(places.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*|{variant})", output)))
        for output in (*row.outputs, row.record)
    ]
