"""Build the explorer: `python -m mnist_viz.explorer --help`."""

import argparse
from pathlib import Path

from mnist_viz import log
from mnist_viz.explorer import build


def main() -> None:
    """Parse the command line and build the page."""
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.explorer", description="Build the prediction explorer.")
    parser.add_argument("--results", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--variants", nargs="+", required=True, help="the variants to show, in this order")
    parser.add_argument("--output", type=Path, required=True, help="the HTML file to write")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    log.start(arguments.log)
    build(arguments.results, arguments.variants, arguments.output)


main()
