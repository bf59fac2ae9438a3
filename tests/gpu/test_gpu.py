"""What only a real GPU shows. Where there is one, tests/test_train.py trains on it, too: kills, resume, same bits."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_viz import predict, train
from mnist_viz.store import tables, tensors
from mnist_viz.training import hardware, model
from mnist_viz.training.split import read as read_split
from tests import test_train
from tests.test_train import configuration, outputs, run, start

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")

split = test_train.split
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
    job = f"import os; os.environ.update(SLURM_JOB_ID='1', CUDA_VISIBLE_DEVICES={assigned!r})"
    status, said = run(split, tmp_path, before=job)
    assert status == 0, said
    assert tensors.read(tmp_path / CHECKPOINT)[1]["device_used"] == used


def test_memory_stays_within_the_share(split: Path, tmp_path: Path) -> None:
    """A small variant fits 1 % of the GPU; a wide one with large batches does not, and takes no more before it ends."""
    report = (
        "import mnist_viz.train as t, sys, torch; inner = t.train\n"
        "def reported(*a):\n    try:\n        return inner(*a)\n"
        "    finally:\n        print('reserved', torch.cuda.max_memory_reserved(), file=sys.stderr)\n"
        "t.train = reported"
    )
    share = torch.cuda.get_device_properties(0).total_memory / 100
    wide = {"batch_size": 1000, "l1_size": 512, "epochs": 1}
    taken = {}
    for name, percent, changes in [("small", "1", {}), ("too wide", "1", wide), ("wide", "100", wide)]:
        status, said = run(split, tmp_path / name, "--gpu-percent", percent, before=report, **changes)
        assert status == (1 if name == "too wide" else 0), said
        taken[name] = int(re.search(r"reserved (\d+)", said)[1])
        if name == "too wide":
            assert "error: train small: the 1 % of the GPU's memory that it may take" in said
            assert "Raise gpu_percent in the profile" in said
            assert "Traceback" not in said
    assert taken["small"] <= share and taken["too wide"] <= share < taken["wide"]


def test_the_captured_step_does_what_the_plain_one_does(split: Path) -> None:
    pixels, digits, _ = read_split(split)
    images = torch.from_numpy(pixels).unsqueeze(1).to("cuda")
    labels = torch.from_numpy(digits).to("cuda", torch.int64)
    hardware.make_deterministic(threads=1)
    losses = []
    for make in (train.make_step, train.capture_step):
        torch.manual_seed(0)
        network = model.Network(32, 64, 5).to("cuda").train()
        flat = train.flatten(network)
        moments = train.zero_moments(flat)
        update = train.adam_update(flat, moments, torch.full((), 0.001, device="cuda"), 0.0)
        first = model.weights(network)
        step = make(network, flat, update, images, labels, None, 32, torch.float32, 0.0)
        model.load(network, first, "the test")
        train.load_moments(moments, {})
        losses.append([])
        for batch in torch.arange(len(labels), device="cuda").split(32)[:30]:
            step.batch.copy_(batch)
            step.run()
            losses[-1].append(step.loss.item())
    assert losses[0] == losses[1]
    assert losses[1][-1] < losses[1][0] / 2


def test_predictions_are_those_of_a_cpu(split: Path, tmp_path: Path) -> None:
    status, said = run(split, tmp_path)
    assert status == 0, said
    config = {"variant": "small", **configuration()}
    checkpoints = sorted((tmp_path / "checkpoints").iterdir())
    found = {}
    for name, device in [("gpu", "cuda"), ("again", "cuda"), ("cpu", "cpu")]:
        paths = tmp_path / f"{name}.parquet", tmp_path / f"{name}_metrics.parquet"
        facts = predict.run(config, checkpoints, split, *paths, device)
        assert facts["device"] == device and facts["precision"] == "float32"
        table = tables.read(paths[0], tables.PREDICTIONS)
        found[name] = np.stack([table[score].to_numpy() for score in tables.SCORES], axis=1)
    assert np.array_equal(found["gpu"], found["again"])
    assert np.allclose(found["gpu"], found["cpu"], atol=1e-4)
