"""Scores of many rows: those of all classes or, of many classes, the highest and those of truth and guess."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mnist_viz.store.tables import MOST_SCORES, TOP

Array = np.ndarray[Any, Any]
LEAST, MOST = -1e-6, 1.001  # of what passes as a probability
SUM = 0.02  # by which the scores of a row may miss 1
CELLS = 4_000_000  # scores that are widened at a time
NOBODY = -1  # in the place of a class
UNKNOWN = 2.0**-17  # what counts for a truth's score that is not known, as it is not among the highest


@dataclass(frozen=True)
class Scores:
    """Probabilities in N rows of K classes, R of each row."""

    share: Array
    """float32 [N, R]."""
    place: Array | None = None
    """int32 [N, R]: whose they are, NOBODY's or a class's more than once; None if R = K and each is its class's."""
    top: int = 0
    """How many of the highest scores of a row are among them; 0 if all are."""

    def of(self, wanted: Array) -> Array:
        """The score of a class in each row, float32 [N]; 0 where it is not among them."""
        if self.place is None:
            found: Array = np.take_along_axis(self.share, wanted[:, None], axis=1)[:, 0]
            return found
        own: Array = np.where(self.place == wanted[:, None], self.share, np.float32(0)).max(axis=1)
        return own

    def rows(self, chosen: Array) -> "Scores":
        """Those of some rows."""
        return Scores(self.share[chosen], None if self.place is None else self.place[chosen], self.top)

    def renamed(self, new: Array) -> "Scores":
        """The same where class k is called new[k]."""
        if self.place is None:
            return Scores(self.share[:, np.argsort(new)])
        return Scores(self.share, np.append(new, NOBODY).astype(np.int32)[self.place], self.top)

    def dense(self, tables: int, truth: Array, classes: int) -> Array:
        """float32 [K, T, N / T] of the same images `truth` [N / T] in every table. Scores that are not known are 0, but
        for the truth's, which is UNKNOWN then."""
        if self.place is None:
            return np.ascontiguousarray(self.share.T).reshape(classes, tables, -1)
        every = np.arange(len(self.share))
        whole = np.zeros((classes + 1, len(every)), np.float32)  # the last is nobody's
        for place, column in zip(self.place.T, self.share.T, strict=True):
            whole[place, every] = column
        own = np.tile(truth, tables)
        whole[own, every] = np.where(whole[own, every] > 0, whole[own, every], np.float32(UNKNOWN))
        return whole[:classes].reshape(classes, tables, -1)


def joined(parts: Sequence[Scores], classes: int) -> Scores:
    """The rows of several tables."""
    if len(parts) == 1:
        return parts[0]
    if all(part.place is None for part in parts):
        return Scores(np.concatenate([part.share for part in parts]))
    width = max(part.share.shape[1] for part in parts)
    shares, places = [], []
    for part in parts:
        missing = ((0, 0), (0, width - part.share.shape[1]))
        every = np.arange(classes, dtype=np.int32)
        place = np.broadcast_to(every, part.share.shape) if part.place is None else part.place
        shares.append(np.pad(part.share, missing))
        places.append(np.pad(place, missing, constant_values=NOBODY))
    return Scores(np.concatenate(shares), np.concatenate(places), min(part.top for part in parts if part.top))


class Columns:
    """A column of scores or logits for each of K classes, in N rows, checked; widened a part at a time."""

    def __init__(self, table: pa.Table, names: Sequence[str], prefix: str, place: str) -> None:
        """`prefix` is that of `names`. ValueError, beginning with `place`, names a value that is no score."""
        self.columns = [table[name] for name in names]
        outside = [name for name, column in zip(names, self.columns, strict=True) if _outside(column, name, place)]
        if outside and prefix == "prob_":
            raise ValueError(f"{place}: the column {outside[0]} has probabilities that are not within 0 and 1")
        self.logits = prefix == "logit_" or bool(outside)
        self.best = np.empty(len(table), np.int32)
        """The class with the highest score, the first of them in a tie."""
        self.alone = np.empty(len(table), bool)
        """Whether no other has the same."""
        low, high = np.inf, -np.inf
        for rows, part in self._parts():
            self.best[rows] = part.argmax(axis=1)
            self.alone[rows] = (part == part.max(axis=1, keepdims=True)).sum(axis=1) == 1
            sums = part.sum(axis=1, dtype=np.float64)
            low, high = min(low, sums.min()), max(high, sums.max())
        self.notes = []
        if self.logits:
            logits = "the scores are softmax probabilities of the logits"
            outliers = "the scores are not within 0 and 1, so they are logits: shown are their softmax values"
            self.notes = [logits if prefix == "logit_" else outliers]
        elif low < 1 - SUM or high > 1 + SUM:
            span = f"{low:.3g} … {high:.3g}"
            self.notes = [f"the scores of a row sum to {span}, not to 1: entropy, loss and distance are of no use"]
        if len(names) > MOST_SCORES:
            what = f"of each prediction, only the {TOP} highest scores and those of truth and guess are kept"
            self.notes.append(f"{what}: distance and entropy are approximate")

    def kept(self, others: Sequence[Array]) -> Scores:
        """The scores: all of them or, above MOST_SCORES classes, the TOP highest and those of `others`, classes [N]."""
        if len(self.columns) <= MOST_SCORES:
            return Scores(np.concatenate([part for _, part in self._parts()]))
        places = np.empty((len(self.best), TOP + len(others)), np.int32)
        shares = np.empty(places.shape, np.float32)
        for rows, part in self._parts():
            places[rows, :TOP] = np.argpartition(part, -TOP, axis=1)[:, -TOP:]
            for number, other in enumerate(others, TOP):
                places[rows, number] = np.where(other[rows] == NOBODY, self.best[rows], other[rows])
            shares[rows] = np.take_along_axis(part, places[rows], axis=1)
        return Scores(shares, places, TOP)

    def _parts(self) -> Iterator[tuple[slice, Array]]:
        """Rows, and their probabilities as float32 [n, K]."""
        step = max(1, CELLS // len(self.columns))
        length = len(self.columns[0])
        for start in range(0, length, step):
            part = np.empty((min(step, length - start), len(self.columns)), np.float32)
            for number, column in enumerate(self.columns):
                part[:, number] = column.slice(start, len(part)).to_numpy()
            yield slice(start, start + len(part)), _softmax(part) if self.logits else np.clip(part, 0, 1, out=part)


def _outside(column: pa.ChunkedArray, name: str, place: str) -> bool:
    """Whether a column holds numbers that are no probabilities. ValueError if it holds what is no number."""
    if column.null_count:
        row = pc.index(pc.is_null(column), True).as_py() + 1
        raise ValueError(f"{place}: the column {name} is empty in row {row:,}")
    values = column.to_numpy()
    low, high = values.min(), values.max()
    if not np.isfinite(high - low):
        row = int((~np.isfinite(values)).argmax())
        raise ValueError(f"{place}: the column {name} holds {values[row]} in row {row + 1:,}")
    return bool(low < LEAST or high > MOST)


def _softmax(logits: Array) -> Array:
    shifted: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted
