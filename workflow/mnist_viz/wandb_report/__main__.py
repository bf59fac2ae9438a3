"""The command: `python -m mnist_viz.wandb_report`."""

import argparse
from pathlib import Path
from typing import Any

import mnist_viz.wandb_report as stage
from mnist_viz.job import frame, records
from mnist_viz.job.log import logger
from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.store.corrections import entry, recorded
from mnist_viz.store.files import sha256
from mnist_viz.upload import client, settings
from mnist_viz.upload.session import add_arguments, session
from mnist_viz.wandb_report import answers
from mnist_viz.wandb_report.run import Comparison
from mnist_viz.wandb_report.show import Images, questions, show
from mnist_viz.wandb_report.variants import is_uploaded, uploaded

NAME = "of the report"


def why_not(section: dict[str, Any], receipts: list[Path]) -> str:
    """Why there is nothing to report; empty if there is."""
    if section["mode"] != "online":
        return f"mode {section['mode']}"
    if not section["report"]:
        return "report: false"
    return "" if any(map(is_uploaded, receipts)) else "every variant diverged"


def work(arguments: argparse.Namespace) -> frame.Made:
    """Make the run and the report, unless they are switched off, and say where they are."""
    section = settings.section(arguments.wandb)
    groups = dict(arguments.groups)
    config = {"groups": groups, "reference": arguments.reference, "wandb": section}
    results = arguments.results.absolute()
    dataset = records.read(results / "data.json")["dataset"]
    corrections = recorded(records.read(results / "data.json"))
    facts = {"mode": section["mode"], "dataset": dataset, "project": section["project"], **entry(corrections)}
    receipts = [results / name / "wandb.json" for members in groups.values() for name in members]
    if why := why_not(section, receipts):
        logger.info("no report: %s", why)
        return frame.Made({}, [], config, {**facts, "report": None})
    folder, images = results / "comparison", results / "images.parquet"
    inputs = records.check(results / "comparison.json", [folder / f"{name}.parquet" for name in KINDS])
    inputs |= records.check(results / "data.json", [images])
    digests = {path.name: digest for path, digest in inputs.items()}
    inputs |= {path: sha256(path) for path in receipts}
    arguments.record = arguments.record.absolute()  # the client works in another folder
    shown = {name: answers.worst(folder, name) for name in KINDS}
    truth = tables.read(images, tables.images, ["truth"])["truth"]
    counted = Images(len(truth), len(truth) - truth.null_count)
    asked = questions(folder, shown, counted, arguments.reference)
    drawn = [question.chart for question in asked if question.chart is not None]
    runs = uploaded([path for path in receipts if is_uploaded(path)])
    diverged = [path.parent.name for path in receipts if not is_uploaded(path)]
    comparison = Comparison(dataset, results, runs, [*shown.values()], drawn, digests, corrections)
    destination = client.destination(section, patience=arguments.patience)
    with session(results / "wandb", NAME, destination, section.get("attempt", 1)):
        told = show(comparison, asked, diverged, destination)
    logger.info("report  %s", told["report"]["url"])
    return frame.Made(inputs, [], config, {**facts, **told})


def main() -> None:
    parser = frame.parser("wandb_report", stage.__doc__)
    frame.add_groups(parser)
    add_arguments(parser)
    frame.run("wandb_report", parser, work)
    client.exit_as_usual()


if __name__ == "__main__":
    main()
