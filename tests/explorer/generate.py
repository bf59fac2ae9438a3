"""Realistic result tables, made in a second: digits of the `sample` dataset, and predictions with plausible errors.

Each image has a difficulty and a digit that it resembles, shared by all variants; each variant has its own noise; later
epochs are better. So models agree mostly, hard images are hard for all, and some predictions get worse with time.
"""

import io
import time
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_viz.datasets.sample import read_digits
from mnist_viz.job import records
from mnist_viz.store import tables
from mnist_viz.store.files import write_json

SIDE = 28


def generate(
    results: Path, variants: dict[str, int], images: int = 1000, seed: int = 0, dataset: str = "sample"
) -> None:
    """Write the tables of `variants` (name and number of epochs) for `images` test images under `results`."""
    random = np.random.default_rng(seed)
    truth = _write_images(results, images, random, dataset)
    difficulty = random.gamma(2.0, 1.1, images)
    resembled = (truth + random.integers(1, 10, images)) % 10
    shared = random.normal(0, 1, (images, 10)).astype(np.float32)
    for number, (name, epochs) in enumerate(variants.items()):
        own = np.random.default_rng([seed, number])
        _write_variant(results / name, name, number, epochs, truth, difficulty, resembled, shared, own, dataset)


def softmax(logits: np.ndarray) -> np.ndarray:
    """float32 [N, 10] probabilities of [N, 10] logits."""
    exponential = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponential / exponential.sum(axis=1, keepdims=True)).astype(np.float32)


def _write_images(results: Path, images: int, random: np.random.Generator, dataset: str) -> np.ndarray:
    pixels, labels = _digits()
    chosen = np.resize(random.permutation(len(labels)), images)
    truth = labels[chosen]
    pictures = [
        {"bytes": _png(pixels[image].reshape(SIDE, SIDE)), "path": f"{index:05}.png"}
        for index, image in enumerate(chosen)
    ]
    columns = {"id": np.arange(images, dtype=np.int32), "image": pictures, "truth": truth}
    tables.write(results / "images.parquet", columns, tables.IMAGES, dataset)
    facts = {"dataset": dataset, "source": "generated", "dataset_sha256": "0" * 64}
    records.write(results / "data.json", "data", time.time(), {}, [results / "images.parquet"], facts)
    return truth


_digits = cache(read_digits)


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _write_variant(
    folder: Path,
    name: str,
    number: int,
    epochs: int,
    truth: np.ndarray,
    difficulty: np.ndarray,
    resembled: np.ndarray,
    shared: np.ndarray,
    random: np.random.Generator,
    dataset: str,
) -> None:
    images = len(truth)
    every = np.arange(images)
    scores, metrics = [], []
    for epoch in range(1, epochs + 1):
        logits = 1.2 * shared + random.normal(0, 0.9, (images, 10)).astype(np.float32)
        logits[every, truth] += 9 + 1.5 * np.log(epoch) + 0.3 * (number % 4)
        logits[every, resembled] += 1.6 * difficulty
        scores.append(softmax(logits.astype(np.float32)))
        guess = scores[-1].argmax(axis=1)
        errors = int((guess != truth).sum())
        loss = float(-np.log(scores[-1][every, truth].astype(float)).mean())
        metrics.append((name, epoch, images, errors, 1 - errors / images, loss, 0.01 / epoch))
    every_score = np.concatenate(scores)
    columns = {
        "variant": [name] * len(every_score),
        "epoch": np.repeat(np.arange(1, epochs + 1), images).astype(np.int16),
        "id": np.tile(every, epochs).astype(np.int32),
        "guess": every_score.argmax(axis=1).astype(np.uint8),
        "truth": np.tile(truth, epochs),
    }
    columns |= {column: every_score[:, digit] for digit, column in enumerate(tables.SCORES)}
    tables.write(folder / "predictions.parquet", columns, tables.PREDICTIONS, dataset)
    by_column = dict(zip(tables.METRICS.names, zip(*metrics, strict=True), strict=True))
    tables.write(folder / "metrics.parquet", by_column, tables.METRICS, dataset)

    rate = 0.001 * (number + 1)
    step = np.arange(1, 125 * epochs + 1, dtype=np.int32)
    history = {
        "step": step,
        "epoch": ((step - 1) // 125 + 1).astype(np.int16),
        "loss": (2.3 * np.exp(-step / 60) + 0.05 + random.gamma(1, 0.02, len(step))).astype(np.float32),
        "learning_rate": np.full(len(step), rate, np.float32),
    }
    tables.write(folder / "history.parquet", history, tables.HISTORY, dataset)
    write_json(
        folder / "config.json",
        {"variant": name, "dataset": dataset, "epochs": epochs, "batch_size": 32, "learning_rate": rate, "seed": 0},
    )
    facts = {
        "variant": name,
        "dataset": dataset,
        "torch": "2.14.1",
        "device": "cpu",
        "device_name": "generated",
        "cpu_flags": "none",
        "precision": "float32",
        "threads": 1,
        "parameters": 83_466,
        "seconds": {str(epoch): 9.5 for epoch in range(1, epochs + 1)},
        "checkpoints": {f"epoch_{epoch:03}.safetensors": f"{epoch:064x}" for epoch in range(1, epochs + 1)},
    }
    trained, predicted = (
        [folder / file for file in files]
        for files in (["config.json", "history.parquet"], ["predictions.parquet", "metrics.parquet"])
    )
    records.write(folder / "train.json", "train", time.time(), {}, trained, facts)
    records.write(folder / "predict.json", "predict", time.time(), {}, predicted, {"variant": name, "dataset": dataset})
