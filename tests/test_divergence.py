"""A training whose numbers are no longer finite: it ends well with its whole epochs, and its record says why."""

import re
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_viz import predict, train
from mnist_viz.job import divergence, records, stop
from mnist_viz.job.divergence import Divergence
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json, sha256
from mnist_viz.training.resume import STATE, checkpoint_name
from tests import watchers
from tests.trainings import IMAGES, outputs, run

DIVERGING: dict[str, Any] = {"learning_rate": 10, "weight_decay": 1, "batch_size": 250, "epochs": 50}
"""Every step multiplies all weights by about -9."""
OF_EPOCH = IMAGES // DIVERGING["batch_size"]


@pytest.fixture(scope="session")
def diverged(split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of such a training; `said.txt` there is what it wrote. Not to be changed."""
    folder = tmp_path_factory.mktemp("diverged") / "small"
    status, said = run(split, folder, **DIVERGING)
    assert status == 0, said
    (folder / "said.txt").write_text(said)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of the variant `small`."""
    return tmp_path / "small"


def test_training_ends_well_with_its_whole_epochs_and_the_reason(diverged: Path) -> None:
    record = records.read(diverged / "train.json")
    found = divergence.of(record)
    assert found is not None and found.of == 50
    reason = re.fullmatch(r"the loss is (?:nan|-?inf) at step (\d+), in epoch (\d+)", found.reason)
    assert reason, found.reason
    step, epoch = int(reason[1]), int(reason[2])
    assert epoch == (step - 1) // OF_EPOCH + 1 == found.epochs + 1 > 1
    names = [checkpoint_name(number) for number in range(1, epoch)]
    assert [path.name for path in sorted((diverged / "checkpoints").iterdir())] == names == list(record["checkpoints"])
    for name in ("started", "seconds"):
        assert list(record[name]) == [str(number) for number in range(1, epoch)]
    history = tables.read(diverged / "history.parquet", tables.HISTORY)
    assert history["step"].to_pylist() == list(range(1, found.epochs * OF_EPOCH + 1))
    assert history["epoch"].to_pylist() == [number for number in range(1, epoch) for _ in range(OF_EPOCH)]
    assert np.isfinite(history["loss"].to_numpy()).all()
    said = (diverged / "said.txt").read_text()
    assert f"train small: diverged, with {found}" in said and "Lower the learning_rate" in said
    assert "Traceback" not in said


def test_training_that_diverges_at_once_has_no_epoch(split: Path, small: Path) -> None:
    status, said = run(split, small, **{**DIVERGING, "batch_size": 16, "epochs": 2})
    assert status == 0, said
    record = records.read(small / "train.json")
    found = divergence.of(record)
    assert found is not None and (found.epochs, found.of) == (0, 2)
    assert list((small / "checkpoints").iterdir()) == [] and record["checkpoints"] == record["seconds"] == {}
    assert len(tables.read(small / "history.parquet", tables.HISTORY)) == 0
    assert record["parameters"] > 0


def test_stopped_within_the_epoch_that_diverges_it_ends_as_if_undisturbed(
    split: Path, diverged: Path, small: Path
) -> None:
    at = read_json(diverged / "train.json")["diverged"]["epochs"] * OF_EPOCH + 1
    status, said = run(split, small, watch=partial(watchers.Terminated, at=at), **DIVERGING)
    assert status == stop.TERMINATED, said
    status, said = run(split, small, **DIVERGING)
    assert status == 0 and f"continuing after step {at}" in said
    assert outputs(small) == outputs(diverged)
    assert records.read(small / "train.json")["diverged"] == records.read(diverged / "train.json")["diverged"]


def test_trained_again_it_diverges_again_and_writes_the_same(split: Path, diverged: Path, small: Path) -> None:
    """And with other hyperparameters it starts afresh, and what is left of the epochs before is gone."""
    for _ in range(2):
        run(split, small, **DIVERGING)
        assert outputs(small) == outputs(diverged)
    status, said = run(split, small, **{**DIVERGING, "learning_rate": 0.001, "weight_decay": 0, "epochs": 1})
    assert status == 0 and "starting afresh" in said
    assert divergence.of(records.read(small / "train.json")) is None
    assert [path.name for path in (small / "checkpoints").iterdir()] == [checkpoint_name(1)]


def test_with_fewer_epochs_than_it_had_it_is_whole(split: Path, small: Path) -> None:
    run(split, small, **DIVERGING)
    whole = records.read(small / "train.json")["diverged"]["epochs"]
    status, said = run(split, small, **{**DIVERGING, "epochs": whole})
    assert status == 0 and f"continuing after step {whole * OF_EPOCH}" in said
    record = records.read(small / "train.json")
    assert "diverged" not in record and len(record["checkpoints"]) == whole
    assert tensors.read(small / "checkpoints" / checkpoint_name(1))[1]["epochs"] == str(whole)
    tensors.read(small / "resume" / STATE)


def test_one_that_another_training_has_replaced_publishes_nothing(split: Path, small: Path) -> None:
    status, said = run(split, small, watch=Replaced, **{**DIVERGING, "batch_size": 16, "epochs": 1})
    assert status == 1 and "another training of small has begun since" in said
    assert not (small / "history.parquet").exists()


class Replaced(train.Audience):
    """Another training takes the lease after the first step."""

    def step(self, losses: Any, steps: int) -> None:
        super().step(losses, steps)
        (self.folder / "resume" / "lease").write_text("another")


Predicted = tuple[records.Record, list[int], list[int]]


@pytest.fixture
def predicted(split: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Predicted]:
    """Infer in this process, with the training's images as the test images: the record, and both tables' epochs."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # which a command sets
    arguments = ["--train-record", small / "train.json", "--config", small / "config.json"]
    arguments += ["--checkpoints", small / "checkpoints", "--test", split, "--record", small / "predict.json"]
    arguments += ["--data-record", split.with_name("data.json"), "--predictions", small / "predictions.parquet"]
    arguments += ["--metrics", small / "metrics.parquet"]
    monkeypatch.setattr(sys, "argv", ["predict", *map(str, arguments)])

    def run_here() -> Predicted:
        predict.main()
        predictions = tables.read(small / "predictions.parquet", tables.PREDICTIONS)["epoch"].to_pylist()
        metrics = tables.read(small / "metrics.parquet", tables.METRICS)["epoch"].to_pylist()
        return records.read(small / "predict.json"), predictions, metrics

    return run_here


def test_inference_is_of_the_epochs_that_there_are(
    predicted: Callable[[], Predicted], diverged: Path, small: Path
) -> None:
    shutil.copytree(diverged, small)
    record, predictions, metrics = predicted()
    trained = records.read(small / "train.json")
    assert record["diverged"] == trained["diverged"]
    assert metrics == list(range(1, trained["diverged"]["epochs"] + 1))
    assert predictions == [epoch for epoch in metrics for _ in range(IMAGES)]
    assert record["inputs"]["train.json"] == sha256(small / "train.json")


def test_inference_without_an_epoch_has_no_row(predicted: Callable[[], Predicted], split: Path, small: Path) -> None:
    run(split, small, **{**DIVERGING, "batch_size": 16, "epochs": 2})
    record, predictions, metrics = predicted()
    assert record["diverged"] == records.read(small / "train.json")["diverged"]
    assert predictions == metrics == []


def test_epochs_whose_scores_are_no_numbers_are_none(
    predicted: Callable[[], Predicted], undisturbed: Path, small: Path
) -> None:
    """The loss is that of the batch before a step: the last weights can be broken, and nothing says so until now."""
    shutil.copytree(undisturbed, small)
    path = small / "checkpoints" / checkpoint_name(2)
    weights, metadata = tensors.read(path)
    broken = {
        name: np.full_like(array, np.nan) if array.dtype == np.float32 else array for name, array in weights.items()
    }
    digest = tensors.write(path, broken, metadata)
    content = records.read(small / "train.json")
    content["outputs"][f"checkpoints/{path.name}"] = content["checkpoints"][path.name] = digest
    (small / "train.json").write_bytes(records.sealed(content))
    record, predictions, metrics = predicted()
    assert divergence.of(record) == Divergence("the scores after epoch 2 are not finite", 1, 3)
    assert metrics == [1] and predictions == [1] * IMAGES
