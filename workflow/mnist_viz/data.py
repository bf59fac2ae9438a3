"""Turn a dataset into what every later stage reads: two safetensors files and a Parquet table of the test images."""

import argparse
import time
from pathlib import Path

from mnist_viz import datasets
from mnist_viz.datasets.prepare import prepare
from mnist_viz.job import log, records
from mnist_viz.store.files import sha256


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.data", description=__doc__)
    parser.add_argument("--dataset", choices=datasets.NAMES, required=True)
    parser.add_argument("--raw", type=Path, nargs="*", default=[], help="the downloaded files, where there are any")
    parser.add_argument("--train", type=Path, required=True, help="training split to write (safetensors)")
    parser.add_argument("--test", type=Path, required=True, help="test split to write (safetensors)")
    parser.add_argument("--images", type=Path, required=True, help="table of test images to write (Parquet)")
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    facts = prepare(arguments.dataset, arguments.raw, arguments.train, arguments.test, arguments.images)
    log.logger.info("%s: %s", arguments.dataset, facts["source"])
    inputs = {path: sha256(path) for path in arguments.raw}
    outputs = [arguments.train, arguments.test, arguments.images]
    records.write(arguments.record, "data", began, inputs, outputs, facts)


if __name__ == "__main__":
    main()
