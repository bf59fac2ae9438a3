"""Which column of a table is what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mnist_viz.explore.ranked import OWN, pairs
from mnist_viz.explore.scores import LEAST, MOST, SUM

ALIASES = {
    "id": ("id", "image_id", "sample_id", "example_id", "index", "idx"),
    "guess": ("guess", "predicted", "prediction", "pred", "predicted_label", "pred_label", "predicted_class", "y_pred"),
    "truth": ("truth", "label", "target", "y_true", "true_label", "true_class", "ground_truth", "actual"),
    "variant": ("variant", "model", "model_name"),
    "epoch": ("epoch",),
    "image": ("image", "img", "picture", "file_name", "filename", "image_path", "file_path", "path"),
}
"""What the columns may be called, in capitals or not; the first name is the column's own, and counts before others."""
TEXTS = {alias for role in ("id", "guess", "truth", "variant", "image") for alias in ALIASES[role]}
PREFIXES = ("score_", "prob_", "logit_")
MOST_CLASSES = 1000


class NoScores(ValueError):
    """A table that is none of predictions: it has no scores, or no rows."""


@dataclass(frozen=True)
class Roles:
    """A table's columns by what they are."""

    named: dict[str, str]
    """From the keys of ALIASES that the table has to its columns' names."""
    scores: dict[str, str]
    """From each class to the column of its scores, in the order of the columns."""
    prefix: str
    """Of these columns; empty where they are called by the class alone."""
    ranks: tuple[tuple[str, str], ...]
    """The columns of the classes with the highest scores and of these scores, in place of a column a class."""
    others: tuple[str, ...]
    """Columns that are none of these."""

    def values(self, table: pa.Table, roles: Sequence[str]) -> set[str]:
        """The classes that the columns of these roles name, as texts."""
        names = [self.named[role] for role in roles if role in self.named]
        return {str(value) for name in names for value in table[name].unique().to_pylist() if value is not None}


def assign(table: pa.Table, place: str) -> Roles:
    """What the columns of a table are. ValueError names, with the table's `place`, what is missing or ambiguous."""
    names = table.column_names
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{place} has columns of the same name: {_listed(twice)}; rename them")
    ranks = pairs(names)
    ranked = {name for pair in ranks for name in pair} | ({OWN} if ranks else set())
    prefix, scores = ("", {}) if ranks else _prefixed(names)
    left = [name for name in names if name not in ranked and name not in scores.values()]
    named = {role: found for role in ALIASES if (found := _alias(role, left, place)) is not None}
    if not ranks and not scores:
        scores = _alone(table, [name for name in left if name not in named.values()], named)
    if not ranks and len(scores) < 2:
        raise NoScores(
            f"{place} has no scores: a column a class is needed, called score_CLASS, prob_CLASS, logit_CLASS or as the "
            f"class; it has {_listed(names)}"
        )
    if len(scores) > MOST_CLASSES:
        raise ValueError(f"{place} has scores of {len(scores):,} classes; at most {MOST_CLASSES:,} can be shown")
    for name in scores.values():
        kind = table.schema.field(name).type
        if not is_number(kind):
            raise ValueError(f"{place}: the column {name} holds {kind} where scores, which are numbers, are needed")
    used = {*named.values(), *scores.values(), *ranked}
    return Roles(named, scores, prefix, tuple(ranks), tuple(name for name in names if name not in used))


def _prefixed(names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The first of PREFIXES by which at least two columns are called, and these columns by class."""
    for prefix in PREFIXES:
        found = {name[len(prefix) :]: name for name in names if name.startswith(prefix) and len(name) > len(prefix)}
        if len(found) > 1:
            return prefix, found
    return "", {}


def _alone(table: pa.Table, left: Sequence[str], named: dict[str, str]) -> dict[str, str]:
    """The columns among `left` that are called as classes are: by names that truths or guesses have; with all others
    that are called by numbers if these are numbers, or that a row's sum of 1 needs. Some classes have no example."""
    numbers = [name for name in left if name and is_number(table.schema.field(name).type)]
    known = Roles(named, {}, "", (), ()).values(table, ["truth", "guess"])
    found = [name for name in numbers if name in known]
    if found and all(name.isdecimal() for name in found):
        found = [name for name in numbers if name.isdecimal()]
    if len(found) < len(numbers) and len(numbers) > 1 and not _are_shares(table, found) and _are_shares(table, numbers):
        found = numbers
    return {name: name for name in found}


def _are_shares(table: pa.Table, names: Sequence[str]) -> bool:
    """Whether columns hold numbers from 0 to 1, whose sum is 1 in every row."""
    sums = np.zeros(len(table))
    for name in names:
        if table[name].null_count:
            return False
        values = table[name].to_numpy()
        if not ((values >= LEAST) & (values <= MOST)).all():
            return False
        sums += values
    return bool((abs(sums - 1) <= SUM).all())


def _alias(role: str, names: Sequence[str], place: str) -> str | None:
    """The column that plays a role; None if there is none."""
    found = [name for alias in ALIASES[role] for name in names if name.strip().lower() == alias]
    if not found:
        return None
    own = found[0].strip().lower() == role
    if len(found) > 1 and not own:
        raise ValueError(f"{place}: {_listed(found)} could each be the {role}; rename the one that is it to {role}")
    return found[0]


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type can hold scores."""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
