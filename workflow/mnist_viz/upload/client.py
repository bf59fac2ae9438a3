"""How this project uses W&B's client: where it may write, what it may tell, how long it may wait."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import wandb

PATIENCE = 600  # seconds to wait for W&B in any one step, in which the client itself tries again and again
ANSWER_SECONDS = 30  # until an answer that does not come is asked for again

# What W&B records of its own accord: host, user, git remote, console and packages. Off unless wandb.capture is on.
PRIVATE = {
    "console": "off",
    "disable_git": True,
    "disable_code": True,
    "save_code": False,
    "disable_job_creation": True,
    "host": "hidden",
    "program": "mnist_viz",
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}


def prepare(folder: Path, variant: str) -> None:
    """Let W&B write under `folder` alone, neither in the home folder nor in the system's temporary folder; no prompts.

    To be called before wandb is imported. The current folder is then the parent of `folder`.
    """
    clean(folder, variant)
    folder = folder.resolve()
    own = place(folder, variant)
    places = {"WANDB_DATA_DIR": "data", "WANDB_CACHE_DIR": "cache", "WANDB_CONFIG_DIR": "config"}
    for variable, name in {**places, "WANDB_ARTIFACT_DIR": "artifacts", "TMPDIR": "tmp"}.items():
        (own / name).mkdir(parents=True)
        os.environ[variable] = str(own / name)
    tempfile.tempdir = os.environ["TMPDIR"]
    os.chdir(folder.parent)
    # Of the client's socket. From here its path is below the 100 bytes or so beyond which the socket would be in /tmp.
    os.environ["TMPDIR"] = os.path.relpath(own / "tmp")
    os.environ["WANDB_DIR"] = str(folder.parent)  # where W&B makes its folder `wandb`
    os.environ["WANDB_SILENT"] = "true"
    os.environ["WANDB_ERROR_REPORTING"] = "false"  # of the client's own errors, with paths of this machine
    os.environ["WANDB_HTTP_TIMEOUT"] = str(PATIENCE)  # of the client's Python half for its other half
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the client asks for a key where it finds a terminal
    os.close(nothing)


def place(folder: Path, variant: str) -> Path:
    """The client's folder for an upload of the variant; its name is short for the sake of the socket in it."""
    return folder / "client" / hashlib.sha256(variant.encode()).hexdigest()[:12]


def clean(folder: Path, variant: str) -> None:
    """Remove what the client kept for an upload of the variant before."""
    shutil.rmtree(place(folder, variant), ignore_errors=True)


def begin(capture: bool) -> None:
    """Start the client's other half. If that fails, the client's reporting of errors would wait for itself for ever."""
    import wandb
    from wandb.analytics.opentelemetry import opentelemetry_proxy

    opentelemetry_proxy.disable()
    wandb.setup(settings(capture))


def settings(capture: bool) -> "wandb.Settings":
    """The client's settings for a run."""
    import wandb

    return wandb.Settings(
        silent=True,
        init_timeout=PATIENCE,
        finish_timeout=PATIENCE,
        finish_timeout_raises=True,
        x_graphql_timeout_seconds=ANSWER_SECONDS,
        **({} if capture else PRIVATE),
    )


def start_run(
    identity: str, name: str, group: str, config: dict[str, Any], wandb_section: dict[str, Any]
) -> "wandb.Run":
    """Start the variant's run, or go on with it where the server has it already."""
    import wandb

    run = wandb.init(
        id=identity,
        name=name,
        group=group,
        project=wandb_section["project"],
        entity=wandb_section["entity"],
        mode=wandb_section["mode"],
        resume="allow" if wandb_section["mode"] == "online" else None,
        config=config,
        allow_val_change=True,
        settings=settings(wandb_section["capture"]),
    )
    run.define_metric("epoch", hidden=True)
    for metric in ("acc", "errors", "test_loss", "calibration_error"):
        run.define_metric(metric, step_metric="epoch")
    return run


def check_log(run: Path, last_step: int) -> None:
    """Raise CommError if the log of an offline run is not whole: the client tells nobody when it can't write it."""
    import wandb

    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--summary", "--json", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise wandb.errors.CommError(f"W&B's log in {run} can't be read: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    if (found["state"], found["step"]) != ("finished", last_step):
        raise wandb.errors.CommError(
            f"W&B's log in {run} is not whole: {found['state']} at step {found['step']} of {last_step}"
        )


def hide_paths(*artifacts: "wandb.Artifact") -> None:
    """Make the paths of the artifacts' local files relative: the client sends them to the server with the manifest."""
    for artifact in artifacts:
        for entry in artifact.manifest.entries.values():
            if entry.local_path:
                entry.local_path = os.path.relpath(entry.local_path)


def wait(artifact: "wandb.Artifact") -> "wandb.Artifact":
    """Wait until the server has committed an artifact. CommError if it has not, or not in time."""
    import wandb

    try:
        return artifact.wait(PATIENCE)
    except ValueError as error:
        raise wandb.errors.CommError(str(error)) from error


def last_trouble(folder: Path) -> str:
    """What last went wrong on the way to the server, from the log of the newest run; empty if nothing did."""
    logs = sorted(folder.glob("run-*/logs/debug-internal.log"), key=lambda log: log.stat().st_mtime)
    for line in reversed(logs[-1].read_text(encoding="utf-8").splitlines() if logs else []):
        record = json.loads(line)
        trouble = str(record.get("error") or record.get("status") or "")
        if trouble and trouble != "200 OK":
            return trouble
    return ""


def server() -> str:
    """The address of W&B's server, known also where the client's other half did not start."""
    import wandb

    return os.environ.get("WANDB_BASE_URL", wandb.Settings().base_url).rstrip("/")


def trouble_now() -> str:
    """What is wrong with the server or the key, found by the simplest of requests; empty if nothing is."""
    import requests

    key = os.environ.get("WANDB_API_KEY")  # without one, requests looks into the netrc file, as the client does
    try:
        answer = requests.post(
            f"{server()}/graphql",
            json={"query": "query Viewer { viewer { id } }"},
            auth=("api", key) if key else None,
            timeout=10,
        )
    except requests.Timeout:
        return "no answer within 10 s"
    except requests.ConnectionError as error:
        return str(getattr(error.args[0], "reason", error)).partition(">: ")[2] or str(error)
    return "" if answer.ok else f"HTTP status {answer.status_code} {answer.reason}"
