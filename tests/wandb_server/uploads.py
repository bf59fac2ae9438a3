"""Run this project's stages without Snakemake, and its upload against the stand-in server with an empty home."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.wandb_server.http import Server

PROJECT = Path(__file__).parents[2]
VARIANTS = ["baseline", "double"]
Picture = dict[str, Any]  # State.picture()

COMMAND = """
import sys
from mnist_viz.upload import __main__ as command, client
client.PATIENCE = int(sys.argv.pop(1))
command.READ_AGAIN = (0, 1)
command.main()
"""


@dataclass(frozen=True)
class Upload:
    """An upload that has ended: its exit status and what it printed."""

    status: int
    text: str


def environment(root: Path, server: Server | None, **more: str) -> dict[str, str]:
    """The environment of a process that knows of no other W&B than the server, and of no home but an empty one."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    home = root / "home"
    home.mkdir(exist_ok=True)
    own = {"PYTHONPATH": str(PROJECT / "workflow"), "HOME": str(home), "NETRC": str(home / "netrc")}
    return {**inherited, **own, **(server.environment() if server else {}), **more}


def begin(
    root: Path, variant: str, server: Server | None, mode: str = "online", patience: int = 120, **more: str
) -> "subprocess.Popen[str]":
    """Start the upload of a variant of `root`/results, with less patience than it has for a real server."""
    results = root / "results"
    section = {"mode": mode, "project": "mnist-viz", "entity": None, "capture": False}
    arguments = ["--variant", variant, "--results", str(results), "--resources", str(root / "resources")]
    arguments += ["--tables", '{"images": "all"}', "--wandb", json.dumps(section)]
    arguments += ["--output", str(results / variant / "wandb.json"), "--log", str(root / "logs" / f"{variant}.log")]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(patience), *arguments],
        env=environment(root, server, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(process: "subprocess.Popen[str]", server: Server | None, seconds: float = 280) -> Upload:
    """Wait for an upload, and for the client's other half, which ends a little later if the first was killed."""
    text = process.communicate(timeout=seconds)[0]
    while server is not None and server.connected:
        time.sleep(0.05)
    return Upload(process.returncode, text)


def upload(root: Path, variant: str, server: Server | None, **options: Any) -> Upload:
    """Upload a variant and wait for it."""
    return end(begin(root, variant, server, **options), server)


def receipt(root: Path, variant: str) -> dict[str, Any]:
    """The receipt."""
    return json.loads((root / "results" / variant / "wandb.json").read_text())


def stage(name: str, *arguments: object) -> None:
    """Run a stage without Snakemake."""
    command = [sys.executable, "-m", f"mnist_viz.{name}", *map(str, arguments)]
    outside = {**os.environ, "PYTHONPATH": str(PROJECT / "workflow")}
    subprocess.run(command, check=True, env=outside, capture_output=True, timeout=250)


def train(root: Path, variant: str, **hyperparameters: object) -> None:
    """Train a small variant for two epochs and predict with it."""
    data, folder = root / "resources" / "mnist", root / "results" / variant
    config = {"epochs": 2, "batch_size": 128, "learning_rate": 0.002, "l1_size": 2, "l2_size": 4, "conv_kernel": 3}
    config |= {"seed": 0, "threads": 1, "device": "cpu", "precision": "float32", "schedule": "constant"}
    config |= {"weight_decay": 0.0, "label_smoothing": 0.0, "augment": "none", **hyperparameters}
    made = ["--data-record", root / "results" / "data.json"]
    told = ["--data", data / "train.safetensors", *made, "--folder", folder]
    stage("train", "--variant", variant, "--config", json.dumps(config), *told)
    predict(root, variant)


def predict(root: Path, variant: str) -> None:
    """Predict with a trained variant."""
    folder, data_record = root / "results" / variant, root / "results" / "data.json"
    told = ["--predictions", folder / "predictions.parquet", "--metrics", folder / "metrics.parquet"]
    told += ["--record", folder / "train.json", "--checkpoints", folder / "checkpoints", "--data-record", data_record]
    told += ["--config", folder / "config.json", "--output-record", folder / "predict.json"]
    stage("predict", *told, "--test", root / "resources" / "mnist" / "test.safetensors")


def check_complete(server: Server, root: Path, clean: Picture) -> None:
    """The server has what it has after a clean upload, and there is a receipt that says so."""
    assert server.state.picture() == clean
    told = receipt(root, "baseline")
    versions = {(entry["name"], entry["version"]): entry for entry in told["artifacts"]}
    assert len(versions) == 5
    for (name, version), entry in versions.items():
        there = clean["artifacts"][f"{name}:{version}"]
        assert (entry["digest"], entry["aliases"], entry["files"]) == (
            there["digest"],
            there["aliases"],
            len(there["files"]),
        )
    ((_, run),) = clean["runs"].items()
    assert told["history_rows"] == len(run["history"]) and told["tables"] == 2 and told["table_rows"] == 2000
