"""Records: every stage leaves beside its outputs their SHA-256, that of its inputs, and how it was run.

A record covers itself too: its entry `sha256` is the digest of its own bytes with 64 zeros in the place of that digest.
The files are named relative to the record's folder.
"""

import functools
import hashlib
import json
import logging
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnist_viz.job.code import PACKAGE
from mnist_viz.store.files import atomic, sha256, to_json

logger = logging.getLogger("mnist_viz")

Record = dict[str, Any]

# By the name under which they are imported: a record holds the versions of those that the stage has imported.
LIBRARIES = {
    "torch": "torch",
    "numpy": "numpy",
    "pyarrow": "pyarrow",
    "safetensors": "safetensors",
    "PIL": "pillow",
    "mlxtend": "mlxtend",
    "wandb": "wandb",
    "wandb_workspaces": "wandb-workspaces",
    "rocrate": "rocrate",
    "sklearn": "scikit-learn",
}

_ZEROS = "0" * 64
_OWN = re.compile(rb'^  "sha256": "([0-9a-f]{64})"', re.MULTILINE)


def write(
    path: Path, stage: str, began: float, inputs: Mapping[Path, str], outputs: Iterable[Path], facts: Mapping[str, Any]
) -> None:
    """Write the record of a stage that has finished. `outputs` are read back to be digested.

    `began` is when the stage began, in seconds since 1970; `inputs` gives the files that it read and their SHA-256, as
    `check` returns them; `facts` are entries of the stage's own.
    """
    content = {
        **facts,
        "stage": stage,
        "began": _moment(began),
        "ended": _moment(max(began, time.time())),
        "inputs": {relative(file, path.parent): digest for file, digest in inputs.items()},
        "outputs": {relative(file, path.parent): sha256(file) for file in outputs},
        **revision(),
        "software": software(),
    }
    with atomic(path) as temporary:
        temporary.write_bytes(sealed(content))


def sealed(content: Record) -> bytes:
    """A record's bytes, with their own digest."""
    text = to_json({**content, "sha256": _ZEROS}).encode()
    (own,) = _OWN.finditer(text)
    start, end = own.span(1)
    return text[:start] + _digest(text, start, end).encode() + text[end:]


def read(path: Path) -> Record:
    """Read a record. Raises ValueError naming it, and how to make it anew, if it is missing, damaged or misplaced.

    The record of a variant lies in the variant's folder.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing. {remedy(path)}")
    content = intact(path)
    if content is None:
        raise ValueError(f"{path} is damaged: its content has not the SHA-256 that it records. {remedy(path)}")
    if "variant" in content and content["variant"] != path.absolute().parent.name:
        raise ValueError(f"{path} is the record of {content['variant']}. {remedy(path)}")
    return content


def intact(path: Path) -> Record | None:
    """A record; None if it is missing or damaged."""
    text = path.read_bytes() if path.is_file() else b""
    own = [*_OWN.finditer(text)]
    if len(own) != 1 or own[0][1].decode() != _digest(text, *own[0].span(1)):
        return None
    content: Record = json.loads(text)
    return content


def check(path: Path, files: Iterable[Path]) -> dict[Path, str]:
    """The SHA-256 of `files`, which the stage of the record `path` made.

    Raises ValueError naming the first that is missing or is not the file that was recorded, and how to make it anew.
    """
    recorded = read(path)["outputs"]
    digests = {}
    for file in files:
        name = relative(file, path.parent)
        if name not in recorded:
            raise ValueError(f"{file} is not among the files that {path} records. {remedy(path)}")
        if not file.is_file():
            raise ValueError(f"{file} is missing. {remedy(path)}")
        digests[file] = sha256(file)
        if digests[file] != recorded[name]:
            raise ValueError(f"{file} is damaged or replaced: its SHA-256 is not that in {path}. {remedy(path)}")
    return digests


def beside(path: Path, name: str) -> Path:
    """The file that the record `path` calls `name`."""
    return Path(os.path.normpath(path.parent / name))


def remedy(path: Path) -> str:
    """What to do about a damaged output of the record `path`."""
    from mnist_viz.job.remedy import command

    return f"Make it anew: {command(path)}"


@functools.cache
def revision() -> dict[str, Any]:
    """The git `commit` of this code, and whether the tree is `dirty`: a tracked file differs from it.

    Both are None where the code is not under version control, and where git can't say, which is logged.
    """
    try:
        _git("ls-files", "--error-unmatch", __file__)
        commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError) as error:
        if any((folder / ".git").exists() for folder in PACKAGE.parents):
            reason = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
            logger.warning("the commit of the code is not recorded: %s", reason)
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": changes != ""}


def software() -> dict[str, str]:
    """The versions of Python and of the libraries that this process has imported."""
    imported = {name: version(name) for module, name in LIBRARIES.items() if module in sys.modules}
    return {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}", **imported}


def _git(*arguments: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # or a commit made meanwhile would find the index locked
    # The folder may belong to a colleague, whose code runs here anyway; a program that it has git start does not.
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(command, cwd=PACKAGE, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def relative(file: Path, folder: Path) -> str:
    """The path of `file` from `folder`, as a record in that folder calls it."""
    return Path(os.path.relpath(file, folder)).as_posix()


def _digest(text: bytes, start: int, end: int) -> str:
    """The SHA-256 of a record whose own digest lies from `start` to `end`."""
    return hashlib.sha256(text[:start] + _ZEROS.encode() + text[end:]).hexdigest()
