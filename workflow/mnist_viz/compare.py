"""Compare two models on the same images, in the terminal: `python -m mnist_viz.compare baseline:1 baseline:5`."""

import argparse
from dataclasses import replace
from pathlib import Path

from mnist_viz.comparison import predictions
from mnist_viz.comparison.disagreement import disagreement
from mnist_viz.comparison.predictions import Model
from mnist_viz.job import divergence, log, records
from mnist_viz.statistics import mcnemar
from mnist_viz.store import tables
from mnist_viz.terminal import on_one_line, show

SHOWN = 20


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
    found = predictions.read(path, variant)
    try:
        return replace(found.after(int(epoch)), diverged=str(diverged or ""))
    except ValueError as error:
        raise ValueError(f"{error}: it diverged, with {diverged}" if diverged else str(error)) from None


def compare(a: Model, b: Model) -> str:
    """The four cells, McNemar's p, and the images with different guesses whose scores are the furthest apart."""
    images, distance = disagreement(a, b)
    right_a, right_b, known = a.guess == a.truth, b.guess == b.truth, a.truth != tables.MISSING
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    neither = int((known & ~right_a & ~right_b).sum())
    label = max(5, *(len(on_one_line(name)) for name in a.classes))
    wide = max(len(a.name), len(b.name), label + 2) + 6
    lines = [
        *([f"test labels: {a.corrections}"] if a.corrections else []),
        *(f"{model.name} is of a variant that diverged, with {model.diverged}" for model in (a, b) if model.diverged),
        f"{'':{wide}}  {b.name + ' right':>{wide}}  {b.name + ' wrong':>{wide}}",
        f"{a.name + ' right':{wide}}  {(right_a & right_b).sum():>{wide},}  {only_a:>{wide},}",
        f"{a.name + ' wrong':{wide}}  {only_b:>{wide},}  {neither:>{wide},}",
        "",
        f"McNemar's exact p = {mcnemar(only_a, only_b):.4g}, from {only_a + only_b:,} images that only one gets right",
        f"{len(images):,} images have different guesses; their scores are apart by (total variation, 0 to 1):",
        "",
        f"{'id':>6}  {'truth':>{label}}  {a.name:>{wide}}  {b.name:>{wide}}  apart",
    ]
    for image, apart in zip(images[:SHOWN], distance[:SHOWN], strict=True):
        truth, *named = (on_one_line(a.named(number)) for number in (a.truth[image], a.guess[image], b.guess[image]))
        guesses = [f"{name} ({of.scores[image].max():.3f})" for name, of in zip(named, (a, b), strict=True)]
        lines.append(f"{a.ids[image]:>6}  {truth:>{label}}  {guesses[0]:>{wide}}  {guesses[1]:>{wide}}  {apart:.3f}")
    if len(images) > SHOWN:
        lines.append(f"… and {len(images) - SHOWN:,} more")
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
