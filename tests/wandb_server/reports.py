"""Make the comparison and the report of uploaded variants against the stand-in server, without Snakemake."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.wandb_server.http import Server
from tests.wandb_server.uploads import Upload, environment, stages


def compare(root: Path, *variants: str) -> None:
    """Write the three tables of the variants, the first of which is the reference."""
    results = root / "results"
    told = ["--results", results, "--groups", *variants, "--reference", variants[0]]
    stages(["comparison", *told, "--folder", results / "comparison", "--record", results / "comparison.json"])


def report(
    root: Path, server: Server | None, *variants: str, mode: str = "online", wanted: bool = True, **more: str
) -> Upload:
    """Make the report of the variants, with less patience than it has for a real server."""
    results = root / "results"
    section = {"mode": mode, "project": "mnist-viz", "entity": None, "capture": False, "report": wanted}
    told = ["--results", results, "--groups", *variants, "--reference", variants[0], "--wandb", json.dumps(section)]
    told += ["--record", results / "wandb_report.json", "--log", root / "logs" / "wandb_report.log", "--patience", 120]
    done = subprocess.run(
        [sys.executable, "-m", "mnist_viz.wandb_report", *map(str, told)],
        env=environment(root, server, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    return Upload(done.returncode, done.stdout)


def told(root: Path) -> dict[str, Any]:
    """The report's receipt."""
    content: dict[str, Any] = json.loads((root / "results" / "wandb_report.json").read_text())
    return content
