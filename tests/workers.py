"""What the processes of pytest-xdist share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock


@contextmanager
def shared_folder(factory: pytest.TempPathFactory, worker_id: str, name: str) -> Iterator[Path]:
    """The folder of that name for all workers, while no other is inside: the first makes what the others find."""
    base = factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / name
    with FileLock(folder.with_suffix(".lock")):
        yield folder
