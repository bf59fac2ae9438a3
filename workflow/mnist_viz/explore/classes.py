"""Columns of classes, given as names or as numbers, to places among the classes' names."""

import json
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]
MISSING = -1
SHOWN = 5  # values that a message lists


def in_order(names: Sequence[str]) -> list[str]:
    """The classes in the order of their numbers, if all are numbers; otherwise as they are."""
    return sorted(names, key=int) if all(name.isdecimal() and name.isascii() for name in names) else list(names)


def names_in(table: pa.Table) -> list[str] | None:
    """The names that the table's metadata has for the classes 0, 1, …, as this pipeline writes them; None if none."""
    text = (table.schema.metadata or {}).get(b"classes")
    names = json.loads(text) if text is not None else None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def places(column: pa.ChunkedArray, names: Sequence[str], what: str) -> tuple[Array, str]:
    """The place of each value among `names`, int32 [N], MISSING for null; and a note, if numbers were taken as places.

    Whole numbers are taken as the classes' places where no class is called by a number. ValueError, beginning with
    `what`, names values that are no class.
    """
    encoded = pc.dictionary_encode(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = [_written(value) for value in encoded.dictionary.to_pylist()]
    place = {name: number for number, name in enumerate(names)}
    note = ""
    if not all(value in place for value in values if value is not None):
        shorter = [_whole(value) for value in values]
        if all(value in place for value in shorter if value is not None):
            values = shorter
        elif not any(value in place for value in shorter) and all(
            value is None or (value.isdecimal() and int(value) < len(names)) for value in shorter
        ):
            values = [None if value is None else names[int(value)] for value in shorter]
            note = f"{what} holds numbers: taken as places among the columns of scores, of which 0 is {names[0]}"
        else:
            unknown = sorted({value for value in values if value is not None and value not in place})
            listed = ", ".join(unknown[:SHOWN]) + (
                f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
            )
            raise ValueError(f"{what} has values for which there is no column of scores: {listed}")
    lookup = np.array([MISSING if value is None else place[value] for value in values] + [MISSING], np.int32)
    return lookup[np.asarray(pc.fill_null(encoded.indices, len(values)))], note


def told(best: Array, alone: Array, guess: pa.ChunkedArray, others: Collection[str], count: int) -> list[str] | None:
    """The names of classes whose columns of scores are numbered, by the guesses: each is the class with the highest
    score. `best` [N] is that class's number, `alone` [N] whether no other class has its score, `others` are names that
    have to be among them.

    None if guesses contradict each other, or if more than one name could be that of several numbers.
    """
    names: list[str | None] = [None] * count
    texts = np.array([_written(value) for value in guess.to_pylist()], object)
    for number, text in zip(best[alone].tolist(), texts[alone].tolist(), strict=True):
        if text is not None and names[number] is None:
            names[number] = text
        if text != names[number]:
            return None
    known = {name for name in names if name is not None}
    left = sorted({*others, *(text for text in texts.tolist() if text is not None)} - known)
    free = names.count(None)
    if len(known) + free < count or len(left) > free or (left and free > 1):
        return None
    return [name if name is not None else (left or [str(number)])[0] for number, name in enumerate(names)]


def _written(value: object) -> str | None:
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _whole(value: str | None) -> str | None:
    """A number without the `.0` that it has where others of its column were missing."""
    return value.removesuffix(".0") if value is not None else None
