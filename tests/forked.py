"""Processes that are forks of one which has imported what they need: each is spared the import, two to three seconds.

Nothing but the import is shared: importing Snakemake or torch starts no thread and draws no random number, and the
jobs that Snakemake starts are processes of their own. Each has its own server: a Snakemake must find the modules of the
project that it runs in, not these.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

PROJECT = Path(__file__).parents[1]
IMPORTED = """
import json, os, sys
from snakemake import cli

cli.get_argument_parser()
for line in sys.stdin:
    arguments, folder, environment, output = json.loads(line)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            file = os.open(output, os.O_WRONLY)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            sys.path[0] = folder
            sys.argv = ["snakemake", *arguments]
            cli.main()
        except SystemExit as end:
            status = int(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _imported() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", IMPORTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=os.sep
    )


def snakemake(arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run Snakemake and return its exit status and what it printed."""
    process = _imported()
    assert process.stdin is not None and process.stdout is not None
    with tempfile.NamedTemporaryFile("r") as output:
        process.stdin.write(json.dumps([arguments, str(folder), environment, output.name]) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return status, output.read()


@cache
def _forks() -> ForkServerContext:
    """Processes that are forks of one which has imported this project's training, wherever another is installed.

    Its server imports before it is told this process's path (https://github.com/python/cpython/issues/117378).
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mnist_viz.train", "pytest"])
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = str(PROJECT / "workflow")
    forkserver.ensure_running()
    os.environ.clear()
    os.environ.update(before)
    return context


class Training:
    """`python -m mnist_viz.train`, running; `watch` watches it in place of `train.Audience`."""

    def __init__(self, arguments: list[str], watch: Callable[..., object] | None = None, **environment: str) -> None:
        """`watch`, which goes to the process by its name, is called as `train.Audience` is."""
        with tempfile.NamedTemporaryFile(delete=False) as errors:
            self.errors = Path(errors.name)
        self.process = _forks().Process(target=_train, args=(arguments, watch, environment, str(self.errors)))
        self.process.start()

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def wait_for(self, path: Path) -> None:
        """Wait until it has written a file."""
        while not path.exists():
            assert self.process.is_alive(), self.wait()[1]
            time.sleep(0.001)

    def wait(self, timeout: float = 600) -> tuple[int, str]:
        """Its exit status, negative where a signal ended it, and what it wrote to standard error."""
        self.process.join(timeout)
        assert self.process.exitcode is not None, "it has not ended"
        text = self.errors.read_text()
        self.errors.unlink()
        return self.process.exitcode, text


def _train(arguments: list[str], watch: Callable[..., object] | None, environment: dict[str, str], errors: str) -> None:
    from mnist_viz import train  # in the child alone: the tests of other modules need no torch
    from mnist_viz.job import frame

    os.dup2(os.open(errors, os.O_WRONLY), 2)
    os.environ.update(environment)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where pytest runs under nohup
    sys.argv = ["train", *arguments]
    try:
        frame.run("train", train.parser(), partial(train.work, watch=watch or train.Audience))
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
