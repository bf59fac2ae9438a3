"""Tables of W&B as an artifact or a run's folder holds them, and those of this pipeline's artifacts, whose rows lie
beside them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_BYTES = 4_000_000_000  # of a file, which is read whole
ENDING = ".table.json"
OWN = f"test_predictions{ENDING}"
ROWS = "predictions.parquet"


def read(path: Path) -> pa.Table:
    """The table of a file; media become their paths. ValueError if it is damaged or none."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path} is larger than {MOST_BYTES / 1e9:.0f} GB; download it as Parquet, or in parts")
    content = json.loads(path.read_text(encoding="utf-8"))
    columns = content.get("columns") if isinstance(content, dict) else None
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise ValueError(f"{path} is no table of W&B: it has no columns and data")
    if any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
        raise ValueError(f"{path} is damaged: a row has not {len(columns)} cells; download it again")
    cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
    names = [str(name) for name in columns]
    return pa.Table.from_arrays([_column(list(own)) for own in cells], names=names)


def _column(cells: list[Any]) -> pa.Array:
    """Media become their paths; a column of several types becomes texts. A run's own copy of a table has no pictures
    but the word Image in their place."""
    if all(cell == "Image" for cell in cells):
        return pa.nulls(len(cells), pa.string())
    if any(isinstance(cell, dict) for cell in cells):
        return pa.array([cell.get("path") if isinstance(cell, dict) else None for cell in cells], pa.string())
    try:
        return pa.array(cells)
    except pa.ArrowException:
        texts = [cell if isinstance(cell, str) or cell is None else json.dumps(cell) for cell in cells]
        return pa.array(texts, pa.string())


def pair(path: Path) -> tuple[Path, Path] | None:
    """The table and the Parquet file of a predictions artifact of this pipeline, if `path` is one of them."""
    table, rows = path.with_name(OWN), path.with_name(ROWS)
    if path not in (table, rows) or not (table.is_file() and rows.is_file()):
        return None
    return (table, rows) if b"dataset" in (pq.read_schema(rows).metadata or {}) else None


def joined(table: pa.Table, rows: pa.Table) -> pa.Table:
    """The rows of such an artifact, which say variant, epoch and all scores, with the pictures of its table."""
    ids = rows["id"].cast(pa.int64())
    place = pc.index_in(ids, value_set=table["id"].combine_chunks().cast(pa.int64()))
    return rows.append_column("image", table["image"].take(place))
