"""Many pictures, decoded by several processes that are killed: they end, and the next run goes on to the same bits."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.decoding import CHUNK, DONE, FEW
from mnist_viz.datasets.own.read import DECODING
from tests.conftest import PROJECT, inherited
from tests.pictures import classes

pytestmark = pytest.mark.timeout(900)

COUNT = 6 * CHUNK
MADE = ("train.safetensors", "test.safetensors", "images.parquet", "classes.parquet")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More pictures than are decoded by one process."""
    assert COUNT > FEW
    return classes(tmp_path_factory.mktemp("many"), {"cat": COUNT // 2, "dog": COUNT // 2}, size=(96, 80))


def begin(path: Path, folder: Path, processes: int) -> "subprocess.Popen[bytes]":
    """The stage data, writing into `folder`."""
    own = Source("pets", str(path), size=(64, 64)).to_json()
    places = [argument for name in MADE for argument in (f"--{name.partition('.')[0]}", str(folder / name))]
    command = ["-m", "mnist_viz.data", "--dataset", "pets", "--own", own, "--processes", str(processes), *places]
    environment = inherited(PYTHONPATH=str(PROJECT / "workflow"))
    return subprocess.Popen(
        [sys.executable, *command, "--record", str(folder / "data.json")], env=environment, stdin=subprocess.DEVNULL
    )


def made(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in MADE}


@pytest.fixture(scope="module")
def undisturbed(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert begin(pictures, folder, 1).wait() == 0
    return made(folder)


def marks(folder: Path) -> set[str]:
    """The parts that are decoded."""
    return {f"{file}:{part}" for file in folder.glob(f"{DECODING}/*/*.{DONE}") for part in file.read_text().split()}


def killed(process: "subprocess.Popen[bytes]", folder: Path) -> set[str]:
    """Kill a run once it has decoded something, and wait until the processes that it started have ended. What was
    decoded by then."""
    while process.poll() is None and not marks(folder):
        time.sleep(0.002)
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive, "the processes that decode outlive the run"
    return marks(folder)


def test_a_killed_run_is_continued_to_the_same_bits(
    pictures: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    before = killed(begin(pictures, tmp_path, 2), tmp_path)
    assert before and not (tmp_path / "data.json").exists()
    (half,) = tmp_path.glob(f"{DECODING}/*/train.npy")
    kept = half.stat().st_ino
    again = begin(pictures, tmp_path, 2)
    while again.poll() is None and marks(tmp_path) <= before:
        assert not half.exists() or half.stat().st_ino == kept, "it is begun anew"
        time.sleep(0.002)
    assert again.wait() == 0 and made(tmp_path) == undisturbed
    assert not (tmp_path / DECODING).exists()
