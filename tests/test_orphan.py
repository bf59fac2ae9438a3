"""A stage ends with the Snakemake that started it, and with no other process."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mnist_viz.job import orphan
from tests.conftest import PROJECT

STAGE = "import time; from mnist_viz.job import orphan; orphan.end_with_snakemake(); print('stage', flush=True)\n"
STAGE += "time.sleep(600)"

# Stands for Snakemake: names itself in the environment, as the workflow does, and starts a stage through a shell.
PARENT = """
import os, subprocess, sys, time
from mnist_viz.job import orphan
os.environ[orphan.VARIABLE] = {named}
subprocess.Popen({command})
time.sleep(600)
"""


@pytest.fixture
def started() -> Iterator[list[psutil.Process]]:
    """Processes to end after the test."""
    processes: list[psutil.Process] = []
    yield processes
    for process in processes:
        if process.is_running():
            process.kill()


def start(
    started: list[psutil.Process], command: list[str], named: str
) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A parent and the stage that it has started, which has printed its line."""
    program = textwrap.dedent(PARENT).format(named=named, command=command)
    environment = {"PYTHONPATH": str(PROJECT / "workflow"), "PATH": os.environ["PATH"]}
    arguments = [sys.executable, "-c", program]
    parent = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
    started.append(psutil.Process(parent.pid))
    assert parent.stdout.readline() == "stage\n"
    stage = psutil.Process(parent.pid).children(recursive=True)[-1]
    started.append(stage)
    return parent, stage


DIRECTLY = [sys.executable, "-c", STAGE]
THROUGH_A_SHELL = ["sh", "-c", f'"{sys.executable}" -c "{STAGE}"; true']


@pytest.mark.parametrize("command", [DIRECTLY, THROUGH_A_SHELL], ids=["directly", "through a shell"])
def test_stage_ends_with_its_snakemake(started: list[psutil.Process], command: list[str]) -> None:
    parent, stage = start(started, command, "orphan.this_process()")
    parent.kill()
    parent.wait()
    gone, _ = psutil.wait_procs([stage], timeout=600)
    assert gone == [stage]


def test_stage_ends_with_its_shell(started: list[psutil.Process]) -> None:
    parent, stage = start(started, THROUGH_A_SHELL, "orphan.this_process()")
    (shell,) = psutil.Process(parent.pid).children()
    shell.kill()
    gone, _ = psutil.wait_procs([stage], timeout=600)
    assert gone == [stage]


@pytest.mark.parametrize("named", ["''", "f'{os.getpid()}@pid:[1]'"], ids=["by hand", "from outside of a container"])
def test_stage_outlives_any_other_parent(started: list[psutil.Process], named: str) -> None:
    parent, stage = start(started, THROUGH_A_SHELL, named)
    parent.kill()
    parent.wait()
    time.sleep(4 * orphan.SECONDS)
    assert stage.is_running()


def test_nothing_is_begun_when_snakemake_is_gone_already() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    named = f"{gone.pid}@{orphan.this_process().partition('@')[2]}"
    environment = {"PYTHONPATH": str(PROJECT / "workflow"), orphan.VARIABLE: named}
    done = subprocess.run(DIRECTLY, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 1 and done.stdout == ""
    assert "the Snakemake that started this job is gone" in done.stderr


def test_log_of_a_job_that_is_left_over_is_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    first = "from mnist_viz.job import log; log.start(PATH); log.logger.info('old'); input(); log.logger.info('late')"
    environment = {"PYTHONPATH": str(PROJECT / "workflow")}
    old = subprocess.Popen(
        [sys.executable, "-c", first.replace("PATH", repr(str(path)))],
        env=environment,
        stdin=subprocess.PIPE,
        text=True,
    )
    while not path.exists() or "old" not in path.read_text():
        time.sleep(0.01)
    second = f"from mnist_viz.job import log; log.start({str(path)!r}); log.logger.info('new')"
    subprocess.run([sys.executable, "-c", second], env=environment, check=True)
    old.communicate("\n", timeout=600)
    (line,) = path.read_text().splitlines()
    assert line.endswith(" new")
