"""Marks of the sample's test images, as a person would write them."""

from pathlib import Path

import polars as pl
from safetensors import safe_open

HEADING = "id,given,label,exclude,note,test_set"


def test_set(root: Path) -> str:
    """The digest of the test set in a folder of resources/, as marks carry it."""
    with safe_open(root / "resources/mnist/test.safetensors", "numpy") as file:
        about = file.metadata()
    return f"sha256:{about.get('given_sha256', about['sha256'])}"


def write(path: Path, root: Path, labels: dict[int, int], excluded: tuple[int, ...] = ()) -> Path:
    """Marks that propose `labels` by image, and exclude some, of the test set in the folder `root`."""
    images = pl.read_parquet(root / "results/images.parquet", columns=["id", "truth"])
    known = dict(images.iter_rows())
    rows = [f"{number},{known[number]},{label},,," for number, label in labels.items()]
    rows += [f"{number},{known[number]},,yes,," for number in excluded]
    path.write_text("\n".join([HEADING, *(row[:-1] + f",{test_set(root)}" for row in rows)]) + "\n")
    return path
