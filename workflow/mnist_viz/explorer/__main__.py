"""Build the explorer: `python -m mnist_viz.explorer --help`."""

import argparse
import time
from pathlib import Path

from mnist_viz.explorer import build
from mnist_viz.job import log, records


def main() -> None:
    """Parse the command line and build the page."""
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.explorer", description="Build the prediction explorer.")
    parser.add_argument("--results", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--variants", nargs="+", required=True, help="the variants to show, in this order")
    parser.add_argument(
        "--output", type=Path, required=True, help="the HTML file to write; beside it curves.svg and metrics.html"
    )
    parser.add_argument("--log", type=Path, help="the log file")
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    inputs = checked_inputs(arguments.results, arguments.variants)
    build(arguments.results, arguments.variants, arguments.output)
    facts = {"dataset": records.read(arguments.results / "data.json")["dataset"]}
    outputs = [arguments.output, *(arguments.output.with_name(name) for name in ("curves.svg", "metrics.html"))]
    records.write(arguments.record, "explorer", began, inputs, outputs, facts)


def checked_inputs(results: Path, variants: list[str]) -> dict[Path, str]:
    """The files of `variants` that the page is made from, with their SHA-256. ValueError names one that is damaged."""
    inputs = records.check(results / "data.json", [results / "images.parquet"])
    for name in variants:
        folder = results / name
        inputs |= records.check(folder / "train.json", [folder / "config.json", folder / "history.parquet"])
        inputs |= records.check(folder / "predict.json", [folder / "predictions.parquet", folder / "metrics.parquet"])
    return inputs


main()
