"""Write the three tables of a comparison, variant by variant."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mnist_viz.comparison.course import forgotten, learned, never_learned
from mnist_viz.comparison.disagreement import disagreement
from mnist_viz.comparison.predictions import Array, Model, Predictions, read
from mnist_viz.store import comparisons, tables
from mnist_viz.store.corrections import corrected

Groups = dict[str, list[str]]  # the variants of each group, which differ in their seed alone
Columns = dict[str, Any]
Add = Callable[[Columns], None]

NAMES = ("disagreements", "errors_over_time", "errors_by_guess")


class Counts(NamedTuple):
    """How many rows and pairs the tables have."""

    pairs: int
    disagreements: int
    epochs: int
    """Of all variants together."""
    confusions: int
    """Pairs of a guess and a truth, of all variants together."""


def build(results: Path, groups: Groups, reference: str, folder: Path, diverged: Collection[str] = ()) -> Counts:
    """Write disagreements.parquet, errors_over_time.parquet and errors_by_guess.parquet of all variants to `folder`.

    The pairs are the first and the last epoch of the reference, and the last epochs of the reference and of each other
    variant; of replicates, those at the same place in their groups. One variant at a time is in memory, and the one
    that it is compared with. As in the summary, the variants that diverged are in no table. ValueError if they are not
    evaluated on the same images.
    """
    first = results / groups[reference][0] / "predictions.parquet"
    about = tables.dataset(first), tables.classes(first)
    said = tables.corrections(first)
    kinds = [corrected(comparisons.KINDS[name], said) for name in NAMES]
    counts = [0, 0, 0, 0]
    with (
        tables.writing(folder / f"{NAMES[0]}.parquet", kinds[0], *about) as add_disagreements,
        tables.writing(folder / f"{NAMES[1]}.parquet", kinds[1], *about) as add_epochs,
        tables.writing(folder / f"{NAMES[2]}.parquet", kinds[2], *about) as add_confusions,
    ):
        for usual, own in _paired(results, groups, reference, diverged):
            for place, add, columns in (
                (1, add_disagreements, disagreements(usual, own) if usual else None),
                (2, add_epochs, errors_over_time(own)),
                (3, add_confusions, errors_by_guess(own)),
            ):
                if columns is not None:
                    add(columns)
                    counts[place] += len(next(iter(columns.values())))
            counts[0] += usual is not None
    return Counts(*counts)


def _paired(
    results: Path, groups: Groups, reference: str, diverged: Collection[str]
) -> Iterator[tuple[Model | None, Predictions]]:
    """Every variant, with what its last epoch is compared with; None if that has one epoch, or diverged.

    Each replicate of the reference is followed by those that are compared with it, so that it is read once.
    """
    others = [name for name in groups if name != reference]
    for place, member in enumerate(groups[reference]):
        usual = None
        if member not in diverged:
            own = _whole(results, member)
            yield (own.after(own.epochs[0]) if len(own.epochs) > 1 else None), own
            usual = own.after(own.epochs[-1])
            del own
        for other in (groups[name][place] for name in others):
            if other not in diverged:
                yield usual, _whole(results, other)


def _whole(results: Path, variant: str) -> Predictions:
    path = results / variant / "predictions.parquet"
    found = read(path, variant)
    if not found.epochs:
        raise ValueError(f"{path} has no rows, and its record does not say that {variant} diverged")
    return found


def disagreements(a: Model, own: Predictions) -> Columns:
    """The images on which a model and the last epoch of a variant disagree, the furthest apart first."""
    b = own.after(own.epochs[-1])
    images, distance = disagreement(a, b)
    sides = [
        (model.rows.take(images), comparisons.pair_scores(side, len(a.classes)))
        for side, model in zip("ab", (a, b), strict=True)
    ]
    return {
        "pair": tables.repeat(f"{a.name} {b.name}", len(images)),
        "id": a.ids[images],
        "truth": tables.labels(a.truth[images], len(a.classes)),
        "a_guess": a.guess[images],
        "b_guess": b.guess[images],
        "distance": distance,
        **{name: rows[source] for rows, scores in sides for name, source in scores.items()},
    }


def errors_over_time(own: Predictions) -> Columns:
    """A row an epoch: the errors, and what has become of the images up to then, where their truth is known."""
    known = own.truth != tables.MISSING
    ids, correct = own.ids[known], (own.guess == own.truth)[:, known]
    so_far = [correct[: index + 1] for index in range(len(own.epochs))]
    return {
        "variant": tables.repeat(own.variant, len(own.epochs)),
        "epoch": np.array(own.epochs, np.int16),
        "errors": (~correct).sum(axis=1).astype(np.int32),
        "learned": [ids[learned(each)] for each in so_far],
        "forgotten": [ids[forgotten(each)] for each in so_far],
        "never_learned": [ids[never_learned(each)] for each in so_far],
    }


def errors_by_guess(own: Predictions) -> Columns:
    """A row a wrong guess and truth after the last epoch, by guess, the most frequent truth first."""
    guess = own.guess[-1]
    found = [(wrong, truth, own.ids[(guess == wrong) & (own.truth == truth)]) for wrong, truth in _cells(guess, own)]
    kind = tables.class_type(len(own.classes))
    found.sort(key=lambda row: (row[0], -len(row[2]), row[1]))
    return {
        "variant": tables.repeat(own.variant, len(found)),
        "guess": np.array([row[0] for row in found], kind),
        "truth": np.array([row[1] for row in found], kind),
        "count": np.array([len(row[2]) for row in found], np.int32),
        "ids": [row[2] for row in found],
    }


def _cells(guess: Array, own: Predictions) -> set[tuple[int, int]]:
    wrong = (guess != own.truth) & (own.truth != tables.MISSING)
    return set(zip(guess[wrong].tolist(), own.truth[wrong].tolist(), strict=True))
