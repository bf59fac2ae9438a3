"""Turn a dataset into what every later stage reads: two safetensors files, and Parquet tables of the test images and of
the classes."""

import argparse
from pathlib import Path
from typing import Any

from mnist_viz import datasets
from mnist_viz.datasets import marks
from mnist_viz.datasets.corrections import correct
from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.decoding import processes_at_most
from mnist_viz.datasets.own.read import read
from mnist_viz.datasets.prepare import Facts, Places, prepare, write
from mnist_viz.job import frame
from mnist_viz.job.log import logger
from mnist_viz.store.corrections import ENTRY
from mnist_viz.store.files import sha256


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the two splits and the tables."""
    name = arguments.dataset
    places = Places(arguments.train, arguments.test, arguments.images, arguments.classes)
    chosen = {"dataset": datasets.module(name)}
    said = None
    if arguments.corrections:
        said = marks.read(arguments.corrections.expanduser())
        chosen["corrections"] = said.sha256
    if arguments.own:
        source = Source.from_json(arguments.own)
        folder = arguments.train.parent
        found = read(source, folder, processes_at_most(arguments.processes))
        for note in found.notes:
            logger.warning("%s: %s", name, note)
        facts = write(name, found.about, (found.train, found.test), found.classes, places)
        found.clear(folder)
        logger.info("%s", facts.source)
        config = {**source.config(), "files": found.contents}
        return frame.Made({}, [*places], config, complete(facts, places, said), chosen)
    facts = prepare(name, datasets.find(name), arguments.raw, places)
    logger.info("%s: %s", name, facts.source)
    inputs = {path: sha256(path) for path in arguments.raw}
    return frame.Made(inputs, [*places], datasets.identity(name), complete(facts, places, said), chosen)


def complete(facts: Facts, places: Places, said: marks.Marks | None) -> dict[str, Any]:
    """What the record says of the dataset, once its test set is corrected as marks say."""
    if said is None:
        return facts._asdict()
    digest, corrections = correct(said, places.test, places.images)
    logger.info("%s: %s", facts.dataset, corrections)
    known = {**corrections._asdict(), "file": str(said.path), "given_dataset_sha256": facts.dataset_sha256}
    return {**facts._asdict(), "dataset_sha256": digest, ENTRY: known}


def main() -> None:
    parser = frame.parser("data", __doc__)
    parser.add_argument("--dataset", required=True, help="the dataset's name")
    parser.add_argument("--own", default="", help="if it is one of your own, the section dataset: as JSON")
    parser.add_argument("--processes", type=int, default=1, help="how many decode pictures side by side, at most")
    parser.add_argument(
        "--corrections", type=Path, help="marks of test images, by which their labels are corrected (CSV)"
    )
    parser.add_argument("--raw", type=Path, nargs="*", default=[], help="the downloaded files, where there are any")
    parser.add_argument("--train", type=Path, required=True, help="training split to write (safetensors)")
    parser.add_argument("--test", type=Path, required=True, help="test split to write (safetensors)")
    parser.add_argument("--images", type=Path, required=True, help="table of test images to write (Parquet)")
    parser.add_argument("--classes", type=Path, required=True, help="table of classes to write (Parquet)")
    frame.run("data", parser, work)


if __name__ == "__main__":
    main()
