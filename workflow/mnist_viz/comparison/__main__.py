"""Write the explorer's three answers as tables: disagreements, errors over time, errors by guess."""

import argparse
from pathlib import Path

from mnist_viz.comparison.build import NAMES, Counts, build
from mnist_viz.job import divergence, frame, records
from mnist_viz.job.log import logger
from mnist_viz.store import tables
from mnist_viz.store.corrections import entry
from mnist_viz.store.files import sha256
from mnist_viz.terminal import counted


def said(counts: Counts) -> str:
    """What the tables hold, in words; what is empty, and why. `left_out` is the number of variants that diverged."""
    parts = [
        f"{counted(counts.disagreements, 'disagreement')} of {counted(counts.pairs, 'pair')}",
        counted(counts.epochs, "epoch"),
        f"{counted(counts.confusions, 'kind')} of errors",
    ]
    if not counts.pairs:
        parts[0] = "no disagreements, as there are no two models to compare"
    return ", ".join(parts)


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the tables."""
    results, groups, folder = arguments.results, dict(arguments.groups), arguments.folder
    inputs: dict[Path, str] = {}
    variants = [name for members in groups.values() for name in members]
    for variant in variants:
        inputs |= records.check(results / variant / "predict.json", [results / variant / "predictions.parquet"])
    diverged = divergence.among(results, variants)
    inputs |= {path: sha256(path) for path in (results / name / "predict.json" for name in diverged)}
    counts = build(results, groups, arguments.reference, folder, diverged)
    without = f"; without {', '.join(diverged)}, which diverged" if diverged else ""
    logger.info("%s: %s%s", folder, said(counts), without)
    outputs = [folder / f"{name}.parquet" for name in NAMES]
    config = {"groups": groups, "reference": arguments.reference}
    facts = {"rows": counts._asdict(), **divergence.left_out(diverged), **entry(tables.corrections(outputs[0]))}
    return frame.Made(inputs, outputs, config, facts)


def main() -> None:
    parser = frame.parser("comparison", __doc__)
    frame.add_groups(parser)
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the tables to write")
    frame.run("comparison", parser, work)


if __name__ == "__main__":
    main()
