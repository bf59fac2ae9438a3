"""Where the jobs' Python looks for modules: in this package's folder, then where the user's PYTHONPATH says."""

import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

from mnist_viz.job.records import LIBRARIES

PACKAGES = Path(__file__).parents[2]
_PIN = re.compile(r"^ *([A-Za-z0-9_.-]+)==", re.MULTILINE)


class ForeignPackage(ValueError):
    """A module that PYTHONPATH would put in place of a locked one; the message names it and says what to do."""


def joined(before: Mapping[str, str]) -> str:
    """The PYTHONPATH of jobs. An empty entry, which Python takes for the current folder, is none."""
    return os.pathsep.join([str(PACKAGES), *_theirs(before)])


def check(before: Mapping[str, str]) -> None:
    """Raise ForeignPackage if a locked package, or a module of Python's own, would come from the user's PYTHONPATH.

    Results would depend on it, and no record would say so.
    """
    own = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    for folder in _theirs(before):
        found = _modules(Path(folder))
        if not found or Path(folder).resolve() in own:
            continue
        if foreign := sorted(found & (_locked() | sys.stdlib_module_names)):
            names = ", ".join(foreign[:4]) + (f" and {len(foreign) - 4} more" if len(foreign) > 4 else "")
            raise ForeignPackage(
                f"PYTHONPATH names {folder}, and jobs would import {names} from there in place of the locked packages. "
                "Unload the environment module that sets it, or take it out: unset PYTHONPATH"
            )


def _theirs(before: Mapping[str, str]) -> list[str]:
    entries = before.get("PYTHONPATH", "").split(os.pathsep)
    return [entry for entry in entries if entry and entry != str(PACKAGES)]


def _modules(folder: Path) -> set[str]:
    """The names of modules and packages in a folder; one without __init__.py gives way to any other of its name."""
    if not folder.is_dir():
        return set()
    return {
        path.name.partition(".")[0]
        for path in folder.iterdir()
        if path.suffix in (".py", ".so") or (path / "__init__.py").is_file()
    }


def _locked() -> set[str]:
    """The modules of the packages that environment.yml pins, as far as they are installed here."""
    environment = PACKAGES.parent / "environment.yml"
    pinned = set(map(_normal, _PIN.findall(environment.read_text()))) if environment.is_file() else set()
    installed = packages_distributions().items()
    return {module for module, of in installed if pinned & set(map(_normal, of))} | LIBRARIES.keys()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
