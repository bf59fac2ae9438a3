"""A results folder of this pipeline as what is explored: the predictions of its variants, with the test images.

The same rows lie in it several times, as the upload and the comparison keep them; those are left alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mnist_viz.explore.sources import Source, read

IMAGES, CLASSES, ROWS = "images.parquet", "classes.parquet", "predictions.parquet"


def dataset(folder: Path) -> str:
    """The name of the dataset whose results a folder holds; empty if it is no results folder of this pipeline.

    It is one if the tables of images and of classes lie in it, of one dataset, and predictions in a folder of it.
    """
    names = {_of(folder / name) for name in (IMAGES, CLASSES)}
    return names.pop() if len(names) == 1 and _tables(folder) else ""


def sources(folder: Path) -> Iterator[Source]:
    """The table of every variant, by name. ValueError names one that can't be read."""
    images = read(folder / IMAGES, "").table
    for path in _tables(folder):
        source = replace(read(path, path.parent.name), found=True)
        yield replace(source, table=_with_images(source.table, images))


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*/{ROWS}") if not path.parent.name.startswith(".") and _of(path))


def _of(path: Path) -> str:
    """The name of the dataset that a table of this pipeline is of; empty if it is none."""
    try:
        return (pq.read_schema(path).metadata or {}).get(b"dataset", b"").decode() if path.is_file() else ""
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return ""


def _with_images(rows: pa.Table, images: pa.Table) -> pa.Table:
    """The rows with the images, each once: in the rows of the first epoch."""
    if not len(rows):
        return rows
    place = pc.index_in(rows["id"].cast(pa.int64()), value_set=images["id"].combine_chunks().cast(pa.int64()))
    first = pc.equal(rows["epoch"], pc.min(rows["epoch"]))
    once = pc.if_else(first, place, pa.scalar(None, place.type))
    return rows.append_column("image", images["image"].take(once))
