"""The maps of some variants as the page holds them: of the images that it keeps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mnist_viz.explorer.collect import Array
from mnist_viz.explorer.pack import in_bytes, packed
from mnist_viz.job import records
from mnist_viz.store import tables
from mnist_viz.store.maps import MAP


class Map(NamedTuple):
    """A variant's map of K images."""

    about: dict[str, Any]
    """What the page says of it: `variant`, `epoch`, `layer`, `features`, and how many `neighbours` an image has."""
    places: Array
    """uint16 [2, K]: x and y."""
    neighbours: Array
    """[L, K]: each image's neighbours as places among the K images, the nearest first; K where the page does not have
    the image. uint16, above 65,534 images uint32."""


def maps_of(results: Path, variants: Sequence[str], ids: Array) -> list[Map]:
    """The maps of those of `variants` that have one with rows, of the images `ids` [K], ascending.

    Raises ValueError naming a file that lacks one of the images.
    """
    return [found for name in variants if len((found := _read(results / name, ids)).neighbours)]


def _read(folder: Path, ids: Array) -> Map:
    path = folder / "map.parquet"
    record = records.read(folder / "map.json")
    table = tables.read(path, MAP)
    known = tables.numbers(table, "id")
    about = {key: record[key] for key in ("variant", "epoch", "layer", "features")}
    if not len(table):
        return Map(about, np.zeros((2, 0), np.uint16), np.zeros((0, 0), np.uint16))
    order = np.argsort(known)
    rows = order[np.minimum(np.searchsorted(known[order], ids), len(known) - 1)]
    if (known[rows] != ids).any():
        raise ValueError(f"{path} does not have every image of images.parquet")
    own = np.from_dlpack(table["neighbours"].combine_chunks().flatten()).reshape(len(table), -1)[rows]
    place = np.minimum(np.searchsorted(ids, own), len(ids) - 1)
    kept = np.where(ids[place] == own, place, len(ids))
    narrow = kept.astype(np.uint16 if len(ids) < np.iinfo(np.uint16).max else np.uint32).T
    places = np.stack([tables.numbers(table, name)[rows] for name in ("x", "y")])
    return Map(about | {"neighbours": len(narrow)}, places, narrow)


def packed_maps(maps: Sequence[Map]) -> dict[str, str]:
    """The columns of the maps as the page holds them: map_0 and neighbours_0, and so on."""
    found = {}
    for number, each in enumerate(maps):
        found[f"map_{number}"] = packed(in_bytes(each.places))
        wide = each.neighbours.dtype == np.uint32
        content = each.neighbours.astype("<u4").tobytes() if wide else in_bytes(each.neighbours)
        found[f"neighbours_{number}"] = packed(content)
    return found
