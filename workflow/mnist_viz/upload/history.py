"""The rows of a run's history as they were logged, whatever W&B serves them from.

While a run goes on and for some hours after it, W&B serves the rows as they were logged. Then it exports them to
Parquet files, where every row has every column, null where nothing was logged, and a dictionary is a struct, with a
null for each key of another row's, or text with JSON in it. Files come in any order, numbers may have become floats,
and rows that came after the export are live, also in pages that overlap with the files.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

Row = dict[str, Any]


def logged(served: Iterable[Row]) -> list[Row]:
    """The rows by their step, from 0, each with what was logged in it alone.

    A row that was served twice is there once; rows of one step that contradict each other all stay.
    """
    rows: list[Row] = []
    for row in sorted(map(_logged, served), key=lambda row: row["_step"]):
        row["_step"] = int(row["_step"])
        if rows and rows[-1]["_step"] == row["_step"] and _agree(rows[-1], row):
            rows[-1] |= row
        else:
            rows.append(row)
    return rows


def _logged(value: Any) -> Any:
    """A value without nulls and what consists of nothing else; a dictionary where it is text that holds one."""
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError):  # text that only begins like one
            value = json.loads(value)
    if not isinstance(value, dict):
        return value
    entries = {key: _logged(entry) for key, entry in value.items()}
    return {key: entry for key, entry in entries.items() if entry is not None and entry != {}}


def _agree(one: Row, other: Row) -> bool:
    return all(one[key] == other[key] for key in one.keys() & other.keys())
