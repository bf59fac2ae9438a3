"""Compare two models on the same images, in the terminal: `python -m mnist_viz.compare baseline:1 baseline:5`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from mnist_viz.job import log, records
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
    """float32 [N, K]; of more than 100 classes, the highest of each image alone."""
    classes: tuple[str, ...]
    """Their names."""

    def named(self, number: int) -> str:
        """The name of a class; a question mark where it is not known."""
        return "?" if number == tables.MISSING else self.classes[number]


def load(results: Path, name: str) -> Model:
    """Read the predictions that `name`, a variant and an epoch as in `baseline:5`, stands for."""
    variant, _, epoch = name.rpartition(":")
    if not variant or not epoch.isdecimal():
        raise ValueError(f"{name!r} is no variant and epoch; write them as in baseline:5")
    path = results / variant / "predictions.parquet"
    if not path.exists():
        raise ValueError(f"{path} does not exist; the variant {variant} has no predictions yet")
    records.check(path.with_name("predict.json"), [path])
    table = tables.read(path, tables.predictions)
    chosen = table.filter(pc.field("epoch") == int(epoch)).sort_by("id")
    if not len(chosen):
        known = ", ".join(str(value) for value in sorted(table["epoch"].unique().to_pylist()))
        raise ValueError(f"{variant} has no predictions after epoch {epoch}; it has those after {known}")
    ids, guess = (chosen[column].to_numpy() for column in ("id", "guess"))
    classes = tables.classes(path)
    return Model(name, ids, tables.truth(chosen), guess, tables.dense_scores(chosen, len(classes)), classes)


def compare(a: Model, b: Model) -> str:
    """The four cells, McNemar's p, and the images with different guesses whose scores are the furthest apart."""
    if not np.array_equal(a.ids, b.ids):
        raise ValueError(f"{a.name} and {b.name} are predictions of different images")
    right_a, right_b, known = a.guess == a.truth, b.guess == b.truth, a.truth != tables.MISSING
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    neither = int((known & ~right_a & ~right_b).sum())
    apart = np.abs(a.scores - b.scores).sum(axis=1) / 2
    differing = np.flatnonzero(a.guess != b.guess)
    order = differing[np.argsort(-apart[differing], kind="stable")]
    label = max(5, *map(len, a.classes))
    wide = max(len(a.name), len(b.name), label + 2) + 6
    lines = [
        f"{'':{wide}}  {b.name + ' right':>{wide}}  {b.name + ' wrong':>{wide}}",
        f"{a.name + ' right':{wide}}  {(right_a & right_b).sum():>{wide},}  {only_a:>{wide},}",
        f"{a.name + ' wrong':{wide}}  {only_b:>{wide},}  {neither:>{wide},}",
        "",
        f"McNemar's exact p = {mcnemar(only_a, only_b):.4g}, from {only_a + only_b:,} images that only one gets right",
        f"{len(differing):,} images have different guesses; their scores are apart by (total variation, 0 to 1):",
        "",
        f"{'id':>6}  {'truth':>{label}}  {a.name:>{wide}}  {b.name:>{wide}}  apart",
    ]
    for image in order[:SHOWN]:
        guesses = [f"{model.named(model.guess[image])} ({model.scores[image].max():.3f})" for model in (a, b)]
        truth = a.named(a.truth[image])
        lines.append(
            f"{a.ids[image]:>6}  {truth:>{label}}  {guesses[0]:>{wide}}  {guesses[1]:>{wide}}  {apart[image]:.3f}"
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
