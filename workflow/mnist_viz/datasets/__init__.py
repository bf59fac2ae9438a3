"""The datasets, one module each: a new one is a module that has a DATASET, and its name here."""

from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from mnist_viz.datasets.dataset import Dataset, File, Split

__all__ = ["NAMES", "Dataset", "File", "Split", "find", "identity", "owner"]

NAMES = ("mnist", "sample")


def find(name: str) -> Dataset:
    """The dataset of that name, one of NAMES. KeyError if there is none."""
    if name not in NAMES:
        raise KeyError(name)
    dataset: Dataset = import_module(f"{__name__}.{name}").DATASET
    return dataset


def identity(name: str) -> dict[str, Any]:
    """What the bits of a dataset depend on besides its module's code: its name and its files' digests."""
    return {"dataset": name, "files": {each: file.sha256 for each, file in find(name).files.items()}}


def owner(path: Path) -> str:
    """The name of the dataset in whose folder a file of `resources/` or `results/` lies."""
    names = {find(name).folder: name for name in NAMES}
    for parent, folder in pairwise(path.parts):
        if folder in ("resources", "results") and f"{parent}/" in names:
            return names[f"{parent}/"]
    return names[""]
