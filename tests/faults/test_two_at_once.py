"""Two Snakemakes at once, and jobs that outlive theirs."""

import os
import shutil
import signal
import subprocess
import time

from tests.conftest import Project
from tests.faults import pipeline
from tests.faults.test_kills import OUTPUTS, remove


def await_stages(process: subprocess.Popen[bytes], count: int) -> None:
    while len(pipeline.stage_processes(process, "train")) < count:
        assert process.poll() is None
        time.sleep(0.05)


def test_second_snakemake_is_refused_and_the_first_undisturbed(project: Project, sample: Project) -> None:
    remove(project, OUTPUTS["train"])
    first = pipeline.start(project)
    await_stages(first, 1)
    second = project.snakemake(config=pipeline.SMALL)
    assert second.status != 0
    assert "Directory cannot be locked" in second.text and "Traceback" not in second.text
    assert first.wait() == 0, (project.folder / "output.txt").read_text()
    assert pipeline.digests(project) == pipeline.digests(sample)
    pipeline.assert_verified(project)


def test_jobs_end_with_their_snakemake(project: Project) -> None:
    """Trainings that had an hour to go save their state and are gone; what they had is continued."""
    remove(project, OUTPUTS["train"])
    shutil.rmtree(project.folder / "demo/results/baseline")
    long = [*pipeline.SMALL, "defaults={epochs: 900, l1_size: 4, l2_size: 8, threads: 1}"]
    process = pipeline.start(project, "train", config=long)
    state = project.folder / "demo/results/baseline/resume/state.safetensors"
    while not state.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert pipeline.wait_until_alone(project) == []
    assert "to be continued from" in (project.folder / "demo/logs/train/baseline.log").read_text()
    assert project.snakemake("--unlock", config=pipeline.SMALL).status == 0
    process = pipeline.start(project, "demo/results/baseline/train.json", config=long)
    log = project.folder / "output.txt"
    while "continuing after step" not in log.read_text():
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    pipeline.kill_group(process)
