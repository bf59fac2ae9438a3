"""Run a variant's checkpoints on the test images: the prediction table and the metrics of every epoch.

The tables end before the first epoch whose scores are not finite, and have no row where the variant has no epoch.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

from mnist_viz.job import environment

if __name__ == "__main__":
    environment.without_dropped()  # before torch is imported

import numpy as np
import pyarrow as pa

from mnist_viz.config import Hyperparameters
from mnist_viz.datasets.corrections import given
from mnist_viz.job import cores, divergence, frame, records, slots
from mnist_viz.job.divergence import Divergence
from mnist_viz.job.log import logger
from mnist_viz.job.model_code import digest
from mnist_viz.store import corrections, tables, tensors
from mnist_viz.store.files import read_json, sha256
from mnist_viz.training import hardware, memory, models, split, weights
from mnist_viz.training.evaluate import measure, predict
from mnist_viz.training.instructions import instructions
from mnist_viz.training.loader import channels_first, fits


def check_origin(path: Path, metadata: dict[str, str], variant: str, epoch: int) -> None:
    """Raise ValueError if the checkpoint is not of that variant and epoch."""
    if (metadata["variant"], metadata["epoch"]) != (variant, str(epoch)):
        raise ValueError(
            f"{path} is of {metadata['variant']}, epoch {metadata['epoch']}, not of {variant}, epoch {epoch}"
        )


def columns(variant: str, scores: list[np.ndarray], truth: np.ndarray, classes: int) -> dict[str, object]:
    """The columns of the prediction table: `scores` float32 [N, K] of every epoch, `truth` [N] or where it is not known
    MISSING; `classes` is K."""
    rows = np.concatenate([np.zeros((0, classes), np.float32), *scores])
    return {
        "variant": tables.repeat(variant, len(rows)),
        "epoch": np.repeat(np.arange(1, len(scores) + 1), len(truth)),
        "id": np.tile(np.arange(len(truth)), len(scores)),
        "guess": rows.argmax(axis=1).astype(tables.class_type(classes)),
        "truth": tables.labels(np.tile(truth, len(scores)), classes),
        **{name: rows[:, number] for number, name in enumerate(tables.scores(classes))},
        **(highest(rows, np.tile(truth, len(scores))) if classes > tables.MOST_SCORES else {}),
    }


def highest(scores: np.ndarray, truth: np.ndarray) -> dict[str, pa.Array]:
    """What the prediction table has of many classes instead of all scores [N, K]; `truth` as in `columns`."""
    top = np.argsort(-scores, axis=1, kind="stable")[:, : tables.TOP]
    starts = np.arange(0, top.size + 1, tables.TOP, dtype=np.int32)
    missing = truth == tables.MISSING
    logarithm = np.log(np.maximum(scores, np.finfo(np.float32).tiny))
    found = {
        "top_class": top.astype(tables.class_type(scores.shape[1])).ravel(),
        "top_score": np.take_along_axis(scores, top, axis=1).ravel(),
    }
    kinds = {name: tables.predictions(scores.shape[1]).field(name).type for name in found}
    return {
        **{name: pa.ListArray.from_arrays(starts, pa.array(each), type=kinds[name]) for name, each in found.items()},
        "true_score": pa.array(scores[np.arange(len(scores)), truth], mask=missing),
        "entropy": pa.array(-(scores * logarithm).sum(axis=1)),
    }


def check_model(settings: Hyperparameters, model: str, arguments: dict[str, Any], path: Path) -> None:
    """Raise ValueError if not the model that is asked for was trained, by its configuration `path`.

    That may come from anybody, and names code of the user's own to run.
    """
    if (settings.model, settings.model_args) != (model, arguments):
        raise ValueError(
            f"{path} is of the model {settings.model} with the arguments {settings.model_args}, not of {model} with "
            f"{arguments}. Train it anew, or predict with --model and --model-args as it was trained"
        )


def check_code(path: Path, metadata: dict[str, str], model: str) -> None:
    """Raise ValueError if the code of a model of the user's own has changed since it was trained."""
    if metadata.get("model_code") != digest(model):
        raise ValueError(f"{path} was trained with other code than that of {model} now. Train it anew: snakemake train")


class Test(NamedTuple):
    """The test split: its file, images uint8 [N, H, W] or [N, H, W, 3], classes int32 [N] (where not known MISSING) and
    metadata."""

    path: Path
    images: np.ndarray
    truth: np.ndarray
    about: dict[str, str]
    given: np.ndarray
    """The classes before corrections; without these the same."""

    @property
    def corrections(self) -> corrections.Corrections | None:
        """What became of the given labels; None if nothing did."""
        return corrections.said(self.about)

    @classmethod
    def read(cls, path: Path) -> "Test":
        """The split of a file. Raises ValueError naming it if it is damaged, or no image has a label."""
        images, labels, about = split.read(path)
        truth, before = (
            np.where(each == split.no_label(each), tables.MISSING, each.astype(np.int32))
            for each in (labels, given(labels, about))
        )
        if not (truth != tables.MISSING).any():
            raise ValueError(f"{path}: no test image has a label, so there is nothing to compare predictions with")
        return cls(path, images, truth, about, before)


def check_dataset(path: Path, metadata: dict[str, str], test: Test) -> None:
    """ValueError if the weights in `path` are of another dataset than the test images, corrected or not."""
    if metadata["dataset_sha256"] != test.about.get("given_dataset_sha256", test.about["dataset_sha256"]):
        raise ValueError(f"{test.path} is of another dataset than {path}")


def run(
    variant: str, settings: Hyperparameters, checkpoints: list[Path], test: Test, machine: hardware.Machine
) -> tuple[list[np.ndarray], list[dict[str, Any]]]:
    """The scores float32 [N, K] and the metrics of every epoch before the first whose scores are not finite.

    `checkpoints` are the weights in the order of the epochs. Raises ValueError naming a file that is damaged, or of
    another dataset, variant or epoch, or whose tensors have not the names, shapes and types that `settings` say.
    """
    loaded = [tensors.read(path) for path in checkpoints]
    for path, (_, metadata) in zip(checkpoints, loaded, strict=True):
        check_code(path, metadata, settings.model)
    network = models.build(settings, split.shape(test.images), len(split.classes(test.about))).to(machine.device)
    pixels = channels_first(test.images)
    pixels = pixels.to(machine.device) if fits(test.images, machine.device) else pixels
    known = test.truth != tables.MISSING
    scores: list[np.ndarray] = []
    measured: list[dict[str, Any]] = []
    for epoch, (path, (arrays, metadata)) in enumerate(zip(checkpoints, loaded, strict=True), start=1):
        check_dataset(path, metadata, test)
        check_origin(path, metadata, variant, epoch)
        weights.load(network, arrays, str(path))
        memory.seed(settings.seed)
        found = predict(network, pixels, machine.device)
        if not np.isfinite(found).all():
            break
        scores.append(found)
        measured.append({"variant": variant, "epoch": epoch, **measure(found[known], test.truth[known])})
        logger.info(
            "predict %s  epoch %d/%d  %d errors of %s, accuracy %.2f %%",
            *(variant, epoch, len(loaded), measured[-1]["errors"], f"{known.sum():,}"),
            100 * measured[-1]["accuracy"],
        )
    return scores, measured


def diverged(trained: records.Record, checkpoints: int, evaluated: int, of: int) -> Divergence | None:
    """What is to be said of a variant with so many `checkpoints` of `of` epochs, of which so many could be `evaluated`.

    `trained` is the training's record. None if all went well.
    """
    own = [f"the scores after epoch {evaluated + 1} are not finite"] if evaluated < checkpoints else []
    before = divergence.of(trained)
    reasons = own if before is None else [before.reason, *own]
    return Divergence("; ".join(reasons), evaluated, of) if reasons else None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add those of a command that has a variant's network look at the test images."""
    parser.add_argument("--train-record", type=Path, required=True, help="the training's record, train.json")
    parser.add_argument("--config", type=Path, required=True, help="the variant's configuration, config.json")
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--test", type=Path, required=True, help="test split (safetensors)")
    parser.add_argument("--data-record", type=Path, required=True, help="the record of the data, data.json")
    parser.add_argument("--model", default="network", help="the model that was trained, as the configuration names it")
    parser.add_argument("--model-args", type=json.loads, default={}, help="its own arguments, as JSON")


def variant_of(arguments: argparse.Namespace) -> tuple[str, Hyperparameters]:
    """The name and the hyperparameters of the trained variant. ValueError if its model is not the one asked for."""
    config = read_json(arguments.config)
    settings = Hyperparameters.model_validate({k: v for k, v in config.items() if k not in ("variant", "dataset")})
    check_model(settings, arguments.model, arguments.model_args, arguments.config)
    return config["variant"], settings


def work(arguments: argparse.Namespace) -> frame.Made:
    """Predict all epochs of a variant and write both tables."""
    trained = records.read(arguments.train_record)
    names = sorted(trained["checkpoints"])
    checkpoints = [arguments.checkpoints / name for name in names]
    inputs = records.check(arguments.train_record, [arguments.config, *checkpoints])
    inputs |= records.check(arguments.data_record, [arguments.test])
    if divergence.of(trained):
        inputs[arguments.train_record] = sha256(arguments.train_record)
    variant, settings = variant_of(arguments)
    test = Test.read(arguments.test)
    gpu = slots.find_gpu(f"predict {variant}", arguments.device, arguments.gpu_mps)
    with hardware.explain_out_of_memory(f"predict {variant}", arguments.gpu_percent):
        machine = hardware.prepare(settings, arguments.device, "float32", arguments.gpu_percent)
        if machine.device.type == "cpu":
            cores.warn_of_too_many(settings.threads, f"predict {variant}")
        scores, measured = run(variant, settings, checkpoints, test, machine)
    dataset, classes = test.about["dataset"], split.classes(test.about)
    predictions = columns(variant, scores, test.truth, len(classes))
    if test.corrections:
        predictions[corrections.GIVEN] = tables.labels(np.tile(test.given, len(scores)), len(classes))
    kind = corrections.corrected(tables.predictions, test.corrections, given=True)
    tables.write(arguments.predictions, predictions, kind, dataset, classes)
    metrics = {name: [row[name] for row in measured] for name in tables.METRICS.names}
    kind = corrections.corrected(tables.METRICS, test.corrections)
    tables.write(arguments.metrics, metrics, kind, dataset, classes)
    facts: dict[str, Any] = {"variant": variant, **machine.environment, **instructions(machine.device)}
    facts["variables"] = environment.recorded()
    facts |= {"gpu": gpu} if gpu else {}
    facts |= {name: test.about[name] for name in ("dataset", "dataset_sha256")} | {"classes": classes}
    facts |= corrections.entry(test.corrections)
    if told := diverged(trained, len(checkpoints), len(scores), settings.epochs):
        logger.warning("predict %s: diverged, with %s", variant, told)
        facts |= divergence.entry(told)
    return frame.Made(inputs, [arguments.predictions, arguments.metrics], {}, facts, {"model": settings.model})


def main() -> None:
    parser = frame.parser("predict", __doc__)
    add_arguments(parser)
    parser.add_argument("--predictions", type=Path, required=True, help="prediction table to write (Parquet)")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics table to write (Parquet)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    parser.add_argument("--gpu-percent", type=int, default=100, help="the share of the GPU's memory to take at most")
    parser.add_argument("--gpu-mps", type=int, default=0, help="1: compute through CUDA's MPS, where it is to be had")
    frame.run("predict", parser, work)


if __name__ == "__main__":
    main()
