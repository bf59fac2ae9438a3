"""A user who may start few threads and processes is told so, whatever library it stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import required
from tests.wandb_server.uploads import environment

USER = "61234"  # of whom nothing else runs; root has no such limit
COMMAND = """ulimit -u $0; exec "$@" """


def limited(root: Path, most: int) -> "subprocess.CompletedProcess[str]":
    """The offline upload by a user who may have so many threads and processes at a time."""
    if os.geteuid():
        pytest.skip("only root can become another user")
    results = root / "results"
    section = '{"mode": "offline", "project": "mnist-viz", "entity": null, "capture": false}'
    command = [required("setpriv"), "--reuid", USER, "--regid", USER, "--clear-groups"]
    command += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override", "bash", "-c", COMMAND, str(most)]
    command += [sys.executable, "-m", "mnist_viz.upload", "--variant", "baseline", "--results", str(results)]
    command += ["--resources", str(root / "resources"), "--tables", '{"images": "all"}', "--wandb", section]
    command += ["--record", str(results / "baseline" / "wandb.json"), "--log", str(root / "log")]
    return subprocess.run(command, env=environment(root, None), capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("most", [6, 14, 18, 22])
def test_too_few_threads_are_named(root: Path, most: int) -> None:
    done = limited(root, most)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ") and f"ulimit -u is {most}" in last, done.stderr
    assert "no further thread" in last or "wandb-core exited" in last, done.stderr
