"""A run, and a training, that are told to stop by a signal: all ends, is saved and unlocked, and can go on."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_viz.job import stop
from mnist_viz.training.resume import STATE, checkpoint_name
from tests.conftest import Project, copy_project
from tests.faults import pipeline
from tests.test_workflow import wait_for

# Minutes of training, if nothing ends it.
LONG = ["dataset={name: sample}", "defaults={epochs: 999, l1_size: 64, l2_size: 64, threads: 1}"]
RESUME = Path("demo/results/baseline/resume")


@pytest.fixture
def hangup() -> Iterator[None]:
    """SIGHUP is not ignored, also where pytest runs under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Project]:
    """A project in which nothing has run."""
    project = copy_project(tmp_path / "project")
    yield project
    pipeline.end_all(project)


def training(project: Project) -> "subprocess.Popen[bytes]":
    """A Snakemake whose training has ended its first epoch."""
    running = pipeline.start(project, "demo/results/baseline/train.json", config=LONG)
    wait_for(project.folder / RESUME / checkpoint_name(1), running)
    return running


@pytest.mark.usefixtures("hangup")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_to_snakemake_alone_saves_the_trainings(place: Project, number: signal.Signals) -> None:
    running = training(place)
    os.kill(running.pid, number)
    assert running.wait(timeout=600) == 1
    assert pipeline.still_running(place) == []
    assert "train baseline: stopped " in (place.folder / "output.txt").read_text()
    assert (place.folder / RESUME / STATE).exists()
    assert place.dry_run("train", config=LONG) >= {"train_variant:baseline"}  # the folder is not locked


@pytest.mark.usefixtures("hangup")
def test_dropped_connection_saves_the_trainings(place: Project) -> None:
    """The system sends SIGHUP to all processes of a terminal that is gone."""
    running = training(place)
    os.killpg(running.pid, signal.SIGHUP)
    assert running.wait(timeout=600) == 1
    assert pipeline.wait_until_alone(place) == []
    assert "train baseline: stopped " in (place.folder / "demo/logs/train/baseline.log").read_text()
    assert place.dry_run("train", config=LONG) >= {"train_variant:baseline"}


@pytest.mark.usefixtures("hangup")
def test_hangup_that_is_ignored_stays_so() -> None:
    assert signal.SIGHUP in stop.signals()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert stop.signals() == [signal.SIGTERM, signal.SIGINT]


SUBMIT = "sh -c 'setsid sh \"$0\" < /dev/null > jobs.txt 2>&1 & echo $!'"
CANCEL = """#!/bin/sh
echo "$1" >> cancelled.txt
kill -s TERM -- "-$1"
"""


def test_signal_to_snakemake_alone_cancels_the_jobs_of_a_cluster(place: Project) -> None:
    options = ["--executor", "cluster-generic", "--cluster-generic-submit-cmd", SUBMIT, "--jobs", "2"]
    cancel = place.folder / "cancel"
    cancel.write_text(CANCEL)
    cancel.chmod(0o755)
    options += ["--cluster-generic-cancel-cmd", str(cancel), "demo/results/baseline/train.json"]
    running = pipeline.start(place, *options, config=LONG)
    wait_for(place.folder / RESUME / checkpoint_name(1), running)
    os.kill(running.pid, signal.SIGTERM)
    assert running.wait(timeout=600) == 1
    assert (place.folder / "cancelled.txt").exists(), (place.folder / "output.txt").read_text()
    assert pipeline.wait_until_alone(place) == []
    assert "train baseline: stopped " in (place.folder / "demo/logs/train/baseline.log").read_text()
