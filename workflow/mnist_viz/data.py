"""Turn a dataset into what every later stage reads: two safetensors files, and Parquet tables of the test images and of
the classes."""

import argparse
from pathlib import Path

from mnist_viz import datasets
from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.decoding import processes_at_most
from mnist_viz.datasets.own.read import read
from mnist_viz.datasets.prepare import Places, prepare, write
from mnist_viz.job import frame
from mnist_viz.job.log import logger
from mnist_viz.store.files import sha256


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the two splits and the tables."""
    name = arguments.dataset
    places = Places(arguments.train, arguments.test, arguments.images, arguments.classes)
    chosen = {"dataset": datasets.module(name)}
    if arguments.own:
        source = Source.from_json(arguments.own)
        folder = arguments.train.parent
        found = read(source, folder, processes_at_most(arguments.processes))
        for note in found.notes:
            logger.warning("%s: %s", name, note)
        facts = write(name, found.about, (found.train, found.test), found.classes, places)
        found.clear(folder)
        logger.info("%s", facts.source)
        return frame.Made({}, [*places], {**source.config(), "files": found.contents}, facts._asdict(), chosen)
    facts = prepare(name, datasets.find(name), arguments.raw, places)
    logger.info("%s: %s", name, facts.source)
    inputs = {path: sha256(path) for path in arguments.raw}
    return frame.Made(inputs, [*places], datasets.identity(name), facts._asdict(), chosen)


def main() -> None:
    parser = frame.parser("data", __doc__)
    parser.add_argument("--dataset", required=True, help="the dataset's name")
    parser.add_argument("--own", default="", help="if it is one of your own, the section dataset: as JSON")
    parser.add_argument("--processes", type=int, default=1, help="how many decode pictures side by side, at most")
    parser.add_argument("--raw", type=Path, nargs="*", default=[], help="the downloaded files, where there are any")
    parser.add_argument("--train", type=Path, required=True, help="training split to write (safetensors)")
    parser.add_argument("--test", type=Path, required=True, help="test split to write (safetensors)")
    parser.add_argument("--images", type=Path, required=True, help="table of test images to write (Parquet)")
    parser.add_argument("--classes", type=Path, required=True, help="table of classes to write (Parquet)")
    frame.run("data", parser, work)


if __name__ == "__main__":
    main()
