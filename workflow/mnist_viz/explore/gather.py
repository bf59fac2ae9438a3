"""From rows to what the page is assembled from: every table of the same images, in one order."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.explore import classes, measure, pictures, rows
from mnist_viz.explore.roles import NoScores
from mnist_viz.explore.rows import Rows
from mnist_viz.explore.scores import joined
from mnist_viz.explore.sources import Source
from mnist_viz.explorer.collect import CELL_LIMIT, ROW_LIMIT, Collection, choose
from mnist_viz.store.tables import class_type

Array = np.ndarray[Any, Any]
SHOWN = 5  # tables that a note lists


def gather(sources: Iterable[Source], folder: Path | None, name: str) -> Collection:
    """Everything that the page shows. ValueError names what is missing or contradicts itself."""
    parts, notes = _read(sources)
    names = rows.united(parts)
    parts = [rows.aligned(part, names) for part in parts]
    keys, image = _images(parts)
    variant, variants = _ordered(np.concatenate([part.variant for part in parts]))
    epoch = np.concatenate([part.epoch for part in parts])
    tables, order = _grid(variant, epoch, image, len(keys), variants, keys)
    truth = _truth(np.concatenate([part.truth for part in parts])[order], keys)
    guess = np.concatenate([part.guess for part in parts])[order]
    scores = joined([part.scores for part in parts], len(names)).rows(order.ravel())
    unknown = truth == classes.MISSING
    if unknown.all():
        notes.append("no truth is known, as a column truth or label would say it: all is shown, nothing counted")
    elif unknown.any():
        notes.append(f"images whose truth is not known, which are shown and never counted: {int(unknown.sum()):,}")
    kind = class_type(len(names))
    label = np.where(unknown, len(names), truth).astype(kind)
    wrong = (guess != label).any(axis=0)
    limit = min(ROW_LIMIT, CELL_LIMIT // len(names))
    kept = choose(wrong, label, len(tables), limit, len(names))
    shown, found = pictures.gather(parts, keys[kept], folder)
    notes += found if not all(part.lacking for part in parts) else [f"no pictures: {parts[0].lacking}"]
    places: Array = np.arange(order.size).reshape(order.shape)
    measured = [
        measure.measure(scores.rows(own[~unknown]), guessed[~unknown], truth[~unknown])
        for own, guessed in zip(places, guess, strict=True)
    ]
    return Collection(
        dataset=name,
        data={"tables": [part.place for part in parts]},
        variants=[_variant(name, number, tables, measured) for number, name in enumerate(variants)],
        tables=tables,
        ids=_ids(keys)[kept],
        classes=names,
        truth=label[kept],
        pictures=shown,
        guess=guess[:, kept].astype(kind),
        scores=scores.rows(places[:, kept].ravel()).dense(len(tables), label[kept], len(names)),
        images=len(keys),
        contested=int(wrong.sum()),
        omitted=np.bincount(np.delete(label, kept), minlength=len(names)).tolist(),
        notes=tuple(notes),
        top=scores.top,
    )


def _read(sources: Iterable[Source]) -> tuple[list[Rows], list[str]]:
    """The rows of the sources and notes on them. Those of a folder that are no predictions are left out, if others
    are."""
    parts, left, last = [], [], None
    for source in sources:
        try:
            parts.append(rows.read(source))
        except NoScores as error:
            if not source.found:
                raise
            left.append(source.place)
            last = error
    if not parts and last is not None:
        raise last
    notes = [f"left out, as they have no scores: {', '.join(left[:SHOWN])}{' …' * (len(left) > SHOWN)}"] if left else []
    return parts, list(dict.fromkeys([*(note for part in parts for note in part.notes), *notes]))


def _variant(
    name: str, number: int, tables: list[tuple[int, int]], measured: list[dict[str, float | None]]
) -> dict[str, Any]:
    pairs = zip(tables, measured, strict=True)
    metrics = [{"epoch": epoch, **found} for (owner, epoch), found in pairs if owner == number]
    history: dict[str, list[float]] = {"step": [], "loss": [], "learning_rate": []}
    return {"name": name, "config": {}, "train": {}, "predict": {}, "metrics": metrics, "history": history}


def _ordered(texts: Array) -> tuple[Array, list[str]]:
    """Each text's number, and the texts in the order in which they first appear."""
    number: dict[str, int] = {}
    numbers = np.array([number.setdefault(text, len(number)) for text in texts.tolist()])
    return numbers, list(number)


def _images(parts: Sequence[Rows]) -> tuple[Array, Array]:
    """The keys of all images, and for each row the place of its own. Numbers ascend; texts stay as they appear."""
    texts = any(part.key.dtype == object for part in parts)
    if texts and not all(part.key.dtype == object for part in parts):
        raise ValueError("some tables number their images and others name them; give all of them the same column id")
    keys = np.concatenate([part.key for part in parts])
    if texts:
        place, names = _ordered(keys)
        return np.array(names, object), place
    unique, place = np.unique(keys, return_inverse=True)
    return unique, place


def _grid(
    variant: Array, epoch: Array, image: Array, images: int, variants: list[str], keys: Array
) -> tuple[list[tuple[int, int]], Array]:
    """The T tables as variant and epoch, and the rows [T, N] of each, all of the same images."""
    pairs, table = np.unique(np.stack([variant, epoch], axis=1), axis=0, return_inverse=True)
    counts = np.bincount(table.ravel() * images + image, minlength=len(pairs) * images).reshape(len(pairs), images)
    for problem, what in (((counts > 1), "several predictions"), ((counts == 0), "no prediction")):
        if problem.any():
            number, place = np.argwhere(problem)[0]
            owner = f"{variants[pairs[number, 0]]} after epoch {pairs[number, 1]}"
            raise ValueError(
                f"{owner} has {what} of {int(problem[number].sum()):,} images, the first of which is {keys[place]}; "
                "every variant needs one of every image after each of its epochs, told apart by the column id"
            )
    order = np.lexsort((image, table.ravel())).reshape(len(pairs), images)
    return [(int(owner), int(own)) for owner, own in pairs], order


def _truth(truth: Array, keys: Array) -> Array:
    """Each image's truth [N] from those of the tables [T, N], of which some may not know it. ValueError if they say
    different ones."""
    known = truth != classes.MISSING
    one: Array = truth.max(axis=0)
    differing = (known & (truth != one)).any(axis=0)
    if differing.any():
        raise ValueError(
            f"tables differ in the truth of {int(differing.sum()):,} images, the first of which is "
            f"{keys[int(differing.argmax())]}: are they of the same test set?"
        )
    return one


def _ids(keys: Array) -> Array:
    """The numbers of the images; of those that have texts, or numbers beyond 32 bits, their places."""
    fits = keys.dtype != object and keys.min() >= -(2**31) and keys.max() < 2**31
    return keys.astype(np.int32) if fits else np.arange(len(keys), dtype=np.int32)
