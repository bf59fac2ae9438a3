"""What datasets that are published as MNIST is have in common: four files in the IDX format, and a line that names
them."""

from collections.abc import Callable
from pathlib import Path

from mnist_viz.datasets.dataset import File, Split


def read(raw: list[Path]) -> tuple[Split, Split]:
    """The training and test split from the four downloaded files."""
    from mnist_viz.datasets.idx import read_four

    return read_four(raw)


def source(credit: str, files: dict[str, File]) -> Callable[[], str]:
    """What says where the images come from: whom they are owed to, under which licence, and the files' digests."""
    digests = ", ".join(f"{name} sha256:{file.sha256}" for name, file in files.items())
    return lambda: f"{credit}: {digests}"
