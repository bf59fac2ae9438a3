"""Write the explorer's three answers as tables: disagreements, errors over time, errors by guess."""

import argparse
from pathlib import Path

from mnist_viz.comparison.build import NAMES, Counts, build
from mnist_viz.job import frame, records
from mnist_viz.job.log import logger


def said(counts: Counts) -> str:
    """What the tables hold, in words; what is empty, and why."""
    parts = [
        f"{_counted(counts.disagreements, 'disagreement')} of {_counted(counts.pairs, 'pair')}",
        _counted(counts.epochs, "epoch"),
        f"{_counted(counts.confusions, 'kind')} of errors",
    ]
    if not counts.pairs:
        parts[0] = "no disagreements, as there is one variant with one epoch"
    return ", ".join(parts)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the tables."""
    results, groups, folder = arguments.results, dict(arguments.groups), arguments.folder
    inputs: dict[Path, str] = {}
    for variant in (name for members in groups.values() for name in members):
        inputs |= records.check(results / variant / "predict.json", [results / variant / "predictions.parquet"])
    counts = build(results, groups, arguments.reference, folder)
    logger.info("%s: %s", folder, said(counts))
    outputs = [folder / f"{name}.parquet" for name in NAMES]
    config = {"groups": groups, "reference": arguments.reference}
    return frame.Made(inputs, outputs, config, {"rows": counts._asdict()})


def main() -> None:
    parser = frame.parser("comparison", __doc__)
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument(
        "--groups",
        type=frame.group,
        nargs="+",
        required=True,
        help="each a variant, or name=variant,variant: replicates",
    )
    parser.add_argument("--reference", required=True, help="the group that the others are compared with")
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the tables to write")
    frame.run("comparison", parser, work)


if __name__ == "__main__":
    main()
