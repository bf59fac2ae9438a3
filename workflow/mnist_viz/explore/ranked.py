"""Scores by their rank: the highest of each row, and whose they are. So this pipeline writes those of many classes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mnist_viz.explore import classes
from mnist_viz.explore.scores import LEAST, MOST, NOBODY, Scores
from mnist_viz.store.tables import LISTS

Array = np.ndarray[Any, Any]
OWN = "true_score"


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """The columns of classes and of scores, the highest first: guess_1 and score_1, guess_2 and score_2, …; or
    top_class and top_score, whose cells are lists. Empty if there are none."""
    there = set(names)
    if there.issuperset(LISTS):
        return [(LISTS[0], LISTS[1])]
    numbered: list[tuple[str, str]] = []
    while there.issuperset(pair := (f"guess_{len(numbered) + 1}", f"score_{len(numbered) + 1}")):
        numbered.append(pair)
    return numbered if len(numbered) > 1 else []


class Ranks:
    """The R highest scores in N rows, checked."""

    def __init__(self, table: pa.Table, ranks: Sequence[tuple[str, str]], place: str) -> None:
        """ValueError, beginning with `place`, names what is no score or is missing."""
        self.place = place
        cells = list(_cells(table, ranks, place))
        for name, column in cells:
            if column.null_count:
                row = pc.index(pc.is_null(column), True).as_py() + 1
                raise ValueError(f"{place}: the column {name} is empty in row {row:,}")
        self.whose, shares = cells[0::2], cells[1::2]
        """R columns of classes, and what they are called."""
        self.own = table[OWN] if OWN in table.column_names else None
        self.shares = np.column_stack([np.asarray(column, np.float32) for _, column in shares])
        if not ((self.shares >= LEAST) & (self.shares <= MOST)).all():
            raise ValueError(f"{place}: the columns {', '.join(dict(ranks).values())} hold what is no probability")
        what = f"of each prediction, only the {len(shares)} highest scores are known"
        if self.own is None:
            what += "; where the truth's is not among them, it counts as 0, which makes the loss too high"
        self.notes = [f"{what}: distance and entropy are approximate"]

    def values(self) -> set[str]:
        """The classes that are named, as texts."""
        return {str(value) for _, column in self.whose for value in pc.unique(column).to_pylist()}

    def kept(self, spoken: Sequence[str], truth: Array) -> tuple[Array, Scores]:
        """Each row's class with the highest score, and the scores; `spoken` is what the columns call the classes."""
        found = [classes.places(column, spoken, f"{self.place}: the column {name}")[0] for name, column in self.whose]
        places, shares = np.column_stack(found), self.shares
        best = np.take_along_axis(places, shares.argmax(axis=1)[:, None], axis=1)[:, 0]
        if self.own is not None:
            own = np.asarray(pc.fill_null(self.own, 0).cast(pa.float32()))
            places = np.column_stack([places, np.where(truth == classes.MISSING, NOBODY, truth)])
            shares = np.column_stack([shares, own])
        return best, Scores(np.clip(shares, 0, 1), places, len(self.whose))


def _cells(table: pa.Table, ranks: Sequence[tuple[str, str]], place: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns of classes and of scores in turn, and what they are called; lists become a column a rank."""
    if not pa.types.is_nested(table[ranks[0][0]].type):
        yield from ((name, table[name]) for pair in ranks for name in pair)
        return
    lengths = [pc.min_max(pc.list_value_length(table[name])).as_py() for name in ranks[0]]
    if not lengths[0] == lengths[1] == {"min": lengths[0]["max"], "max": lengths[0]["max"]}:
        raise ValueError(f"{place}: the lists {' and '.join(ranks[0])} are not of one length in all rows")
    for rank in range(lengths[0]["max"]):
        yield from ((name, pc.list_element(table[name], rank)) for name in ranks[0])
