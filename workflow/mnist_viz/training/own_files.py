"""A Python file of the user's, imported with its neighbours: the modules and packages in its folder.

Jobs run with PYTHONSAFEPATH, so that what lies in a folder takes no installed module's place. Neighbours are found
after all else, and compiled anew each time: Python's cache tells no edit within a second.
"""

import sys
import traceback
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


class Uncached(SourceFileLoader):
    """Compiles the source each time, and leaves no __pycache__."""

    def path_stats(self, path: str) -> dict[str, float]:
        raise OSError(f"{path} is not looked up in a cache")


class Neighbours:
    """Finds what lies in a folder; at the top of it what no other place has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As Python's finders do."""
        if path is None:
            if name in sys.stdlib_module_names or _installed(name):
                return None
            places = [str(self.folder)]
        else:
            places = [place for place in path if self.folder in Path(place).parents]
        for place in places:
            if (spec := FileFinder(place, (Uncached, [".py"])).find_spec(name)) is not None:
                return spec
        return None


def _installed(name: str) -> bool:
    found = PathFinder.find_spec(name)
    return found is not None and found.loader is not None


def load(file: Path) -> ModuleType:
    """The module of a file, under the name of the file; imported once.

    Raises ValueError, with the file and the line, if it can't be imported.
    """
    path = file.absolute()
    before = sys.modules.get(path.stem)
    if before is not None and getattr(before, "__file__", None) == str(path):
        return before
    if not any(isinstance(finder, Neighbours) and finder.folder == path.parent for finder in sys.meta_path):
        sys.meta_path.insert(0, Neighbours(path.parent))
    spec = spec_from_file_location(path.stem, path, loader=Uncached(path.stem, str(path)))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[path.stem]
        raise ValueError(f"{file} can't be imported: {explained(error, path.parent)}") from error
    return module


def explained(error: Exception, folder: Path) -> str:
    """What an error in the user's code says, and where in the files of `folder` it came from."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        return said
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if folder in Path(frame.filename).parents]
    return f"{said} ({Path(lines[-1].filename).name}, line {lines[-1].lineno})" if lines else said
