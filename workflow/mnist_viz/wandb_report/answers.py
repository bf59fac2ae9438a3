"""The three answers as W&B is to show them: the worst rows, with pictures."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.upload.pictures import shown

MOST_ROWS = 1000  # of a table
MOST_PICTURES = 20  # of a cell

Row = dict[str, Any]
Pictures = Mapping[str, str]  # a column of pictures -> the column that has their ids

# By the table: how its rows are sorted, the highest first, and which columns have pictures.
WORST = {"disagreements": "distance", "errors_over_time": "errors", "errors_by_guess": "count"}
OF_CLASSES = ("truth", "guess", "a_guess", "b_guess", "a_top_class", "b_top_class")  # columns
PICTURES: dict[str, Pictures] = {
    "disagreements": {"image": "id"},
    "errors_over_time": {f"{name}_images": name for name in ("learned", "forgotten", "never_learned")},
    "errors_by_guess": {"images": "ids"},
}


class Answer(NamedTuple):
    """The rows of one table that are shown."""

    name: str
    rows: list[Row]
    """The worst first, classes as the uploads show them; `pictures` are not among their columns."""
    total: int
    """The rows of the whole table."""

    @property
    def left_out(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


def parts(folder: Path, name: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """A table of the comparison, part by part."""
    return tables.parts(folder / f"{name}.parquet", KINDS[name], columns)


def worst(folder: Path, name: str, most: int = MOST_ROWS) -> Answer:
    """The rows of a table with the highest distance, number of errors or count; of equal ones the first."""
    classes = tables.classes(folder / f"{name}.parquet")
    kept, total = tables.schema_of(KINDS[name], len(classes)).empty_table(), 0
    for part in parts(folder, name):
        total += len(part)
        both = pa.concat_tables([kept, part.replace_schema_metadata()]).unify_dictionaries().combine_chunks()
        order = np.argsort(-both[WORST[name]].to_numpy().astype(float), kind="stable")
        kept = both.take(pa.array(order[:most]))
    return Answer(name, [_named(row, shown(classes)) for row in kept.to_pylist()], total)


def _named(row: Row, names: Sequence[int | str]) -> Row:
    """A row that shows classes by `names`."""

    def name(value: Any) -> Any:
        return [names[each] for each in value] if isinstance(value, list) else None if value is None else names[value]

    return {column: name(value) if column in OF_CLASSES else value for column, value in row.items()}


class Pair(NamedTuple):
    """Two models, and how many images have different guesses of them."""

    a: str
    b: str
    images: int
    only_a: int
    """Of them, those that only the first gets right."""
    only_b: int
    unknown: int = 0
    """Of them, those whose truth is not known."""


def pairs(folder: Path) -> list[Pair]:
    """The pairs that disagree, in their order."""
    found: dict[str, Pair] = {}
    for part in parts(folder, "disagreements", ["pair", "truth", "a_guess", "b_guess"]):
        names, truth = np.array(part["pair"].to_pylist()), tables.truth(part)
        unknown = truth == tables.MISSING
        right_a, right_b = (part[column].to_numpy() == truth for column in ("a_guess", "b_guess"))
        for name in dict.fromkeys(names.tolist()):
            own = names == name
            a, b = name.split(" ")
            before = found.get(name, Pair(a, b, 0, 0, 0))
            numbers = (int(each.sum()) for each in (own, own & right_a, own & right_b, own & unknown))
            found[name] = Pair(a, b, *(sum(both) for both in zip(before[2:], numbers, strict=True)))
    return list(found.values())


def epochs(folder: Path) -> dict[str, list[Row]]:
    """By variant, a row an epoch: `epoch`, `errors`, and the numbers of images learned, forgotten, never learned."""
    found: dict[str, list[Row]] = {}
    for part in parts(folder, "errors_over_time"):
        for row in part.to_pylist():
            numbers = {name: len(value) if isinstance(value, list) else value for name, value in row.items()}
            found.setdefault(row["variant"], []).append(numbers)
    return found
