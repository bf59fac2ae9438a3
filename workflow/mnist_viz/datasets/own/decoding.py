"""All pictures of a source: looked at and decoded side by side, into arrays that need not fit in memory."""

import hashlib
import itertools
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import open_memmap

from mnist_viz.datasets.own.listing import shown
from mnist_viz.datasets.own.pictures import Look, PictureError, decode, look
from mnist_viz.store.files import explain_write_errors

CHUNK = 256  # pictures that are looked at or decoded in one go
FEW = 1024  # pictures for which no process is started
NAMED = 20  # pictures that can't be decoded, in a message
DONE = "done"

Content = Path | bytes
"""Of a file: where it is, or what is in it."""


class Job(NamedTuple):
    """A part of the pictures to decode: their contents, and the rows of the array where they go."""

    names: list[str]
    contents: list[Content]
    rows: list[int]


def _bytes(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return content.read_bytes()
    except OSError as error:
        raise PictureError(f"it can't be read: {error.strerror}") from error


def _look_at(job: Job) -> list[Look | str]:
    return [_tried(look, content) for content in job.contents]


def _tried(work: Callable[[bytes], Any], content: Content) -> Any:
    """What `work` makes of a file, or in words why it can't."""
    try:
        return work(_bytes(content))
    except PictureError as error:
        return str(error)


def looks(jobs: Iterable[Job], count: int, processes: int) -> dict[str, Look]:
    """What each picture is like, by its name. Raises ValueError that names those that are no pictures."""
    found: dict[str, Look] = {}
    broken: dict[str, str] = {}
    for job, results in _mapped(_look_at, jobs, count, processes):
        for name, result in zip(job.names, results, strict=True):
            if isinstance(result, str):
                broken[name] = result
            else:
                found[name] = result
    refuse(broken)
    return found


class Target(NamedTuple):
    """Where decoded pictures go."""

    path: Path
    """Of an array in NumPy's format, uint8 [N, H, W] or [N, H, W, 3]."""
    size: tuple[int, int]
    channels: int


def _decode(job: Job, target: Target) -> list[Any]:
    array = open_memmap(target.path, "r+")

    def place(row: int) -> Callable[[bytes], None]:
        def decode_there(content: bytes) -> None:
            array[row] = decode(content, target.size, target.channels)

        return decode_there

    results = [_tried(place(row), content) for row, content in zip(job.rows, job.contents, strict=True)]
    array.flush()
    return results


def decoded(jobs: Iterable[Job], count: int, target: Target, processes: int) -> np.ndarray:
    """The `count` pictures of all `jobs` at `target`, which is mapped, not read.

    What was finished by a call that was stopped is not done again: the file beside `target` says how far it came.
    Raises ValueError that names those that can't be decoded.
    """
    shape = (count, *target.size, *((3,) if target.channels == 3 else ()))
    marks = target.path.with_suffix(f".{DONE}")
    done = set(marks.read_text().split()) if marks.exists() and target.path.exists() else set()
    if not done:
        with explain_write_errors(target.path):
            target.path.parent.mkdir(parents=True, exist_ok=True)
            open_memmap(target.path, "w+", np.uint8, shape).flush()
            _reserve(target.path)
        marks.write_text("")
    broken: dict[str, str] = {}
    left = (job for job in jobs if str(job.rows[0]) not in done)
    with open(marks, "a") as file:
        for job, results in _mapped(_Decoding(target), left, count, processes):
            wrong = {name: said for name, said in zip(job.names, results, strict=True) if said is not None}
            broken |= wrong
            if not wrong:
                file.write(f"{job.rows[0]}\n")
                file.flush()
    refuse(broken)
    array: np.ndarray = open_memmap(target.path, "r")
    return array


def _reserve(path: Path) -> None:
    """Take the room of a file on the disk now: where it is full, writing to a mapped file would end the process."""
    if hasattr(os, "posix_fallocate"):
        with open(path, "r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


class _Decoding:
    """`_decode` for one target, as other processes can be given it."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __call__(self, job: Job) -> list[Any]:
        return _decode(job, self.target)


def _mapped(
    work: Callable[[Job], list[Any]], jobs: Iterable[Job], count: int, processes: int
) -> Iterator[tuple[Job, list[Any]]]:
    """Each job with its results, in order. Few jobs wait at a time, as they may hold the pictures' bytes."""
    if processes == 1 or count < FEW:
        yield from ((job, work(job)) for job in jobs)
        return
    waiting = iter(jobs)
    with ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent) as pool:
        running = [(job, pool.submit(work, job)) for job in itertools.islice(waiting, 3 * processes)]
        while running:
            job, future = running.pop(0)
            yield job, future.result()
            running += [(job, pool.submit(work, job)) for job in itertools.islice(waiting, 1)]


def _end_with_parent() -> None:
    """End this process with the one that started it, which may be killed."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def refuse(broken: dict[str, str]) -> None:
    """Raise ValueError that names pictures that can't be used, if there are any."""
    if not broken:
        return
    lines = [f"  {shown(name)}: {said}" for name, said in sorted(broken.items())]
    more = [f"  … and {len(lines) - NAMED:,} more"] if len(lines) > NAMED else []
    count = "1 picture" if len(lines) == 1 else f"{len(lines):,} pictures"
    raise ValueError("\n".join([f"{count} can't be decoded; replace or remove:", *lines[:NAMED], *more]))


def scratch(folder: Path, parts: Iterable[object]) -> Path:
    """A folder for half-decoded arrays, called by what they depend on; those of something else are removed."""
    name = hashlib.sha256(json.dumps(list(parts), sort_keys=True).encode()).hexdigest()[:16]
    for other in folder.glob("*") if folder.is_dir() else ():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    (folder / name).mkdir(parents=True, exist_ok=True)
    return folder / name


def processes_at_most(wanted: int) -> int:
    """As many processes as are wanted, and no more than there are cores."""
    return max(
        1, min(wanted, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )
