"""The columns of a variant's map, and what each means."""

import pyarrow as pa

from mnist_viz.store.tables import IDS, PREDICTIONS

NEIGHBOURS = 10


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, nullable=False, metadata={"description": meaning})


MAP = pa.schema(
    [
        PREDICTIONS.field("id"),
        _column("x", pa.uint16(), "where the image lies from left to right, of 0 to 65,535"),
        _column("y", pa.uint16(), "where the image lies from top to bottom, in the same unit"),
        _column("neighbours", IDS, f"ids of the {NEIGHBOURS} images with the nearest features, the nearest first"),
    ]
)
