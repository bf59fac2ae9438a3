"""The datasets, one module each: a new one is a module that has a DATASET, and its name here."""

from importlib import import_module

from mnist_viz.datasets.dataset import Dataset, File, Split

__all__ = ["NAMES", "Dataset", "File", "Split", "find"]

NAMES = ("mnist", "sample")


def find(name: str) -> Dataset:
    """The dataset of that name, one of NAMES. KeyError if there is none."""
    if name not in NAMES:
        raise KeyError(name)
    dataset: Dataset = import_module(f"{__name__}.{name}").DATASET
    return dataset
