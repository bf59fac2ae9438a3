"""What the tests of uploads share: a small trained variant, a server, and what it has after one clean upload."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wandb_server.http import Server
from tests.wandb_server.uploads import Picture, data_command, predict_command, stages, train_command, upload


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and a variant trained on it for two epochs, baseline. Not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    stages(data_command(root), train_command(root, "baseline"), predict_command(root, "baseline"))
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
