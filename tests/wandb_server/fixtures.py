"""What the tests of uploads share: two small trained variants, a server, and what it has after one clean upload."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wandb_server.http import Server
from tests.wandb_server.uploads import VARIANTS, Picture, stage, train, upload


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and two trained variants, of two epochs each. Not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    data = root / "resources" / "mnist"
    images = root / "results" / "images.parquet"
    splits = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    stage("data", "--dataset", "sample", *splits, "--images", images, "--record", root / "results" / "data.json")
    for variant, size in zip(VARIANTS, (2, 3), strict=True):
        train(root, variant, l1_size=size)
    return root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    """A copy of it to upload from."""
    shutil.copytree(trained, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
    assert running.defects == []


@pytest.fixture(scope="session")
def clean(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """What the server has after one upload of one variant in which nothing went wrong."""
    root = tmp_path_factory.mktemp("clean") / "project"
    shutil.copytree(trained, root)
    with Server() as running:
        done = upload(root, "baseline", running)
        assert done.status == 0, done.text
        return running.state.picture()
