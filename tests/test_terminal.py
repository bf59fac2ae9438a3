"""What is printed: for a reader that leaves early, in a terminal that is gone, in any locale, and whatever is said."""

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from mnist_viz.terminal import harmless
from tests.conftest import SMALL, Project, inherited, run


@contextmanager
def closed_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@contextmanager
def closed_terminal() -> Iterator[int]:
    """A terminal whose window is closed."""
    window, terminal = pty.openpty()
    os.close(window)
    yield terminal
    os.close(terminal)


def status(project: Project, target: int, *command: str, errors_too: bool = True) -> int:
    """The exit status of a Python module whose output goes to `target`."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project.folder,
        env=inherited(PYTHONPATH=str(project.folder / "workflow")),
        stdin=subprocess.DEVNULL,
        stdout=target,
        stderr=target if errors_too else subprocess.DEVNULL,
        timeout=600,
    ).returncode


OVERVIEW = ["mnist_viz.overview", "--results", "demo/results", "--variants", "baseline", "double"]
COMPARE = ["mnist_viz.compare", "baseline:1", "double:1", "--results", "demo/results"]
CONFIG = ["mnist_viz.config", "config.yaml"]
VERIFY = ["mnist_viz.verify"]
COMMANDS = [OVERVIEW, COMPARE, CONFIG, VERIFY]


@pytest.mark.parametrize(("gone", "commands"), [(closed_pipe, COMMANDS), (closed_terminal, [OVERVIEW])])
def test_nobody_reads_and_the_exit_status_is_the_same(
    project: Project, gone: Callable[[], AbstractContextManager[int]], commands: list[list[str]]
) -> None:
    with gone() as target:
        for command in commands:
            assert status(project, target, *command) == 0, command
        (project.folder / "demo/results/summary.csv").write_text("damaged")
        for errors_too in (True, False):
            assert status(project, target, *VERIFY, errors_too=errors_too) == 1


def test_run_whose_terminal_goes_meanwhile_succeeds(project: Project) -> None:
    (project.folder / "demo/results/summary.json").unlink()
    window, terminal = pty.openpty()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--config", *SMALL]
    process = subprocess.Popen(
        command, cwd=project.folder, env=inherited(), stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    said = b""
    while b"begins: summary" not in said:
        said += os.read(window, 1000)
    os.close(window)
    assert process.wait(timeout=600) == 0
    assert (project.folder / "demo/results/summary.json").exists()


def test_output_that_is_lost_is_a_failure(finished_project: Project) -> None:
    with open("/dev/full", "w") as full:
        assert status(finished_project, full.fileno(), *VERIFY, errors_too=False) == 1


@pytest.mark.parametrize(
    "locale",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_everything_is_printed_in_any_locale(project: Project, locale: dict[str, str]) -> None:
    (project.folder / "demo/results/größer … 数.txt").write_text("unknown to verify")
    for command in COMMANDS:
        outcome = run(
            [sys.executable, "-m", *command], project.folder, PYTHONPATH=str(project.folder / "workflow"), **locale
        )
        assert outcome.status == 0 and "Error" not in outcome.text, outcome.text
        assert command != COMPARE or "more" in outcome.text
    shutil.rmtree(project.folder / "demo/resources")
    dry = project.snakemake("-n", **locale)
    assert dry.status == 0 and "Error" not in dry.text and "in all)" in dry.text, dry.text


def test_text_from_outside_commands_no_terminal() -> None:
    said = "a\x1b[2Jb\x9b31m\u202ec\x07\r\ud800\u200b é …\n\tend"
    assert harmless(said) == r"a\x1b[2Jb\x9b31m\u202ec\x07\r\ud800\u200b é …" + "\n\tend"
    assert harmless("https://me:p@ss@host/x, ftp://host/y@z") == "https://***@host/x, ftp://host/y@z"
