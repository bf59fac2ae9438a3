"""A limit of run creations a second and project, as W&B has one: all runs of a large sweep arrive."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

from tests.wandb_server import Server
from tests.wandb_server.uploads import environment

CREATE = """
import os, sys
from pathlib import Path
from mnist_viz.upload import client
from mnist_viz.upload.settings import Description
folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
client.confine(folder, f"variant-{first}")
destination = client.Destination("mnist-viz", None, "online", capture=False)
client.start_service(destination)
for number in range(first, first + count):
    run = client.init_run(f"{number:016x}", f"variant-{number}", Description("sample"), {"seed": number}, destination)
    run.log({"loss": 1.0}, step=1)
    run.finish()
"""
SIDE_BY_SIDE, EACH = 4, 25


def test_a_hundred_runs_arrive_where_two_a_second_may_be_created(tmp_path: Path, server: Server) -> None:
    ticks = itertools.count(1)
    # Every attempt is a quarter of a second after the one before: the third and the fourth of each second are refused.
    server.state.runs_a_second, server.state.clock = 2, lambda: next(ticks) / 4
    (tmp_path / "wandb").mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, str(tmp_path / "wandb"), str(first), str(EACH)],
            env=environment(tmp_path, server),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for first in range(0, SIDE_BY_SIDE * EACH, EACH)
    ]
    for process in processes:
        text = process.communicate(timeout=600)[0]
        assert process.returncode == 0, text
    assert server.state.refused >= 90
    runs = list(server.state.runs.values())
    assert sorted(run.display_name for run in runs) == sorted(f"variant-{n}" for n in range(SIDE_BY_SIDE * EACH))
    assert {run.state for run in runs} == {"finished"}
    assert all([json.loads(line)["loss"] for line in run.history] == [1.0] for run in runs)
