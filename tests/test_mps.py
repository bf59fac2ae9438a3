"""CUDA's MPS for jobs on one GPU: its daemon is the one that runs, or starts with the first job and ends with the last.

The daemon is a stand-in that does what its manual says; nothing here computes through it.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gpu_jobs import Jobs
from tests.stand_ins import mps, program


def said_by_daemons(folder: Path, number: int) -> list[str]:
    """The lines that the daemons have said, as soon as there are so many."""
    while len(lines := (folder / "log.txt").read_text().splitlines()) < number:
        time.sleep(0.01)
    return lines


@pytest.fixture
def there(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which MPS is to be had; no daemon is left."""
    yield mps(tmp_path / "bin")
    for left in (tmp_path / "bin").rglob("nvidia-cuda-mps-control.pid"):
        subprocess.run(["kill", "-KILL", left.read_text().strip()], check=True)


@pytest.mark.parametrize(("gpu", "seen"), [("GPU-a", "GPU-a"), ("2", "0"), ("2,GPU-b,7", "0,GPU-b,2")])
def test_a_daemon_starts_with_the_first_job_and_ends_with_the_last(
    jobs: Jobs, there: dict[str, str], tmp_path: Path, gpu: str, seen: str
) -> None:
    jobs.start(3, gpu_mps=1, CUDA_VISIBLE_DEVICES=gpu, **there)
    assert {names for _, _, names in jobs.lines(3)} == {seen}
    for process in jobs.processes[:2]:
        process.kill()
        process.wait()
    jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES=gpu, **there)
    jobs.lines(4)
    assert said_by_daemons(tmp_path / "bin", 1) == [f"starts {gpu}"]
    for process in jobs.processes:
        process.kill()
    assert said_by_daemons(tmp_path / "bin", 2) == [f"starts {gpu}", f"quits {gpu}"]
    jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES=gpu, **there)
    jobs.lines(5)
    assert jobs.end() == ""
    assert said_by_daemons(tmp_path / "bin", 4) == [f"starts {gpu}", f"quits {gpu}"] * 2


def test_each_gpu_and_each_job_of_a_scheduler_has_its_own(jobs: Jobs, there: dict[str, str], tmp_path: Path) -> None:
    for own in ({"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "1"}, {}):
        jobs.start(1, gpu_mps=1, **own, **there)
    for number in ("7", "8"):
        jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID=number, **there)
    jobs.lines(5)
    assert sorted(said_by_daemons(tmp_path / "bin", 5)) == [*["starts 0"] * 3, "starts 1", "starts all"]
    assert jobs.end() == ""
    assert sorted(said_by_daemons(tmp_path / "bin", 10)[5:]) == [*["quits 0"] * 3, "quits 1", "quits all"]


@pytest.mark.parametrize("theirs", ["default", "theirs"])
def test_a_daemon_that_runs_is_used_and_stays(jobs: Jobs, there: dict[str, str], tmp_path: Path, theirs: str) -> None:
    pipe = tmp_path / "bin" / theirs
    pipe.mkdir()
    named = {} if theirs == "default" else {"CUDA_MPS_PIPE_DIRECTORY": str(pipe)}
    control = ["nvidia-cuda-mps-control", "-d"]
    subprocess.run(control, env={**os.environ, **there, **named}, check=True)
    jobs.start(2, gpu_mps=1, CUDA_VISIBLE_DEVICES="1", **there, **named)
    assert {names for _, _, names in jobs.lines(2)} == {"1"}
    assert jobs.end() == ""
    assert said_by_daemons(tmp_path / "bin", 1) == ["starts all"]


def test_without_being_asked_for_it_is_not_started(jobs: Jobs, there: dict[str, str], tmp_path: Path) -> None:
    jobs.start(1, CUDA_VISIBLE_DEVICES="1", **there)
    jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES="", **there)
    jobs.lines(2)
    assert jobs.end() == ""
    assert said_by_daemons(tmp_path / "bin", 0) == []


def test_where_it_is_not_to_be_had_the_job_runs_and_says_so(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES="1", PATH=str(tmp_path / "bin"))
    jobs.lines(1)
    said = jobs.end()
    assert said == "warning: job: gpu_mps is asked for, but nvidia-cuda-mps-control is not installed here\n"


def test_a_daemon_that_does_not_start_is_a_warning(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    broken = program(tmp_path / "bin", "nvidia-cuda-mps-control", "#!/bin/sh\necho no driver\nexit 1\n")
    jobs.start(1, gpu_mps=1, CUDA_VISIBLE_DEVICES="1", TMPDIR=str(tmp_path), **broken)
    assert [gpu for _, _, gpu in jobs.lines(1)] == ["1"]
    said = jobs.end()
    assert "warning: job: MPS can't be used: nvidia-cuda-mps-control -d did not start: no driver." in said
    assert "Traceback" not in said
