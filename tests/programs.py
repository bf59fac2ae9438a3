"""Programs that tests need beside Python's packages: a browser, Node."""

import os
import shutil
from pathlib import Path

import pytest


def required(program: str) -> str:
    """The program's path; without it the test is skipped, or fails where CI is set."""
    found = shutil.which(program)
    if found is None:
        _missing(f"{program} is not installed")
    assert found is not None
    return found


def required_package(folder: Path) -> None:
    """The same of a package of npm's, by its folder."""
    if not folder.is_dir():
        _missing(f"{folder.name} is not installed: npm --prefix tests install")


def _missing(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
