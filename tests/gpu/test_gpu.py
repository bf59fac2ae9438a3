"""What only a real GPU shows. Where there is one, tests/test_train.py trains on it, too: kills, resume, same bits."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_viz import predict
from mnist_viz.config import Hyperparameters
from mnist_viz.store import tensors
from mnist_viz.training import hardware, models, weights
from mnist_viz.training import loader as loader_module
from mnist_viz.training.loader import Loader
from mnist_viz.training.optimizer import Adam
from mnist_viz.training.split import read as read_split
from mnist_viz.training.step import Loss, make_step
from tests.conftest import PROJECT, inherited
from tests.forked import Training
from tests.trainings import command, configuration, outputs, record_and_log, run, start

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")

CHECKPOINT = "checkpoints/epoch_001.safetensors"
RECIPE = {"augment": "affine", "schedule": "one_cycle", "weight_decay": 0.01, "label_smoothing": 0.1}


@pytest.mark.parametrize("changes", [{}, {"precision": "float32"}, RECIPE], ids=["plain", "float32", "recipe"])
def test_same_bits_alone_and_beside_others(split: Path, tmp_path: Path, changes: dict[str, object]) -> None:
    status, said = run(split, tmp_path / "alone", **changes)
    assert status == 0, said
    together = [start(split, tmp_path / str(number), "--gpu-percent", "25", **changes) for number in range(4)]
    for number, training in enumerate(together):
        status, said = training.wait()
        assert status == 0, said
        assert outputs(tmp_path / str(number)) == outputs(tmp_path / "alone")
    metadata = tensors.read(tmp_path / "alone" / CHECKPOINT)[1]
    assert metadata["device_used"] == "cuda"
    assert metadata["device_name"] == torch.cuda.get_device_name(0)
    native = torch.cuda.get_device_capability(0) >= (8, 0)
    assert metadata["precision_used"] == ("bfloat16" if native and "precision" not in changes else "float32")


@pytest.mark.parametrize(("assigned", "used"), [("", "cpu"), ("0", "cuda")])
def test_auto_uses_what_the_scheduler_assigned(split: Path, tmp_path: Path, assigned: str, used: str) -> None:
    job = {"SLURM_JOB_ID": "1", "CUDA_VISIBLE_DEVICES": assigned}
    status, said = Training([*command(split, tmp_path), *record_and_log(tmp_path)], **job).wait()
    assert status == 0, said
    assert tensors.read(tmp_path / CHECKPOINT)[1]["device_used"] == used


REPORT = """
import atexit, sys, torch
from mnist_viz import train

atexit.register(lambda: print("reserved", torch.cuda.max_memory_reserved(), file=sys.stderr))
train.main()
"""


def test_memory_stays_within_the_share(split: Path, tmp_path: Path) -> None:
    """A small variant fits 1 % of the GPU; a wide one with large batches does not, and takes no more before it ends."""
    share = torch.cuda.get_device_properties(0).total_memory / 100
    wide = {"batch_size": 1000, "l1_size": 512, "epochs": 1}
    taken = {}
    for name, percent, changes in [("small", "1", {}), ("too wide", "1", wide), ("wide", "100", wide)]:
        told = [*command(split, tmp_path / name, **changes), *record_and_log(tmp_path / name)]
        done = subprocess.run(
            [sys.executable, "-c", REPORT, *told, "--gpu-percent", percent],
            env=inherited(PYTHONPATH=str(PROJECT / "workflow")),
            stderr=subprocess.PIPE,
            text=True,
        )
        said = done.stderr
        assert done.returncode == (1 if name == "too wide" else 0), said
        taken[name] = int(re.search(r"reserved (\d+)", said)[1])
        if name == "too wide":
            assert "error: train small: the 1 % of the GPU's memory that it may take" in said
            assert "Raise gpu_percent in the profile" in said
            assert "Traceback" not in said
    assert taken["small"] <= share and taken["too wide"] <= share < taken["wide"]


def test_the_captured_step_does_what_the_plain_one_does(split: Path) -> None:
    images, labels, _ = read_split(split)
    settings = Hyperparameters.model_validate(configuration(l1_size=32, l2_size=64, batch_size=32))
    machine = hardware.prepare(settings, "cuda", "float32", 100)
    pixels = torch.from_numpy(images).unsqueeze(1).to("cuda")
    losses: dict[str, list[float]] = {"captured": [], "plain": []}
    for kind, found in losses.items():
        torch.manual_seed(0)
        network = models.build(settings).to("cuda").train()
        optimizer = Adam(network, 0.0)
        optimizer.rate.fill_(0.001)
        loader = Loader(images, labels, settings, machine.device)
        loss = Loss(network, machine.precision, 0.0)
        first, moments = weights.of(network), optimizer.saved()
        step = make_step(loader, loss, optimizer, 32)
        weights.load(network, first, "the test")
        optimizer.load(moments)
        for batch in torch.arange(len(labels), device="cuda").split(32)[:30]:
            if kind == "captured":
                step.indices.copy_(batch)
                step.run()
                found.append(step.loss.item())
            else:
                mean = loss.mean(pixels[batch].to(torch.float32).div_(255), loader.labels[batch])
                optimizer.zero_gradients()
                mean.backward()
                optimizer.update()
                found.append(mean.item())
    assert losses["captured"] == losses["plain"]
    assert losses["plain"][-1] < losses["plain"][0] / 2


def test_predictions_are_those_of_a_cpu(split: Path, tmp_path: Path) -> None:
    status, said = run(split, tmp_path)
    assert status == 0, said
    settings = Hyperparameters.model_validate(configuration())
    checkpoints = sorted((tmp_path / "checkpoints").iterdir())
    test = predict.Test.read(split)
    found = {}
    for name, device in [("gpu", "cuda"), ("again", "cuda"), ("cpu", "cpu")]:
        machine = hardware.prepare(settings, device, "float32", 100)
        assert machine.environment["device"] == device and machine.environment["precision"] == "float32"
        found[name] = np.concatenate(predict.run("small", settings, checkpoints, test, machine)[0])
    assert np.array_equal(found["gpu"], found["again"])
    assert np.allclose(found["gpu"], found["cpu"], atol=1e-4)


def test_images_that_do_not_fit_on_the_gpu_train_to_the_same_bits(
    split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batches of a window are those that are gathered on the GPU."""
    images, labels, _ = read_split(split)
    settings = Hyperparameters.model_validate(configuration(batch_size=48))
    resident = Loader(images, labels, settings, torch.device("cuda"))
    monkeypatch.setattr(loader_module, "SHARE", 0.0)
    passing = Loader(images, labels, settings, torch.device("cuda"))
    assert resident.window is None and passing.images is None
    for _ in range(2):
        resident.shuffle()
        passing.shuffle()
        for number in range(len(resident)):
            wanted, known = resident.take(resident.batch(number))
            found, same = passing.take(passing.batch(number))
            assert torch.equal(wanted, found) and torch.equal(known, same)
