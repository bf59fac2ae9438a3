"""What the tests of training share: a small configuration, a split, and a training as the command runs it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_viz.config import resolve
from mnist_viz.datasets import sample
from mnist_viz.job import records
from mnist_viz.store.files import sha256
from mnist_viz.training import split as splits
from tests import forked
from tests.conftest import PROJECT

IMAGES = 1000
STEPS = -(-IMAGES // 16)
"""Of an epoch."""


def configuration(**changes: object) -> dict[str, object]:
    """The hyperparameters of the variant `small`."""
    small = {"epochs": 3, "l1_size": 4, "l2_size": 8, "batch_size": 16, "threads": 1, **changes}
    return resolve({"variants": {"small": small}}, "test").variants["small"].model_dump()


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training split of 1,000 digits; 1,000 is no multiple of the batch size, so the last batch is smaller."""
    digits = sample.read([])[0]
    path = tmp_path_factory.mktemp("split") / "train.safetensors"
    metadata = {"dataset": "sample", "source": "test", "dataset_sha256": "0" * 64}
    splits.write(path, digits.images[:IMAGES], digits.labels[:IMAGES], metadata)
    records.write(path.with_name("data.json"), "data", time.time(), {}, [path], metadata)
    return path


def command(split: Path, folder: Path, **changes: object) -> list[str]:
    """The arguments of a training of `small` that writes into `folder`."""
    config = json.dumps(configuration(**changes))
    arguments = ["--variant", "small", "--config", config, "--data", str(split), "--folder", str(folder)]
    return [*arguments, "--data-record", str(split.with_name("data.json"))]


def record_and_log(folder: Path) -> list[str]:
    """The arguments that every command has."""
    return ["--record", str(folder / "train.json"), "--log", str(folder / "log.txt")]


def start(
    split: Path, folder: Path, *options: str, watch: Callable[..., object] | None = None, **changes: object
) -> forked.Training:
    """A training that runs, watched by a `watch` (see `train.Audience`)."""
    return forked.Training([*command(split, folder, **changes), *record_and_log(folder), *options], watch)


def run(
    split: Path, folder: Path, *options: str, watch: Callable[..., object] | None = None, **changes: object
) -> tuple[int, str]:
    """The exit status of a training, and what it wrote to standard error."""
    return start(split, folder, *options, watch=watch, **changes).wait()


def outputs(folder: Path) -> dict[str, str]:
    """The digest of everything that training makes, but for the record's times."""
    files = [*sorted((folder / "checkpoints").iterdir()), folder / "history.parquet", folder / "config.json"]
    return {path.name: sha256(path) for path in files}


@pytest.fixture(scope="session")
def undisturbed(split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that nothing disturbed; `imported.txt` there names the modules it imported."""
    folder = tmp_path_factory.mktemp("undisturbed")
    module = [sys.executable, "-X", "importtime", "-m", "mnist_viz.train"]
    done = subprocess.run(
        [*module, *command(split, folder), *record_and_log(folder)],
        env={"PYTHONPATH": str(PROJECT / "workflow")},
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    (folder / "imported.txt").write_text(done.stderr)
    return folder
