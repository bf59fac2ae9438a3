"""Whole files or none: every file gets its final name only when it is complete and on disk."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class WriteError(OSError):
    """A file that can't be written; the message says why, and what to do."""


@contextlib.contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Give a temporary name in the folder of `path`; on success rename it to `path`, on failure remove it.

    The data is flushed to the disk before the rename, so that a reader finds the whole file or none, also after
    a crash. Missing parent folders are made. No two writers share a temporary name, and the last one's file stays.
    Raises WriteError that names `path` if it can't be written there.
    """
    path = Path(path)
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{_prefix(path)}{os.getpid()}.", suffix=".part")
        os.close(descriptor)
    temporary = Path(name)
    try:
        try:
            yield temporary
        except OSError as error:
            if error.errno in FULL:
                raise WriteError(_explain(path, error)) from error
            raise
        with explain_write_errors(path):
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def link(source: Path, target: Path) -> None:
    """Give the file `source` a second name, in place of what `target` was; a copy where links are refused."""
    if target.exists() and target.samefile(source):
        return
    with atomic(target) as temporary:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)


@contextlib.contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn any OSError into a WriteError that says why `path` can't be written."""
    try:
        yield
    except OSError as error:
        raise WriteError(_explain(path, error)) from error


def _explain(path: Path, error: OSError) -> str:
    folder = next((folder for folder in path.parents if folder.is_dir()), path.parent)
    if error.errno in FULL:
        free = shutil.disk_usage(folder).free
        reason = f"{FULL[error.errno]}, {free / 1e6:,.1f} MB are free in {folder}. Free some space there and run again"
    elif error.errno in READ_ONLY:
        reason = f"{folder} is read-only here. Make it writable, or run in another folder: snakemake --directory"
    elif path.is_dir():
        reason = "a folder lies where the file should be. Remove it and run again"
    elif error.errno in (errno.ENOTDIR, errno.EEXIST):
        reason = "a file lies where one of its folders should be. Remove it and run again"
    else:
        reason = str(error)
    return f"cannot write {path}: {reason}"


def _prefix(path: Path) -> str:
    return f".{path.name}.{socket.gethostname()}."


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files that processes of this machine, which are no more, have left of `path`."""
    prefix = _prefix(path)
    for entry in os.scandir(path.parent):
        if entry.name.startswith(prefix) and entry.name.endswith(".part"):
            writer = entry.name.removeprefix(prefix).partition(".")[0]
            if writer.isdecimal() and not psutil.pid_exists(int(writer)):
                Path(entry.path).unlink(missing_ok=True)


def check_regular(path: Path | str) -> None:
    """Raise OSError if this is a pipe, a socket or a device, from which a reader might wait for ever."""
    kind = Path(path).stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(f"{path} is no regular file but a pipe, a socket or a device. Remove it and run again")


def sha256(path: Path | str) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits. OSError if it is no regular file."""
    check_regular(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_json(content: Any) -> str:
    """`content` as indented JSON with sorted keys and a final newline."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: Path | str, content: Any) -> None:
    """Write `content` as `to_json` gives it, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(to_json(content), encoding="utf-8")


def read_json(path: Path | str) -> Any:
    """Read a JSON file; ValueError names the file if it is not JSON."""
    check_regular(path)
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a JSON file: {error}") from error
