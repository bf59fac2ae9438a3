"""The rows of one source as arrays: which variant, epoch and image, what was guessed, how sure."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mnist_viz.explore import classes
from mnist_viz.explore.roles import Roles, assign
from mnist_viz.explore.sources import Source

Array = np.ndarray[Any, Any]
LEAST, MOST = -1e-6, 1.001  # of what passes as a probability
SUM = 0.02  # by which the scores of a row may miss 1


@dataclass(frozen=True)
class Rows:
    """N rows of K classes."""

    place: str
    classes: tuple[str, ...]
    variant: Array
    """object [N]: texts."""
    epoch: Array
    """int64 [N]."""
    key: Array
    """[N], integers or texts: which image a row is about."""
    guess: Array
    """int32 [N]."""
    truth: Array
    """int32 [N], MISSING where it is null."""
    scores: Array
    """float32 [N, K]."""
    image: pa.ChunkedArray | None
    """The pictures, or their paths."""
    source: Source
    notes: tuple[str, ...]


def read(source: Source) -> Rows:
    """The rows of a source. ValueError names what is missing or contradicts itself."""
    table, place = source.table, source.place
    if not len(table):
        raise ValueError(f"{place} has no rows")
    roles = assign(table, place)
    columns = classes.in_order(list(roles.scores))
    names = classes.names_in(table, columns) or columns
    if len(set(names)) < len(names):
        raise ValueError(f"{place} has several classes of the same name")
    notes = []
    scores, note = _scores(table, [roles.scores[name] for name in columns], roles.prefix, place)
    notes.append(note)
    truth, note = classes.places(
        table[roles.named["truth"]], _spoken(table, roles, "truth", names, columns), _of(roles, "truth", place)
    )
    notes.append(note)
    if "guess" in roles.named:
        guess, note = classes.places(
            table[roles.named["guess"]], _spoken(table, roles, "guess", names, columns), _of(roles, "guess", place)
        )
        notes.append(note)
        if (guess == classes.MISSING).any():
            raise ValueError(f"{_of(roles, 'guess', place)} is empty in row {int((guess < 0).argmax()) + 1:,}")
    else:
        guess = scores.argmax(axis=1).astype(np.int32)
        notes.append("no column of guesses: the class with the highest score is the guess")
    variant = _texts(table, roles, "variant", place)
    epoch = _epochs(table, roles, place)
    if "epoch" not in roles.named:
        notes.append("no column epoch: all predictions are of epoch 1")
    if variant is None:
        variant = np.full(len(table), source.name, object)
        notes.append(f"no column variant: called {source.name}")
    key, note = _keys(table, roles, variant, epoch)
    notes.append(note)
    if "image" not in roles.named:
        notes.append("no pictures: there is no column image or file_name")
    if roles.others:
        notes.append(f"columns that are not shown: {', '.join(roles.others[:12])}{' …' * (len(roles.others) > 12)}")
    image = table[roles.named["image"]] if "image" in roles.named else None
    return Rows(
        place, tuple(names), variant, epoch, key, guess, truth, scores, image, source, tuple(filter(None, notes))
    )


def aligned(rows: Rows, names: tuple[str, ...]) -> Rows:
    """The same rows with the classes in the order of `names`. ValueError if they are others."""
    if rows.classes == names:
        return rows
    if set(rows.classes) != set(names):
        differing = sorted(set(rows.classes) ^ set(names))
        raise ValueError(f"{rows.place} has other classes than the tables before it; not in both: {differing[:5]}")
    order = [rows.classes.index(name) for name in names]
    place = np.append(np.argsort(order), classes.MISSING)
    return replace(rows, classes=names, guess=place[rows.guess], truth=place[rows.truth], scores=rows.scores[:, order])


def _of(roles: Roles, role: str, place: str) -> str:
    return f"{place}: the column {roles.named[role]}"


def _spoken(table: pa.Table, roles: Roles, role: str, names: list[str], columns: list[str]) -> list[str]:
    """What the classes are called in a column: their numbers in the pipeline's own tables, otherwise their names."""
    return columns if pa.types.is_integer(table[roles.named[role]].type) else names


def _scores(table: pa.Table, columns: list[str], prefix: str, place: str) -> tuple[Array, str]:
    """Probabilities, float32 [N, K], and a note on what they were made from."""
    scores = np.empty((len(table), len(columns)), np.float32)
    for number, name in enumerate(columns):
        column = table[name]
        if column.null_count:
            row = pc.index(pc.is_null(column), True).as_py() + 1
            raise ValueError(f"{place}: the column {name} is empty in row {row:,}")
        scores[:, number] = column.to_numpy()
    finite = np.isfinite(scores).all(axis=1)
    if not finite.all():
        row = int((~finite).argmax())
        name = columns[int((~np.isfinite(scores[row])).argmax())]
        raise ValueError(f"{place}: the column {name} holds {scores[row, columns.index(name)]} in row {row + 1:,}")
    if prefix == "logit_":
        return _softmax(scores), "the scores are softmax probabilities of the logits"
    outside = (scores < LEAST) | (scores > MOST)
    if outside.any():
        row = int(outside.any(axis=1).argmax())
        if prefix == "prob_":
            raise ValueError(f"{place}: row {row + 1:,} has a probability that is not within 0 and 1")
        return _softmax(scores), "the scores are not within 0 and 1, so they are logits: shown are their softmax values"
    sums = scores.sum(axis=1, dtype=np.float64)
    low, high = float(sums.min()), float(sums.max())
    note = ""
    if low < 1 - SUM or high > 1 + SUM:
        note = f"the scores of a row sum to {low:.3g} … {high:.3g}, not to 1: entropy, loss and distance are of no use"
    return np.clip(scores, 0, 1), note


def _softmax(logits: Array) -> Array:
    shifted: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    shifted /= shifted.sum(axis=1, keepdims=True)
    return shifted


def _texts(table: pa.Table, roles: Roles, role: str, place: str) -> Array | None:
    if role not in roles.named:
        return None
    column = table[roles.named[role]]
    if column.null_count:
        raise ValueError(f"{_of(roles, role, place)} is empty in a row")
    return np.array(column.cast(pa.string()).to_pylist(), object)


def _epochs(table: pa.Table, roles: Roles, place: str) -> Array:
    if "epoch" not in roles.named:
        return np.ones(len(table), np.int64)
    column = table[roles.named["epoch"]]
    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowException as error:
        raise ValueError(f"{_of(roles, 'epoch', place)} holds something else than whole numbers: {error}") from error
    if numbers.null_count or not 0 <= pc.min(numbers).as_py() <= pc.max(numbers).as_py() < 2**16:
        raise ValueError(f"{_of(roles, 'epoch', place)} needs a whole number from 0 to 65,535 in every row")
    return np.asarray(numbers)


def _keys(table: pa.Table, roles: Roles, variant: Array, epoch: Array) -> tuple[Array, str]:
    """Which image each row is about: its id, else its picture's path, else its place among its table's rows."""
    for role in ("id", "image"):
        column = table[roles.named[role]] if role in roles.named else None
        if column is None or column.null_count:
            continue
        if pa.types.is_integer(column.type):
            return column.to_numpy(), ""
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            texts = column.to_pylist()
            if role == "id" and all(text.isdecimal() and text.isascii() and str(int(text)) == text for text in texts):
                return np.array([int(text) for text in texts], np.int64), ""
            return np.array(texts, object), f"images are numbered in the order of {roles.named[role]}"
    place: dict[tuple[str, int], int] = {}
    key = np.empty(len(table), np.int64)
    for row, own in enumerate(zip(variant, epoch.tolist(), strict=True)):
        key[row] = place[own] = place.get(own, -1) + 1
    return key, "no column id: the rows of every table are taken as the same images in the same order"
