"""Training that streams while it runs."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.wandb_server import Fault, Server
from tests.wandb_server.uploads import (
    Picture,
    environment,
    predict_command,
    stages,
    upload,
)

TRAIN = """
import sys, time
from functools import partial
from pathlib import Path
from mnist_viz import train
from mnist_viz.job import frame

gate, at = Path(sys.argv.pop(1)), int(sys.argv.pop(1))

class Waiting(train.Audience):
    def step(self, losses, steps):
        super().step(losses, steps)
        while steps == at and not gate.exists():
            time.sleep(0.05)

frame.run("train", train.parser(), partial(train.work, watch=Waiting))
"""


def train_live(root: Path, server: Server, gate: Path, at: int = 41, **changes: object) -> "subprocess.Popen[str]":
    """Train the variant baseline anew, streaming; at the step `at` it waits until there is a file `gate`."""
    results, config = root / "results", json.loads((root / "results" / "baseline" / "config.json").read_text())
    shutil.rmtree(results / "baseline")
    own = json.dumps({key: value for key, value in config.items() if key not in ("variant", "dataset")} | changes)
    section = {"mode": "online", "project": "mnist-viz", "entity": None, "capture": False, "live": True}
    told = ["--variant", "baseline", "--config", own, "--data", str(root / "resources/mnist/train.safetensors")]
    told += ["--data-record", str(results / "data.json")]
    told += ["--folder", str(results / "baseline"), "--record", str(results / "baseline" / "train.json")]
    live = environment(root, server, MNIST_VIZ_LIVE=json.dumps(section), MNIST_VIZ_LIVE_SECONDS="0")
    command = [sys.executable, "-c", TRAIN, str(gate), str(at), *told]
    return subprocess.Popen(command, env=live, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def same_bits(root: Path, trained: Path) -> bool:
    """Whether training gave the same history and checkpoints in both folders."""
    files = ["history.parquet", "checkpoints/epoch_001.safetensors", "checkpoints/epoch_002.safetensors"]
    here, there = root / "results" / "baseline", trained / "results" / "baseline"
    return all((here / file).read_bytes() == (there / file).read_bytes() for file in files)


def untimed(picture: Picture) -> Picture:
    """The picture without the history's times, which are other ones when training runs again."""
    ((_, run),) = picture["runs"].items()
    assert len(run.pop("times")) == len(run["history"])
    return picture


def test_live_streaming_survives_a_killed_server_and_the_upload_completes_it(
    root: Path, trained: Path, server: Server, clean: Picture
) -> None:
    gate = root / "gate"
    streamed = threading.Event()
    server.listen = lambda line: any(len(run.history) > 33 for run in server.state.runs.values()) and streamed.set()
    process = train_live(root, server, gate)
    assert streamed.wait(240), "nothing was streamed"
    server.stop()
    gate.touch()
    text = process.communicate(timeout=600)[0]
    assert process.returncode == 0, text
    assert "streaming to W&B" in text
    assert same_bits(root, trained)
    ((_, run),) = server.state.runs.items()
    before = run.rows()
    assert 33 < len(before) < 64 and run.state == "running"
    server.start()
    stages(predict_command(root, "baseline"))
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    rows = run.rows()
    assert rows[: len(before)] == before
    assert ["loss" in row for row in rows] == [True] * 64 + [False] * 2  # predictions came later
    assert [row["_step"] for row in rows] == list(range(1, 67))
    assert untimed(server.state.picture()) == in_order_of_streaming(untimed(json.loads(json.dumps(clean))))


def in_order_of_streaming(picture: Picture) -> Picture:
    """The picture with the epochs' rows after all of the training."""
    ((_, run),) = picture["runs"].items()
    rows = sorted(run["history"], key=lambda row: "loss" not in row)
    run["history"] = [{**row, "_step": step} for step, row in enumerate(rows, 1)]
    return picture


def test_what_a_diverging_training_streamed_stays_and_nothing_is_added(root: Path, server: Server) -> None:
    gate = root / "gate"
    streamed = threading.Event()
    server.listen = lambda line: any(run.history for run in server.state.runs.values()) and streamed.set()
    process = train_live(root, server, gate, at=24, learning_rate=10, weight_decay=1)
    assert streamed.wait(240), "nothing was streamed"
    gate.touch()
    text = process.communicate(timeout=600)[0]
    assert process.returncode == 0 and "diverged, with 0 of 2 epochs" in text, text
    (((_, _, name), run),) = server.state.runs.items()
    before = run.rows()
    stages(predict_command(root, "baseline"))
    done = upload(root, "baseline", server)
    assert done.status == 0 and "nothing is uploaded of a variant that diverged" in done.text, done.text
    assert run.rows() == before and not server.state.artifacts
    receipt = json.loads((root / "results" / "baseline" / "wandb.json").read_text())
    assert receipt["streamed_run"] == name and "the loss is nan at" in receipt["not_uploaded"]


@pytest.mark.parametrize("fault", [Fault("any", stall=200), Fault("any", 500), None], ids=["slow", "broken", "away"])
def test_training_does_not_notice_what_happens_to_wandb(
    fault: Fault | None, root: Path, trained: Path, server: Server
) -> None:
    gate = root / "gate"
    asked = threading.Event()
    if fault:
        server.faults, server.listen = [fault], lambda line: asked.set()
    else:
        server.stop()
        asked.set()
    process = train_live(root, server, gate)
    assert asked.wait(240), "the server was not asked"
    gate.touch()
    text = process.communicate(timeout=600)[0]
    assert process.returncode == 0, text
    assert same_bits(root, trained)
    assert not server.state.runs
