"""A run's history as the service hands it out: live rows, Parquet files once it was exported, or both.

Hours after a run has ended, W&B serves its history from Parquet files: every row has every column, null where nothing
was logged, and what was a dictionary is a struct, or text with JSON in it. Rows that came since are live.
"""

import io
import json
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """How a run's history was exported.

    `upto` is the last step in the files (None: all), `files` how many there are, the last rows in the first of them, as
    the client is promised no order. `nested` says what dictionaries become. `overlap` lets live pages hold the exported
    rows too.
    """

    upto: int | None = None
    files: int = 1
    nested: Literal["structs", "text"] = "structs"
    overlap: bool = False

    def holds(self, row: Row) -> bool:
        """Whether a row is in the files."""
        return self.upto is None or row["_step"] <= self.upto

    def parquet(self, rows: list[Row], number: int) -> bytes:
        """The Parquet file with a number, from 0, made of its share of a run's rows."""
        exported = [row for row in rows if self.holds(row)]
        size = -(-len(exported) // self.files)
        begin = size * (self.files - 1 - number)
        columns = sorted({key for row in exported for key in row})
        cells = [{key: self._cell(key, row.get(key)) for key in columns} for row in exported]
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(cells).slice(begin, size), sink)
        return sink.getvalue()

    def _cell(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return _floats(value) if self.nested == "structs" else json.dumps(value)
        return value if key == "_step" else _floats(value)


def _floats(value: Any) -> Any:
    """Every number as a float, which is what a column has one type for."""
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
