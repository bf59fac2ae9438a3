"""Build the prediction explorer."""

import argparse
from pathlib import Path

from mnist_viz.explorer import build
from mnist_viz.job import divergence, frame, records
from mnist_viz.store.corrections import entry, recorded
from mnist_viz.store.files import sha256


def checked_inputs(results: Path, variants: list[str], maps: list[str]) -> dict[Path, str]:
    """The files that the page of `variants`, and of the `maps` of some, is made from, with their SHA-256. ValueError
    names one that is damaged."""
    inputs = records.check(results / "data.json", [results / "images.parquet"])
    for name in variants:
        folder = results / name
        inputs |= records.check(folder / "train.json", [folder / "config.json", folder / "history.parquet"])
        inputs |= records.check(folder / "predict.json", [folder / "predictions.parquet", folder / "metrics.parquet"])
    for name in maps:
        inputs |= records.check(results / name / "map.json", [results / name / "map.parquet"])
    diverged = [results / name / "predict.json" for name in divergence.among(results, variants)]
    return inputs | {path: sha256(path) for path in diverged}


def work(arguments: argparse.Namespace) -> frame.Made:
    """Build the page and what the report shows beside it."""
    results, variants, output = arguments.results, arguments.variants, arguments.output
    inputs = checked_inputs(results, variants, arguments.maps)
    build(results, variants, output, test=arguments.test, maps=arguments.maps)
    outputs = [output, *(output.with_name(name) for name in ("curves.svg", "metrics.html"))]
    data = records.read(results / "data.json")
    facts = {"dataset": data["dataset"], **entry(recorded(data))}
    config = {"variants": variants} | ({"maps": arguments.maps} if arguments.maps else {})
    return frame.Made(inputs, outputs, config, facts)


def main() -> None:
    parser = frame.parser("explorer", __doc__)
    parser.add_argument("--results", type=Path, required=True, help="the folder of the tables")
    parser.add_argument(
        "--test", type=Path, help="the test split, whose digest marks of its images carry (safetensors)"
    )
    parser.add_argument("--variants", nargs="+", required=True, help="the variants to show, in this order")
    parser.add_argument("--maps", nargs="+", default=[], help="the variants whose maps to show")
    parser.add_argument(
        "--output", type=Path, required=True, help="the HTML file to write; beside it curves.svg and metrics.html"
    )
    frame.run("explorer", parser, work)


if __name__ == "__main__":
    main()
