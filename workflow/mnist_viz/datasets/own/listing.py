"""The files under a path: found with all links followed, and whether they are those that were read before."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mnist_viz.store.files import atomic, sha256

PICTURES = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pbm", ".pnm"),
    }
)
METADATA = "metadata.csv"
FOREIGN = ("__MACOSX", "__pycache__")  # folders that archives and Python leave

# In the dataset's folder of resources; hidden, as they are no results but only save time.
SEEN = ".seen.json"
FILES = ".files.json"


class Entry(NamedTuple):
    """A file."""

    place: str
    """Its path beneath the folder, with slashes."""
    size: int
    time: int
    """When it was last changed, in nanoseconds since 1970."""


class Listing(NamedTuple):
    """What lies under a path, in the order of the places."""

    top: Path
    """The folder; of a single file the one in which it lies."""
    files: list[Entry]
    """Those that can hold pictures or labels."""
    others: list[str]
    """The places of files that can't."""
    folders: list[str]
    """The places of the folders in `top` and in these, also of empty ones."""

    def digest(self) -> str:
        """Of names, sizes and times."""
        whole = hashlib.sha256()
        for entry in self.files:
            whole.update(os.fsencode(entry.place) + f"\0{entry.size}\0{entry.time}\n".encode())
        return whole.hexdigest()

    def path(self, place: str) -> Path:
        """Of a file."""
        return self.top / place


def scan(path: Path) -> Listing:
    """The files under `path`, or the one that it is. Hidden files and folders are left out.

    Symbolic links are followed wherever they lead. Raises ValueError naming a path that is not there, a link that leads
    nowhere or into a folder above it, and a folder that can't be read.
    """
    if not path.exists():
        raise ValueError(f"dataset: path: there is no {shown(path)}")
    if not path.is_dir():
        status = path.stat()
        return Listing(path.parent, [Entry(path.name, status.st_size, status.st_mtime_ns)], [], [])
    files: list[Entry] = []
    others: list[str] = []
    folders: list[str] = []
    for entry, place in _walk(path, "", (os.path.realpath(path),)):
        if entry.is_dir():
            if place.count("/") <= 1:
                folders.append(place)
        elif _useful(entry.name):
            status = entry.stat()
            files.append(Entry(place, status.st_size, status.st_mtime_ns))
        else:
            others.append(place)
    return Listing(path, sorted(files), sorted(others), sorted(folders))


def _useful(name: str) -> bool:
    ending = name[name.rfind(".") :].lower()
    return ending in PICTURES or name == METADATA or ending == ".parquet" or "idx" in name


def _walk(folder: Path, place: str, above: tuple[str, ...]) -> Iterator[tuple[os.DirEntry[str], str]]:
    """The entries of `folder`, whose place is given, and of the folders in it; `above` are these and it, resolved."""
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise ValueError(f"dataset: path: {shown(folder)} can't be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(".") or entry.name in FOREIGN:
            continue
        own = f"{place}{entry.name}"
        if entry.is_symlink() and not Path(entry.path).exists():
            raise ValueError(f"dataset: path: {shown(entry.path)} is a link that leads nowhere. Remove it")
        if not entry.is_dir() and not entry.is_file():
            raise ValueError(f"dataset: path: {shown(entry.path)} is a pipe, a socket or a device. Remove it")
        yield entry, own
        if entry.is_dir():
            real = os.path.realpath(entry.path)
            if real in above:
                raise ValueError(
                    f"dataset: path: {shown(entry.path)} is a link to a folder in which it lies, {real}. Remove it"
                )
            yield from _walk(Path(entry.path), f"{own}/", (*above, real))


def shown(path: Path | str) -> str:
    """A path as messages show it: on one line, whatever is in it."""
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)


def contents(listing: Listing, digests: dict[str, str]) -> str:
    """The digest of names and contents; `digests` are the SHA-256 of the files by their places."""
    whole = hashlib.sha256()
    for entry in listing.files:
        whole.update(os.fsencode(entry.place) + f"\0{digests[entry.place]}\n".encode())
    return whole.hexdigest()


def remember(folder: Path, listing: Listing, digests: dict[str, str]) -> str:
    """Keep in `folder` what was read, for `planned`; returns the digest of names and contents."""
    known = contents(listing, digests)
    rows = [[_text(entry.place), entry.size, entry.time, digests[entry.place]] for entry in listing.files]
    for name, content in ((FILES, rows), (SEEN, {"listing": listing.digest(), "contents": known})):
        with atomic(folder / name) as temporary:
            temporary.write_text(json.dumps(content))
    return known


def planned(folder: Path, path: Path) -> str:
    """The digest of names and contents of the files under `path`, if they are those of which `folder` has it.

    Names, sizes and times are compared, and contents where only times differ: touched files are the same. Of others
    the digest of names, sizes and times is returned, which is never that of contents.
    """
    listing = scan(path)
    quick = listing.digest()
    try:
        seen = json.loads((folder / SEEN).read_text())
        if seen["listing"] == quick:
            return str(seen["contents"])
        rows = {row[0]: row[1:] for row in json.loads((folder / FILES).read_text())}
    except (OSError, ValueError, KeyError):  # not read yet, or by another version: nothing is known
        return f"unread {quick}"
    before = [(place, row[0]) for place, row in rows.items()]
    if [(_text(entry.place), entry.size) for entry in listing.files] != before:
        return f"changed {quick}"
    digests = {}
    for entry in listing.files:
        size, time, digest = rows[_text(entry.place)]
        digests[entry.place] = digest if (entry.size, entry.time) == (size, time) else sha256(listing.path(entry.place))
        if digests[entry.place] != digest:
            return f"changed {quick}"
    return remember(folder, listing, digests)


def _text(place: str) -> str:
    """A place as JSON can hold it: names need not be UTF-8."""
    return os.fsencode(place).decode("utf-8", "backslashreplace")
