"""Programs that tests need beside Python's packages: a browser, Node."""

import os
import shutil

import pytest


def required(program: str) -> str:
    """The program's path; without it the test is skipped, or fails where CI is set."""
    found = shutil.which(program)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not installed")
    return found
