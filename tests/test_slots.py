"""GPUs that jobs share without a scheduler: which there are, and that each job has a slot on one, as long as it lives.

The GPUs are those that a stand-in for nvidia-smi lists; a job is a process that takes a slot and ends when it is told.
"""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from mnist_viz.job import gpus, slots
from tests.gpu_jobs import Jobs
from tests.stand_ins import nvidia_smi, whole

DIVIDED = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c)
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736)
  MIG 3g.20gb     Device  1: (UUID: MIG-GPU-5c89852c/2/0)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-7a1f)
"""
FOUR = whole("a", "b", "c", "d")
ALL = ["GPU-a", "GPU-b", "GPU-c", "GPU-d"]


@pytest.fixture
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables as on a machine of one's own."""
    for name in (*gpus.SCHEDULERS, "CUDA_VISIBLE_DEVICES", slots.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        (FOUR, {}, ALL),
        (DIVIDED, {}, ["MIG-c7384736", "MIG-GPU-5c89852c/2/0", "GPU-7a1f"]),
        (FOUR, {"CUDA_VISIBLE_DEVICES": "2,3"}, ["2", "3"]),
        (FOUR, {"CUDA_VISIBLE_DEVICES": "GPU-b, MIG-c7384736"}, ["GPU-b", "MIG-c7384736"]),
        (FOUR, {"CUDA_VISIBLE_DEVICES": "1,-1,2"}, ["1"]),
        (FOUR, {"CUDA_VISIBLE_DEVICES": ""}, []),
        (FOUR, {"CUDA_VISIBLE_DEVICES": "NoDevFiles"}, []),
        ("", {"CUDA_VISIBLE_DEVICES": "0"}, []),
        (FOUR, {"SLURM_JOB_ID": "7"}, []),
        (FOUR, {"SLURM_JOB_ID": "7", "CUDA_VISIBLE_DEVICES": "0,1"}, []),
        (FOUR, {"PBS_JOBID": "7.server"}, []),
        (FOUR, {"SLURM_JOB_ID": ""}, ALL),
    ],
)
def test_which_gpus_are_shared(
    tmp_path: Path, no_scheduler: pytest.MonkeyPatch, text: str, variables: dict[str, str], expected: list[str]
) -> None:
    for name, value in {**nvidia_smi(tmp_path / "bin", text), **variables}.items():
        no_scheduler.setenv(name, value)
    assert gpus.to_share() == expected


def test_without_a_driver_there_is_nothing_to_share(tmp_path: Path, no_scheduler: pytest.MonkeyPatch) -> None:
    no_scheduler.setenv("PATH", str(tmp_path))
    assert gpus.to_share() == []
    answer = nvidia_smi(tmp_path / "bin", "NVIDIA-SMI has failed\n")
    (tmp_path / "bin" / "nvidia-smi").write_text("#!/bin/sh\necho 'GPU 0: none (UUID: GPU-none)'\nexit 9\n")
    no_scheduler.setenv("PATH", answer["PATH"])
    assert gpus.to_share() == []


def shared(names: list[str], each: int) -> dict[str, str]:
    """What Snakemake hands on to its jobs; the names are this test's alone, and this process keeps nothing of it."""
    slots.hand_on([f"{name}-{os.getpid()}" for name in names], each)
    handed = {slots.VARIABLE: os.environ[slots.VARIABLE]}
    slots.hand_on([], each)
    return handed


def test_sixteen_jobs_on_four_gpus(jobs: Jobs) -> None:
    """Two at a time on each, never more; the place of one that is killed is free."""
    jobs.start(16, **shared(ALL, 2))
    begun = jobs.lines(8)
    assert len(begun) == 8 and set(Counter(gpu for _, _, gpu in begun).values()) == {2}
    _, killed, place = begun[3]
    os.kill(killed, signal.SIGKILL)
    what, _, gpu = jobs.lines(9)[8]
    assert (what, gpu) == ("begins", place)
    jobs.end()
    lines = jobs.lines(16 + 15)
    lines.insert(8, ("ends", killed, place))
    on: Counter[str] = Counter()
    for what, _, gpu in lines:
        on[gpu] += 1 if what == "begins" else -1
        assert on[gpu] <= 2, lines
    assert {process for what, process, _ in lines if what == "begins"} == {job.pid for job in jobs.processes}


def test_the_emptiest_gpu_is_taken(jobs: Jobs) -> None:
    given = shared(ALL[:2], 4)
    jobs.start(6, **given)
    places = {process: gpu for _, process, gpu in jobs.lines(6)}
    assert list(Counter(places.values()).values()) == [3, 3]
    emptied = max(places.values())  # the second in the list
    for process in jobs.processes:
        if places[process.pid] == emptied:
            process.kill()
            process.wait()
    jobs.start(3, **given)
    assert [gpu for _, _, gpu in jobs.lines(9)[6:]] == [emptied] * 3


def test_where_nothing_is_shared_nothing_is_touched(jobs: Jobs) -> None:
    jobs.start(2, SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="0,1")
    assert {gpu for _, _, gpu in jobs.lines(2)} == {"0,1"}
