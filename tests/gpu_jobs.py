"""Processes that stand for jobs on a GPU: each begins, says so in a log, and ends when it is told."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_viz.job import gpus, slots
from tests.conftest import PROJECT, inherited

JOB = """
import os, sys
from mnist_viz.job import log, slots

def note(what):
    with open(sys.argv[1], "a") as file:
        file.write(f"{what} {os.getpid()} {os.environ.get('CUDA_VISIBLE_DEVICES')}\\n")

log.start(None)
gpu = slots.find_gpu("job", "auto", int(sys.argv[2]))
note("begins")
sys.stdin.readline()
note("ends")
"""


class Jobs:
    """Jobs that settle on their GPU, and the log in which they say when they have it and when they give it back."""

    def __init__(self, log: Path) -> None:
        self.log, self.processes = log, list[subprocess.Popen[str]]()
        log.touch()

    def start(self, number: int, *, gpu_mps: int = 0, **environment: str) -> None:
        """Start so many, in this environment."""
        for _ in range(number):
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", JOB, str(self.log), str(gpu_mps)],
                    env=inherited(PYTHONPATH=str(PROJECT / "workflow"), **environment),
                    stdin=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )

    def lines(self, number: int) -> list[tuple[str, int, str]]:
        """The log's lines (what, process, GPU), as soon as there are so many."""
        while len(lines := self.log.read_text().splitlines()) < number:
            time.sleep(0.01)
        return [(what, int(process), gpu) for what, process, gpu in (line.split(" ") for line in lines)]

    def end(self) -> str:
        """Let all end, those that wait as soon as they have had their turn. Returns what they said."""
        for process in self.processes:
            if process.poll() is None:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
        return "".join(process.communicate()[1] for process in self.processes)


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """No jobs yet, on a machine without a scheduler; none is left."""
    for name in (*gpus.SCHEDULERS, "CUDA_VISIBLE_DEVICES", "CUDA_MPS_PIPE_DIRECTORY", slots.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    jobs = Jobs(tmp_path / "log.txt")
    yield jobs
    for process in jobs.processes:
        process.kill()
        process.wait()
