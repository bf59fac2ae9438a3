"""The datasets, one module each: a new one is a module that has a DATASET, and its name here. `own` is the user's."""

from importlib import import_module
from pathlib import Path
from typing import Any

from mnist_viz.datasets.dataset import Dataset, File, Split

__all__ = ["NAMES", "Dataset", "File", "Split", "described", "find", "identity", "module", "owner"]

NAMES = ("mnist", "sample", "fashion_mnist", "kmnist")
OWN = "own"
"""The folder in which that of each of the user's datasets lies."""


def find(name: str) -> Dataset:
    """The dataset of that name, one of NAMES. KeyError if there is none."""
    if name not in NAMES:
        raise KeyError(name)
    dataset: Dataset = import_module(f"{__name__}.{name}").DATASET
    return dataset


def described(name: str) -> Dataset:
    """The dataset of that name; of one that is not among NAMES, the user's own, what is known wherever it lies."""
    if name in NAMES:
        return find(name)

    def no_files(_raw: list[Path]) -> tuple[Split, Split]:
        raise ValueError(f"{name} is a dataset of the user's own, which is read from its path")

    return Dataset(name, "", "", "", "", no_files, lambda: name, folder=f"{OWN}/{name}/")


def module(name: str) -> str:
    """The module beneath this package that reads a dataset."""
    return name if name in NAMES else "own.read"


def identity(name: str) -> dict[str, Any]:
    """What the bits of a dataset depend on besides its module's code: its name and its files' digests."""
    return {"dataset": name, "files": {each: file.sha256 for each, file in find(name).files.items()}}


def owner(path: Path) -> str:
    """The name of the dataset in whose folder a file of `resources/` or `results/` lies."""
    names = {find(name).folder: name for name in NAMES}
    for place, folder in enumerate(path.parts):
        if folder in ("resources", "results"):
            for start in (place - 2, place - 1):
                above = "".join(f"{part}/" for part in path.parts[max(start, 0) : place])
                if above in names:
                    return names[above]
            if place >= 2 and path.parts[place - 2] == OWN:
                return path.parts[place - 1]
    return names[""]
