"""Run this project's upload against the stand-in server, in a process of its own with an empty home."""

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
