"""Projects in which the pipeline has run undisturbed, and how many kills there are to be."""

import http.server
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.conftest import PROJECT, Project, copy_project
from tests.faults import pipeline
from tests.workers import shared_folder

MNIST = Path(os.environ.get("MNIST_VIZ_MNIST", PROJECT.parent / "shared" / "mnist"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--trials", type=int, help="how many kills and damages; by default the whole series")
    parser.addoption("--fault-seed", type=int, default=0, help="determines which, when and where")


class SlowMirror(http.server.SimpleHTTPRequestHandler):
    """The MNIST files at about 8 MB a second, so that a kill can hit a download."""

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
        while piece := source.read(1 << 16):
            outputfile.write(piece)
            time.sleep(0.008)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="session")
def mirror() -> Iterator[str]:
    """The address of a mirror on loopback."""
    if not MNIST.is_dir():
        pytest.skip(f"the MNIST files are not in {MNIST}")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *arguments: SlowMirror(*arguments, directory=str(MNIST))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def undisturbed(
    factory: pytest.TempPathFactory, worker_id: str, name: str, *arguments: str, config: list[str]
) -> Project:
    """A project in which Snakemake has run once with these arguments, made once for all workers."""
    with shared_folder(factory, worker_id, name) as folder:
        if not (folder / "done").exists():
            project = copy_project(folder)
            (folder / "config.yaml").write_text(pipeline.CONFIG)
            began = time.monotonic()
            process = pipeline.start(project, *arguments, config=config)
            assert process.wait() == 0, (folder / "output.txt").read_text()
            (folder / "done").write_text(f"{time.monotonic() - began}\n")
    return Project(folder)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The whole pipeline on the sample. Not to be changed."""
    return undisturbed(tmp_path_factory, worker_id, "sample", config=pipeline.SMALL)


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory, worker_id: str, mirror: str) -> Project:
    """MNIST downloaded and decoded. Not to be changed."""
    config = [f"dataset={{mirrors: ['{mirror}']}}"]
    return undisturbed(tmp_path_factory, worker_id, "mnist", "data", config=config)


@pytest.fixture
def project(sample: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of `sample` that a test may change; nothing is left running in it."""
    copied = Project(tmp_path / "project")
    shutil.copytree(sample.folder, copied.folder, symlinks=True)
    yield copied
    pipeline.end_all(copied)
