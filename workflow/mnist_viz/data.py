"""Turn a dataset into what every later stage reads: two safetensors files and a Parquet table of the test images."""

import argparse
from pathlib import Path

from mnist_viz import datasets
from mnist_viz.datasets.prepare import prepare
from mnist_viz.job import frame
from mnist_viz.job.log import logger
from mnist_viz.store.files import sha256


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the two splits and the table of the test images."""
    name, splits = arguments.dataset, (arguments.train, arguments.test)
    facts = prepare(name, datasets.find(name), arguments.raw, splits, arguments.images)
    logger.info("%s: %s", name, facts["source"])
    inputs = {path: sha256(path) for path in arguments.raw}
    return frame.Made(inputs, [*splits, arguments.images], datasets.identity(name), facts, {"dataset": name})


def main() -> None:
    parser = frame.parser("data", __doc__)
    parser.add_argument("--dataset", choices=datasets.NAMES, required=True)
    parser.add_argument("--raw", type=Path, nargs="*", default=[], help="the downloaded files, where there are any")
    parser.add_argument("--train", type=Path, required=True, help="training split to write (safetensors)")
    parser.add_argument("--test", type=Path, required=True, help="test split to write (safetensors)")
    parser.add_argument("--images", type=Path, required=True, help="table of test images to write (Parquet)")
    frame.run("data", parser, work)


if __name__ == "__main__":
    main()
