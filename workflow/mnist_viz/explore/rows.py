"""The rows of one source as arrays: which variant, epoch and image, what was guessed, how sure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mnist_viz.explore import classes
from mnist_viz.explore.ranked import Ranks
from mnist_viz.explore.roles import MOST_CLASSES, NoScores, Roles, assign
from mnist_viz.explore.scores import Columns, Scores
from mnist_viz.explore.sources import Source

Array = np.ndarray[Any, Any]


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
    open: bool
    """Whether there may be classes that no row names."""
    scores: Scores
    image: pa.ChunkedArray | None
    """The pictures, or their paths."""
    lacking: str
    """Why there are none; empty if there are."""
    folder: Path | None
    """In which the table lies."""
    notes: tuple[str, ...]


def read(source: Source) -> Rows:
    """The rows of a source. ValueError names what is missing or contradicts itself."""
    table, place = source.table, source.place
    if not len(table):
        raise NoScores(f"{place} has no rows")
    roles = assign(table, place)
    names, truth, guess, scores, notes = (_ranked if roles.ranks else _scored)(table, roles, place)
    if (guess == classes.MISSING).any():
        raise ValueError(f"{_of(roles, 'guess', place)} is empty in row {int((guess < 0).argmax()) + 1:,}")
    if "guess" not in roles.named:
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
    image = table[roles.named["image"]] if "image" in roles.named else None
    lacking = "" if image is not None else "there is no column image or file_name"
    if image is not None and image.null_count == len(image):
        lacking = f"the column {roles.named['image']} is empty; of W&B, download the table's artifact"
    others = [name for name in roles.others if name]  # pandas writes its index as a column without a name
    if others:
        notes.append(f"columns that are not shown: {', '.join(others[:12])}{' …' * (len(others) > 12)}")
    return Rows(
        place,
        tuple(names),
        variant,
        epoch,
        key,
        guess,
        truth,
        bool(roles.ranks) and classes.names_in(table) is None,
        scores,
        image,
        lacking,
        source.folder,
        tuple(filter(None, notes)),
    )


def _scored(table: pa.Table, roles: Roles, place: str) -> tuple[list[str], Array, Array, Scores, list[str]]:
    """The classes' names, the truths, the guesses, the scores and notes, of a table with a column of scores a class."""
    columns = classes.in_order(list(roles.scores))
    found = Columns(table, [roles.scores[name] for name in columns], roles.prefix, place)
    notes = [*found.notes]
    names = columns
    if columns == [str(number) for number in range(len(columns))]:
        names = classes.names_in(table) or _told(table, roles, found, notes) or columns
    if len(names) != len(columns):
        raise ValueError(f"{place} has scores of {len(columns)} classes, and names of {len(names)} in its metadata")
    if len(set(names)) < len(names):
        raise ValueError(f"{place} has several classes of the same name")
    truth, guess = (_places(table, roles, role, names, columns, place, notes) for role in ("truth", "guess"))
    guess = found.best if guess is None else guess
    truth = np.full(len(table), classes.MISSING, np.int32) if truth is None else truth
    return names, truth, guess, found.kept([truth, guess]), notes


def _told(table: pa.Table, roles: Roles, found: Columns, notes: list[str]) -> list[str] | None:
    """The names of classes whose columns are numbered, where the guesses tell them; None if they are numbers, too."""
    if "guess" not in roles.named or pa.types.is_integer(table[roles.named["guess"]].type):
        return None
    named = roles.values(table, ["truth", "guess"])
    if named & {str(number) for number in range(len(found.columns))}:
        return None
    names = classes.told(found.best, found.alone, table[roles.named["guess"]], named, len(found.columns))
    if names is not None:
        notes.append(f"the columns of scores are numbered: by the guesses, {roles.scores['0']} is {names[0]}")
    return names


def _ranked(table: pa.Table, roles: Roles, place: str) -> tuple[list[str], Array, Array, Scores, list[str]]:
    """The same of a table with the highest scores of each row."""
    found = Ranks(table, roles.ranks, place)
    seen = found.values() | roles.values(table, ["truth", "guess"])
    numbers = all(text.isdecimal() and text.isascii() for text in seen)
    columns = [str(number) for number in range(max(map(int, seen)) + 1)] if numbers else sorted(seen)
    if len(columns) > MOST_CLASSES:
        raise ValueError(f"{place} has {len(columns):,} classes; at most {MOST_CLASSES:,} can be shown")
    names = classes.names_in(table) or columns
    columns = [str(number) for number in range(len(names))] if numbers else names
    notes = [*found.notes]
    truth, guess = (_places(table, roles, role, names, columns, place, notes) for role in ("truth", "guess"))
    truth = np.full(len(table), classes.MISSING, np.int32) if truth is None else truth
    best, scores = found.kept(columns, truth)
    return names, truth, best if guess is None else guess, scores, notes


def _places(
    table: pa.Table, roles: Roles, role: str, names: list[str], columns: list[str], place: str, notes: list[str]
) -> Array | None:
    """The classes that a column names, int32 [N]; None if there is no such column."""
    if role not in roles.named:
        return None
    column = table[roles.named[role]]
    spoken = columns if pa.types.is_integer(column.type) else names
    found, note = classes.places(column, spoken, _of(roles, role, place))
    notes.append(note)
    return found


def aligned(rows: Rows, names: tuple[str, ...]) -> Rows:
    """The same rows with the classes in the order of `names`. ValueError if they are others."""
    if rows.classes == names:
        return rows
    if set(rows.classes) != set(names) and not (rows.open and set(rows.classes) < set(names)):
        differing = sorted(set(rows.classes) ^ set(names))
        raise ValueError(f"{rows.place} has other classes than the tables before it; not in both: {differing[:5]}")
    number = {name: place for place, name in enumerate(names)}
    place = np.array([*(number[name] for name in rows.classes), classes.MISSING], np.int32)
    return replace(
        rows, classes=names, guess=place[rows.guess], truth=place[rows.truth], scores=rows.scores.renamed(place[:-1])
    )


def united(parts: Sequence[Rows]) -> tuple[str, ...]:
    """The classes of tables: the first one's, or where some name only those that they have seen, all together."""
    if not any(part.open for part in parts):
        return parts[0].classes
    return tuple(classes.in_order(sorted({name for part in parts for name in part.classes})))


def _of(roles: Roles, role: str, place: str) -> str:
    return f"{place}: the column {roles.named[role]}"


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
