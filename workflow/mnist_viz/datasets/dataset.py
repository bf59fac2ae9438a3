"""What the pipeline has to know of a source of images."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mnist_viz.store.formats import DIGITS

if TYPE_CHECKING:
    import numpy as np


class Split(NamedTuple):
    """Images with their labels."""

    images: "np.ndarray"
    """uint8 [N, H, W], or [N, H, W, 3] where they have colours."""
    labels: "np.ndarray"
    """uint8 [N], uint16 above 255 classes; the type's highest number where the class is not known."""


class File(NamedTuple):
    """A file as it was published."""

    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Dataset:
    """A source of images: where it is from, and how it is read."""

    title: str
    url: str
    """Empty where it is not known, as creator and licence."""
    creator: str
    licence: str
    licence_url: str
    read: Callable[[list[Path]], tuple[Split, Split]]
    """The training and the test split, from the downloaded files."""
    source: Callable[[], str]
    """One line that says where the images come from, to the version."""
    folder: str
    """Where everything that is made of it lies, beneath the project's folder: `""` or a name with a final slash. No
    two datasets share it."""
    classes: tuple[str, ...] = DIGITS
    """The names of the classes, by their numbers."""
    files: dict[str, File] = field(default_factory=dict)
    """What is downloaded, by name."""
    mirrors: tuple[str, ...] = ()
    """Addresses of folders that hold the files, in the order in which they are tried."""
