"""From rows to what the page is assembled from: every table of the same images, in one order."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.explore import classes, measure, pictures, rows
from mnist_viz.explore.rows import Rows
from mnist_viz.explore.sources import Source
from mnist_viz.explorer.collect import CELL_LIMIT, ROW_LIMIT, Collection, choose
from mnist_viz.store.tables import class_type

Array = np.ndarray[Any, Any]


def gather(sources: Sequence[Source], folder: Path | None, name: str) -> Collection:
    """Everything that the page shows. ValueError names what is missing or contradicts itself."""
    parts = [rows.read(source) for source in sources]
    names = parts[0].classes
    parts = [rows.aligned(part, names) for part in parts]
    keys, image = _images(parts)
    variant, variants = _ordered(np.concatenate([part.variant for part in parts]))
    epoch = np.concatenate([part.epoch for part in parts])
    tables, order = _grid(variant, epoch, image, len(keys), variants, keys)
    truth = np.concatenate([part.truth for part in parts])[order]
    _check_truth(truth, keys)
    guess = np.concatenate([part.guess for part in parts])[order]
    scores = np.concatenate([part.scores for part in parts])[order] if len(parts) > 1 else parts[0].scores[order]
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    unknown = truth[0] == classes.MISSING
    if unknown.all():
        raise ValueError(f"{parts[0].place}: no truth is known, so nothing can be right or wrong")
    if unknown.any():
        notes.append(f"images whose truth is not known, which are shown and never counted: {int(unknown.sum()):,}")
    kind = class_type(len(names))
    label = np.where(unknown, len(names), truth[0]).astype(kind)
    wrong = (guess != label).any(axis=0)
    limit = min(ROW_LIMIT, CELL_LIMIT // len(names))
    kept = choose(wrong, label, len(tables), limit, len(names))
    shown, found = pictures.gather(parts, keys[kept], folder)
    notes += found
    return Collection(
        dataset=name,
        data={"tables": [part.place for part in parts]},
        variants=[_variant(name, number, tables, scores, guess, label) for number, name in enumerate(variants)],
        tables=tables,
        ids=_ids(keys)[kept],
        classes=names,
        truth=label[kept],
        pictures=shown,
        guess=guess[:, kept].astype(kind),
        scores=scores[:, kept].astype(np.float32).transpose(2, 0, 1),
        images=len(keys),
        contested=int(wrong.sum()),
        omitted=np.bincount(np.delete(label, kept), minlength=len(names)).tolist(),
        notes=tuple(notes),
    )


def _variant(
    name: str, number: int, tables: list[tuple[int, int]], scores: Array, guess: Array, label: Array
) -> dict[str, Any]:
    known = label < scores.shape[-1]
    metrics = [
        {"epoch": epoch} | measure.measure(scores[place][known], guess[place][known], label[known])
        for place, (owner, epoch) in enumerate(tables)
        if owner == number
    ]
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


def _check_truth(truth: Array, keys: Array) -> None:
    """ValueError if tables say different truths of an image."""
    differing = (truth != truth[0]).any(axis=0)
    if differing.any():
        raise ValueError(
            f"tables differ in the truth of {int(differing.sum()):,} images, the first of which is "
            f"{keys[int(differing.argmax())]}: are they of the same test set?"
        )


def _ids(keys: Array) -> Array:
    """The numbers of the images; of those that have texts, or numbers beyond 32 bits, their places."""
    fits = keys.dtype != object and keys.min() >= -(2**31) and keys.max() < 2**31
    return keys.astype(np.int32) if fits else np.arange(len(keys), dtype=np.int32)
