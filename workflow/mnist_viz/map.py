"""Map the test images by what a variant's network sees of them: points on a plane, and ten neighbours of each image.

The features are those of the last epoch with predictions. They are computed on the CPU, and not kept.
"""

import argparse
from pathlib import Path

from mnist_viz.job import environment

if __name__ == "__main__":
    environment.without_dropped()  # before torch is imported

import numpy as np

from mnist_viz.config import Hyperparameters
from mnist_viz.job import frame, records
from mnist_viz.job.log import logger
from mnist_viz.mapping.features import features
from mnist_viz.mapping.layout import THREADS
from mnist_viz.mapping.table import columns
from mnist_viz.predict import Test, add_arguments, check_code, check_dataset, check_origin, variant_of
from mnist_viz.store import corrections, tables, tensors
from mnist_viz.store.maps import MAP
from mnist_viz.training import hardware, memory, models, split, weights
from mnist_viz.training.loader import channels_first


def seen(settings: Hyperparameters, path: Path, variant: str, epoch: int, test: Test) -> tuple[np.ndarray, str]:
    """The features float32 [N, D] that the weights in `path` see in the test images, and the layer that is given them.

    Raises ValueError naming a file that is damaged, or of another dataset, variant, epoch or model's code.
    """
    arrays, metadata = tensors.read(path)
    check_code(path, metadata, settings.model)
    check_origin(path, metadata, variant, epoch)
    check_dataset(path, metadata, test)
    network = models.build(settings, split.shape(test.images), len(split.classes(test.about)))
    weights.load(network, arrays, str(path))
    memory.seed(settings.seed)
    found, layer = features(network, channels_first(test.images))
    if not np.isfinite(found).all():
        raise ValueError(f"{path}: what its layer {layer} is given of the test images is not finite")
    return found, layer


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the map of a variant; of one without predictions it has no rows."""
    inputs = records.check(arguments.train_record, [arguments.config])
    inputs |= records.check(arguments.data_record, [arguments.test])
    inputs |= records.check(arguments.predict_record, [arguments.metrics])
    variant, settings = variant_of(arguments)
    test = Test.read(arguments.test)
    machine = hardware.prepare(settings, "cpu", "float32", 100)
    epoch = max(tables.numbers(tables.read(arguments.metrics, tables.METRICS, ["epoch"]), "epoch"), default=0)
    found, layer = np.zeros((0, 0), np.float32), ""
    if epoch:
        names = sorted(records.read(arguments.train_record)["checkpoints"])
        checkpoint = arguments.checkpoints / names[epoch - 1]
        inputs |= records.check(arguments.train_record, [checkpoint])
        found, layer = seen(settings, checkpoint, variant, epoch, test)
    kind = corrections.corrected(MAP, test.corrections)
    tables.write(arguments.output, columns(found), kind, test.about["dataset"], split.classes(test.about))
    logger.info("map %s: %s images by %d features, epoch %d", variant, f"{len(found):,}", found.shape[1], epoch)
    facts = {"variant": variant, "epoch": int(epoch), "layer": layer, "features": found.shape[1], **machine.environment}
    facts |= {"threads": str(THREADS), "variables": environment.recorded(), "dataset": test.about["dataset"]}
    facts |= corrections.entry(test.corrections)
    return frame.Made(inputs, [arguments.output], {}, facts, {"model": settings.model})


def main() -> None:
    parser = frame.parser("map", __doc__)
    add_arguments(parser)
    parser.add_argument("--predict-record", type=Path, required=True, help="the inference's record, predict.json")
    parser.add_argument("--metrics", type=Path, required=True, help="the variant's metrics (Parquet)")
    parser.add_argument("--output", type=Path, required=True, help="the map to write (Parquet)")
    frame.run("map", parser, work)


if __name__ == "__main__":
    main()
