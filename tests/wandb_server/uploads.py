"""Run this project's stages without Snakemake, and its upload against the stand-in server with an empty home."""

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.wandb_server.http import Server

PROJECT = Path(__file__).parents[2]
Picture = dict[str, Any]  # State.picture()


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
    root: Path,
    variant: str,
    server: Server | None,
    mode: str = "online",
    patience: int = 120,
    tables: dict[str, Any] | None = None,
    wandb: dict[str, Any] | None = None,
    **more: str,
) -> "subprocess.Popen[str]":
    """Start the upload of a variant of `root`/results, with less patience than it has for a real server.

    `tables` and `wandb` are what these sections of the configuration have besides; `more` goes into the environment.
    """
    results = root / "results"
    section = {"mode": mode, "project": "mnist-viz", "entity": None, "capture": False, **(wandb or {})}
    arguments = ["--variant", variant, "--results", str(results), "--resources", str(root / "resources")]
    arguments += ["--tables", json.dumps({"images": "all", **(tables or {})}), "--wandb", json.dumps(section)]
    arguments += ["--record", str(results / variant / "wandb.json"), "--log", str(root / "logs" / f"{variant}.log")]
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_viz.upload", *arguments, "--patience", str(patience)],
        env=environment(root, server, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def client_of(upload: int) -> list[int]:
    """The processes of the client's other half, wandb-core, which the upload with this process id has started."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if command and command[0].endswith("wandb-core") and command[-2:] == ["--pid", str(upload)]:
                found.append(process.pid)
    return found


def end(process: "subprocess.Popen[str]", seconds: float = 600) -> Upload:
    """Wait for an upload, and for the client's other half, which ends a little later if the first was killed."""
    text = process.communicate(timeout=seconds)[0]
    until = time.monotonic() + 60
    while client_of(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    return Upload(process.returncode, text)


def upload(root: Path, variant: str, server: Server | None, **options: Any) -> Upload:
    """Upload a variant and wait for it."""
    return end(begin(root, variant, server, **options))


def receipt(root: Path, variant: str) -> dict[str, Any]:
    """The receipt."""
    return json.loads((root / "results" / variant / "wandb.json").read_text())


STAGES = """
import importlib, json, runpy, sys
commands, code = map(json.loads, sys.argv[1:])
for place, value in code.items():
    module, _, name = place.rpartition(".")
    getattr(importlib.import_module(module), name)
    setattr(importlib.import_module(module), name, value)
for module, *sys.argv[1:] in commands:
    runpy.run_module(f"mnist_viz.{module}", run_name="__main__")
"""


def stages(*commands: list[object], code: dict[str, object] | None = None) -> None:
    """Run stages without Snakemake, one after the other in one process. A command is a module and its arguments.

    `code` are other values of constants of the pipeline's modules, by their full names: what a changed code computes.
    """
    told = json.dumps([[str(word) for word in command] for command in commands]), json.dumps(code or {})
    outside = {**os.environ, "PYTHONPATH": str(PROJECT / "workflow"), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", STAGES, *told], check=True, env=outside, capture_output=True, timeout=600)


def data_command(root: Path) -> list[object]:
    """The command that decodes the sample."""
    data, results = root / "resources" / "mnist", root / "results"
    made = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    made += ["--images", results / "images.parquet", "--classes", results / "classes.parquet"]
    made += ["--record", results / "data.json"]
    return ["data", "--dataset", "sample", *made]


def train_command(root: Path, variant: str, **hyperparameters: object) -> list[object]:
    """The command that trains a small variant for two epochs."""
    data, made = root / "resources" / "mnist", root / "results" / "data.json"
    config = {"epochs": 2, "batch_size": 128, "learning_rate": 0.002, "l1_size": 2, "l2_size": 4, "conv_kernel": 3}
    config |= {"seed": 0, "threads": 1, "device": "cpu", "precision": "float32", "schedule": "constant"}
    config |= {"weight_decay": 0.0, "label_smoothing": 0.0, "augment": "none", **hyperparameters}
    folder = root / "results" / variant
    told = ["--data", data / "train.safetensors", "--data-record", made, "--folder", folder]
    told += ["--record", folder / "train.json"]
    return ["train", "--variant", variant, "--config", json.dumps(config), *told]


def predict_command(root: Path, variant: str) -> list[object]:
    """The command that predicts with a trained variant."""
    folder = root / "results" / variant
    told = ["--train-record", folder / "train.json", "--checkpoints", folder / "checkpoints"]
    told += ["--config", folder / "config.json", "--test", root / "resources" / "mnist" / "test.safetensors"]
    told += ["--data-record", root / "results" / "data.json", "--record", folder / "predict.json"]
    return [
        *("predict", *told),
        *("--predictions", folder / "predictions.parquet", "--metrics", folder / "metrics.parquet"),
    ]


def train(root: Path, variant: str, code: dict[str, object] | None = None, **hyperparameters: object) -> None:
    """Train a small variant for two epochs and predict with it, both with `code` (see `stages`)."""
    stages(train_command(root, variant, **hyperparameters), predict_command(root, variant), code=code)


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
