"""The datasets, one module each: a new one is a module that has a DATASET, and its name here."""

from importlib import import_module
from typing import Any

from mnist_viz.datasets.dataset import Dataset, File, Split

__all__ = ["NAMES", "Dataset", "File", "Split", "find", "identity"]

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
