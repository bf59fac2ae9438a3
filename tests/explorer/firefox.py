"""The explorer's page in Firefox: steps of a person, and what they find."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.programs import required, required_package

SCRIPT = Path(__file__).with_name("firefox.mjs")
PACKAGE = SCRIPT.parents[1] / "node_modules" / "puppeteer-core"


def visit(file: Path, *steps: tuple[Any, ...]) -> list[Any]:
    """Open the file in a fresh Firefox, do the steps (see firefox.mjs), and return what those that read have found.

    The page must neither write to the console, nor fail, nor ask for anything but files. Skips where Firefox, Node or
    puppeteer-core is missing; fails there in CI.
    """
    command = [required("node"), str(SCRIPT), required("firefox-esr"), file.as_uri()]
    required_package(PACKAGE)
    done = subprocess.run(command, input=json.dumps(steps), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["heard"] == []
    found: list[Any] = said["read"]
    return found
