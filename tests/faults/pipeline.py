"""What the fault tests share: a small configuration, runs in the background, and digests of all that a run makes."""

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.conftest import Outcome, Project, inherited, run

CONFIG = """\
defaults: {epochs: 2, l1_size: 4, l2_size: 8, threads: 1}
variants: {baseline: {}, double: {l1_size: 8}}
"""
SMALL = ["dataset={name: sample}"]
STAGES = ["download", "data", "train", "predict", "upload", "explorer"]

# What is no result: the logs and times of jobs, W&B's own runs, the state that a stopped training continues from; and
# the provenance, whose times and digests are those of the records, which `assert_verified` compares with all files.
NO_RESULT = re.compile(r"(^|/)(logs|benchmarks|wandb|resume|\.snakemake|provenance)/|\.snakemake_timestamp$")


def digests(project: Project) -> dict[str, str]:
    """The SHA-256 of every final file, by path. Times are left out of the few files that carry them."""
    found = {}
    for root in ("resources", "results", "demo"):
        for path in sorted((project.folder / root).rglob("*")):
            name = path.relative_to(project.folder).as_posix()
            if path.is_file() and not NO_RESULT.search(name):
                found[name] = hashlib.sha256(_timeless(path)).hexdigest()
    return found


# Entries of the records (all of them .json files), and of what the explorer shows of them, that carry times: when a
# stage ran and how long, the name of the W&B run's folder, and the digests of files that carry times themselves.
TIMES = {"began", "ended", "started", "seconds", "folder", "sha256", "inputs", "outputs"}


def _timeless(path: Path) -> bytes:
    """A file's bytes, without the times of records and those that the summary takes from them."""
    content = path.read_bytes()
    if path.suffix == ".json":
        with contextlib.suppress(ValueError):  # a damaged one
            return _canonical(_without_times(json.loads(content)))
    if path.name == "summary.md":
        return re.sub(r"[\d,.]+( ± [\d,.]+)? s\b", "", content.decode()).encode()
    if path.name == "summary.csv":
        rows = [line.split(b",") for line in content.splitlines()]
        kept = [i for i, name in enumerate(rows[0]) if not name.startswith(b"training_seconds")]
        return b"\n".join(b",".join(row[i] for i in kept) for row in rows)
    if path.name == "explorer.html":
        before, start, rest = content.partition(b'id="data-description">')
        description, end, after = rest.partition(b"</script>")
        return before + start + _canonical(_without_times(json.loads(description))) + end + after
    return content


def _without_times(content: object) -> object:
    if isinstance(content, dict):
        return {key: _without_times(value) for key, value in content.items() if key not in TIMES}
    if isinstance(content, list):
        return [_without_times(value) for value in content]
    return content


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def verify(project: Project) -> Outcome:
    """What `python -m mnist_viz.verify` says of all files."""
    command = [sys.executable, "-m", "mnist_viz.verify"]
    return run(command, project.folder, PYTHONPATH=str(project.folder / "workflow"))


def assert_verified(project: Project) -> None:
    """Every file is the one that its record names, by SHA-256."""
    outcome = verify(project)
    assert outcome.status == 0, outcome.text


def start(project: Project, *arguments: str, config: list[str] = SMALL, **environment: str) -> subprocess.Popen[bytes]:
    """Snakemake in the background, in a process group of its own, its output in output.txt."""
    with open(project.folder / "output.txt", "wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "2", *arguments, "--config", *config],
            cwd=project.folder,
            env=inherited(**environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stage_processes(process: subprocess.Popen[bytes], stage: str = "") -> list[psutil.Process]:
    """The stages (or one stage's jobs) that a Snakemake is running."""
    found = []
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            if f"mnist_viz.{stage}" in " ".join(child.cmdline()):
                found.append(child)
    except psutil.NoSuchProcess:
        pass
    return found


def still_running(project: Project) -> list[psutil.Process]:
    """Every process that has its working folder in the project."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project.folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end_all(project: Project) -> None:
    """Kill what a test left running in the project."""
    for process in still_running(project):
        process.kill()


def wait_until_alone(project: Project) -> list[str]:
    """The command lines of processes that are still there after ten minutes; orphans end by themselves before."""
    until = time.monotonic() + 600
    while (left := still_running(project)) and time.monotonic() < until:
        time.sleep(0.2)
    return [" ".join(process.cmdline()) for process in left]


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL Snakemake and all its jobs."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
