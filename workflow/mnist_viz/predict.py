"""Run a variant's checkpoints on the test images: the prediction table and the metrics of every epoch."""

import argparse
import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mnist_viz.job import log, records
from mnist_viz.job.log import logger
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json
from mnist_viz.training import hardware, model, split

# A CPU gains nothing by more than 50. With 500, the C library hands the buffers back to the system after each batch,
# and it takes as long to get them again as to compute.
BATCH_SIZE = {"cpu": 50, "cuda": 2500}
BINS = 15  # of the confidence, for the calibration error


def predict(network: torch.nn.Module, images: torch.Tensor) -> np.ndarray:
    """Softmax scores float32 [N, 10] of images uint8 [N, 1, 28, 28], in evaluation mode and float32.

    In evaluation mode a batch norm is a fixed scaling, which goes into the weights of the convolution before it.
    """
    fused = copy.deepcopy(network).eval()
    fused.conv1, fused.norm1 = fuse_conv_bn_eval(fused.conv1, fused.norm1), nn.Identity()
    fused.conv2, fused.norm2 = fuse_conv_bn_eval(fused.conv2, fused.norm2), nn.Identity()
    fused.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        logits = [fused(batch.to(torch.float32).div_(255)) for batch in images.split(BATCH_SIZE[images.device.type])]
        return torch.cat(logits).softmax(dim=1).cpu().numpy()


def evaluate(scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The columns of the metrics table for one epoch, from scores [N, 10] and labels [N]."""
    correct = scores.argmax(axis=1) == truth
    likelihood = np.maximum(scores[np.arange(len(truth)), truth].astype(np.float64), np.finfo(np.float32).tiny)
    return {
        "images": len(truth),
        "errors": int((~correct).sum()),
        "accuracy": float(correct.mean()),
        "loss": float(-np.log(likelihood).mean()),
        "calibration_error": calibration_error(scores.max(axis=1).astype(np.float64), correct),
    }


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Expected calibration error of confidences [N] in [0, 1] over 15 equal bins (Guo et al., 2017, equation 3)."""
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=correct, minlength=BINS) - np.bincount(bins, weights=confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def run(
    config: dict[str, Any],
    checkpoints: list[Path],
    test: Path,
    predictions: Path,
    metrics: Path,
    device: str,
    gpu_percent: int = 100,
) -> dict[str, str]:
    """Predict all epochs of a variant and write both tables.

    `config` is the variant's complete configuration, `checkpoints` the weights in the order of the epochs,
    `gpu_percent` the share of the GPU's memory that may be taken. Returns what the scores depend on (torch, CPU or GPU,
    threads, precision) and the dataset's digest. Raises ValueError naming a file that is damaged, or of another
    dataset, variant or epoch, or whose tensors have not the names, shapes and types that the configuration says.
    """
    loaded = [tensors.read(path) for path in checkpoints]
    images, truth, metadata = split.read(test)
    hardware.make_deterministic(config["threads"])
    chosen = hardware.choose_device(device)
    hardware.limit_gpu_memory(gpu_percent, chosen)
    network = model.Network(config["l1_size"], config["l2_size"], config["conv_kernel"]).to(chosen)
    pixels = torch.from_numpy(images).unsqueeze(1).to(chosen)

    variant, count = config["variant"], len(truth)
    scores, measured = [], []
    for epoch, (path, (weights, own)) in enumerate(zip(checkpoints, loaded, strict=True), start=1):
        if own["dataset_sha256"] != metadata["dataset_sha256"]:
            raise ValueError(f"{test} is of another dataset than {path}")
        if (own["variant"], own["epoch"]) != (variant, str(epoch)):
            raise ValueError(f"{path} is of {own['variant']}, epoch {own['epoch']}, not of {variant}, epoch {epoch}")
        model.load(network, weights, str(path))
        scores.append(predict(network, pixels))
        measured.append({"variant": variant, "epoch": epoch, **evaluate(scores[-1], truth)})
        logger.info(
            "predict %s  epoch %d/%d  %d errors of %s, accuracy %.2f %%",
            *(variant, epoch, len(loaded), measured[-1]["errors"], f"{count:,}", 100 * measured[-1]["accuracy"]),
        )
    rows = np.concatenate(scores)
    columns = {
        "variant": tables.repeat(variant, len(rows)),
        "epoch": np.repeat(np.arange(1, len(loaded) + 1), count),
        "id": np.tile(np.arange(count), len(loaded)),
        "guess": rows.argmax(axis=1).astype(np.uint8),
        "truth": np.tile(truth, len(loaded)),
        **{name: rows[:, digit] for digit, name in enumerate(tables.SCORES)},
    }
    tables.write(predictions, columns, tables.PREDICTIONS, metadata["dataset"])
    tables.write(
        metrics, {key: [row[key] for row in measured] for key in measured[0]}, tables.METRICS, metadata["dataset"]
    )
    environment = hardware.describe(chosen, torch.float32, config["threads"])
    return {**environment, "dataset": metadata["dataset"], "dataset_sha256": metadata["dataset_sha256"]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.predict", description=__doc__)
    parser.add_argument("--record", type=Path, required=True, help="the training's record, train.json")
    parser.add_argument("--config", type=Path, required=True, help="the variant's configuration, config.json")
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--test", type=Path, required=True, help="test split (safetensors)")
    parser.add_argument("--data-record", type=Path, required=True, help="the record of the data, data.json")
    parser.add_argument("--predictions", type=Path, required=True, help="prediction table to write (Parquet)")
    parser.add_argument("--metrics", type=Path, required=True, help="metrics table to write (Parquet)")
    parser.add_argument("--output-record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    parser.add_argument("--gpu-percent", type=int, default=100, help="the share of the GPU's memory to take at most")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    checkpoints = [arguments.checkpoints / name for name in sorted(records.read(arguments.record)["checkpoints"])]
    inputs = records.check(arguments.record, [arguments.config, *checkpoints])
    inputs |= records.check(arguments.data_record, [arguments.test])
    config, outputs = read_json(arguments.config), (arguments.predictions, arguments.metrics)
    with hardware.gpu_memory_explained(f"predict {config['variant']}", arguments.gpu_percent):
        facts = run(config, checkpoints, arguments.test, *outputs, arguments.device, arguments.gpu_percent)
    records.write(arguments.output_record, "predict", began, inputs, outputs, {"variant": config["variant"], **facts})


if __name__ == "__main__":
    main()
