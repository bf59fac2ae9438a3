"""Compare two models on the same images, in the terminal: `python -m mnist_viz.compare baseline:1 baseline:5`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from mnist_viz.job import divergence, log, records
from mnist_viz.job.divergence import Divergence
from mnist_viz.statistics import mcnemar
from mnist_viz.store import tables
from mnist_viz.terminal import show

SHOWN = 20


@dataclass(frozen=True)
class Model:
    """One variant's predictions after one epoch, in the order of the image ids."""

    name: str
    ids: np.ndarray
    truth: np.ndarray
    guess: np.ndarray
    scores: np.ndarray
    """float32 [N, 10]."""
    diverged: Divergence | None = None
    """If the variant has fewer epochs than it was to have."""


def load(results: Path, name: str) -> Model:
    """Read the predictions that `name`, a variant and an epoch as in `baseline:5`, stands for."""
    variant, _, epoch = name.rpartition(":")
    if not variant or not epoch.isdecimal():
        raise ValueError(f"{name!r} is no variant and epoch; write them as in baseline:5")
    path = results / variant / "predictions.parquet"
    if not path.exists():
        raise ValueError(f"{path} does not exist; the variant {variant} has no predictions yet")
    records.check(path.with_name("predict.json"), [path])
    diverged = divergence.of(records.read(path.with_name("predict.json")))
    table = tables.read(path, tables.PREDICTIONS)
    chosen = table.filter(pc.field("epoch") == int(epoch)).sort_by("id")
    if not len(chosen):
        known = ", ".join(str(value) for value in sorted(table["epoch"].unique().to_pylist()))
        has = f"it has those after {known}" if known else "it has none"
        why = f": it diverged, with {diverged}" if diverged else ""
        raise ValueError(f"{variant} has no predictions after epoch {epoch}; {has}{why}")
    ids, truth, guess = (chosen[column].to_numpy() for column in ("id", "truth", "guess"))
    scores = np.column_stack([chosen[column].to_numpy() for column in tables.SCORES])
    return Model(name, ids, truth, guess, scores, diverged)


def compare(a: Model, b: Model) -> str:
    """The four cells, McNemar's p, and the images with different guesses whose scores are the furthest apart."""
    if not np.array_equal(a.ids, b.ids):
        raise ValueError(f"{a.name} and {b.name} are predictions of different images")
    right_a, right_b = a.guess == a.truth, b.guess == b.truth
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    apart = np.abs(a.scores - b.scores).sum(axis=1) / 2
    differing = np.flatnonzero(a.guess != b.guess)
    order = differing[np.argsort(-apart[differing], kind="stable")]
    wide = max(len(a.name), len(b.name)) + 6
    lines = [
        *(f"{model.name} is of a variant that diverged, with {model.diverged}" for model in (a, b) if model.diverged),
        f"{'':{wide}}  {b.name + ' right':>{wide}}  {b.name + ' wrong':>{wide}}",
        f"{a.name + ' right':{wide}}  {(right_a & right_b).sum():>{wide},}  {only_a:>{wide},}",
        f"{a.name + ' wrong':{wide}}  {only_b:>{wide},}  {(~right_a & ~right_b).sum():>{wide},}",
        "",
        f"McNemar's exact p = {mcnemar(only_a, only_b):.4g}, from {only_a + only_b:,} images that only one gets right",
        f"{len(differing):,} images have different guesses; their scores are apart by (total variation, 0 to 1):",
        "",
        f"{'id':>6}  {'truth':>5}  {a.name:>{wide}}  {b.name:>{wide}}  apart",
    ]
    for image in order[:SHOWN]:
        guesses = [f"{model.guess[image]} ({model.scores[image].max():.3f})" for model in (a, b)]
        lines.append(
            f"{a.ids[image]:>6}  {a.truth[image]:>5}  {guesses[0]:>{wide}}  {guesses[1]:>{wide}}  {apart[image]:.3f}"
        )
    if len(order) > SHOWN:
        lines.append(f"… and {len(order) - SHOWN:,} more")
    return "\n".join(lines)


def main() -> None:
    """Parse the command line and print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.compare", description="Compare two models.")
    parser.add_argument("a", help="a variant and an epoch, as in baseline:1")
    parser.add_argument("b", help="another, as in baseline:5")
    parser.add_argument("--results", type=Path, default=Path("results"), help="the folder of the tables")
    arguments = parser.parse_args()
    log.start(None)
    show(compare(load(arguments.results, arguments.a), load(arguments.results, arguments.b)))


if __name__ == "__main__":
    main()
