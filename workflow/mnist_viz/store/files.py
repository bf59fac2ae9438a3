"""Whole files or none: every file gets its final name only when it is complete and on disk."""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota, of bytes or of files, is used up"}
FEW_INODES = 100  # Snakemake needs some for its own records
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


class WriteError(OSError):
    """A file that can't be written; the message says why, and what to do."""


@contextlib.contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Give a temporary name in the folder of `path`; on success rename it to `path`, on failure remove it.

    The data is flushed to the disk before the rename, so that a reader finds the whole file or none, also after
    a crash. Missing parent folders are made. No two writers share a temporary name, and the last one's file stays.
    Its permissions are those that the folder and the umask give to any new file. Raises WriteError that names `path` if
    it can't be written there.
    """
    path = Path(path)
    with explain_write_errors(path):
        temporary = _temporary(path)
        temporary.touch(exist_ok=False)
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
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path, *, replace: bool) -> Iterator[Path]:
    """Give a new folder beside `path`; on success it becomes `path`, on failure it is removed.

    A folder that lies there already is replaced, or with `replace=False` stays, as that of another writer who was
    faster. Raises WriteError that names `path` if it can't be written there.
    """
    with explain_write_errors(path):
        temporary, before = _temporary(path), _temporary(path)
        try:
            temporary.mkdir()
            yield temporary
            if replace and path.is_dir():
                path.rename(before)  # to remove it first would fail on NFS while a file in it is open
            try:
                temporary.rename(path)
            except OSError:
                if replace or not path.is_dir():
                    raise
        finally:
            for left in (temporary, before):
                shutil.rmtree(left, ignore_errors=True)


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
        reason = no_room(folder, error.errno)
    elif error.errno in READ_ONLY:
        reason = f"{folder} is read-only here. Make it writable, or run in another folder: snakemake --directory"
    elif path.is_dir():
        reason = "a folder lies where the file should be. Remove it and run again"
    elif error.errno in (errno.ENOTDIR, errno.EEXIST):
        reason = "a file lies where one of its folders should be. Remove it and run again"
    else:
        reason = str(error)
    return f"cannot write {path}: {reason}"


def no_room(folder: Path, number: int) -> str:
    """Why nothing could be written in `folder`, by one of the errors of FULL, and what to do."""
    inodes = free_inodes(folder)
    if number == errno.ENOSPC and inodes < FEW_INODES:
        return (
            f"no inodes are left, {inodes:,.0f} files can still be made in {folder}, whatever their size. Remove files "
            "there and run again"
        )
    free = shutil.disk_usage(folder).free
    return f"{FULL[number]}, {free / 1e6:,.1f} MB are free in {folder}. Free some space there and run again"


def free_inodes(folder: Path) -> float:
    """How many files can still be made on the disk of `folder`; infinity where the disk has no limit of its own."""
    disk = os.statvfs(folder)
    return disk.f_favail if disk.f_files else float("inf")


def _temporary(path: Path) -> Path:
    """A name that nobody else takes, in the folder of `path`, which is made; what killed writers left is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    return path.with_name(f"{_prefix(path)}{os.getpid()}.{secrets.token_hex(4)}.part")


def _prefix(path: Path) -> str:
    return f".{path.name}.{socket.gethostname()}."


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files that processes of this machine, which are no more, have left of `path`.

    What can't be removed, as another's in a folder with the sticky bit, stays: it is in nobody's way.
    """
    prefix = _prefix(path)
    for entry in os.scandir(path.parent):
        if entry.name.startswith(prefix) and entry.name.endswith(".part"):
            writer = entry.name.removeprefix(prefix).partition(".")[0]
            if writer.isdecimal() and not psutil.pid_exists(int(writer)):
                with contextlib.suppress(OSError):
                    (shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink)(entry.path)


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
