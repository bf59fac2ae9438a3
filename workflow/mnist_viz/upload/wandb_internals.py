"""What this project uses of W&B's client that is no public interface, as the source of the client's VERSION has it.

Every function says why. An update of the client begins here: a test refuses a version that is not the one named here.
"""

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import wandb

VERSION = "0.31.0"

# Settings beginning with x_ are experimental. Without these the client sends the load of the machine, what machine it
# is, who runs what there, and its packages.
UNRECORDED = {
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}
# Seconds until an answer that does not come is asked for again. There is no public setting.
ASKED_AGAIN_AFTER = {"x_graphql_timeout_seconds": 30}

Entry = Any  # of a manifest: one file of an artifact, or a reference to one


class LogState(NamedTuple):
    """How far an offline run's log goes."""

    state: str
    """`finished`, or what it is otherwise."""
    step: int


def disable_reporting() -> None:
    """Turn off what the client reports of itself: if its service fails to start, to report that would wait for the
    service for ever.
    """
    from wandb.analytics.opentelemetry import opentelemetry_proxy

    opentelemetry_proxy.disable()


def allow_disks_without_modes() -> None:
    """Let the client go on where no file's mode can be set (CIFS): it makes its copies of files read-only, against
    changes that nobody makes in this upload's own folder. There is no setting.
    """
    set_mode = os.chmod

    def chmod(*arguments: Any, **options: Any) -> None:
        with contextlib.suppress(PermissionError):
            set_mode(*arguments, **options)

    os.chmod = chmod


def service_error() -> type[Exception]:
    """What the client raises when its service answers with an error. It is no subclass of wandb.Error."""
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError

    return WandbApiFailedError


def is_no_such_run(error: "wandb.errors.CommError") -> bool:
    """Whether an error says that the server has no such run. Only the cause of the public error tells."""
    from wandb.apis.public.runs import RunNotFoundError

    return isinstance(error.exc, RunNotFoundError)


def log_input(run: "wandb.Run", artifact: "wandb.Artifact", aliases: list[str]) -> "wandb.Artifact":
    """Log a new artifact as an input of the run, offline too.

    This is what run.use_artifact does with a new artifact. It refuses to in an offline run, whose log can hold it all
    the same: `wandb sync` then makes the lineage.
    """
    return run._log_artifact(artifact, aliases=aliases, is_user_created=True, use_after_commit=True)


def entries(artifact: "wandb.Artifact", names: list[str]) -> list[Entry]:
    """The manifest's entries of an artifact that is not logged yet, for which get_entry raises."""
    return [artifact.manifest.entries[name] for name in names]


def add_entries(artifact: "wandb.Artifact", entries: Iterable[Entry]) -> None:
    """Add entries of another manifest: add_file would digest every file again for every epoch."""
    for entry in entries:
        artifact.manifest.add_entry(entry)


def file_count(artifact: "wandb.Artifact") -> int:
    """How many files an artifact has that is not logged yet, for which file_count raises."""
    return len(artifact.manifest.entries)


def manifest_digest(artifact: "wandb.Artifact") -> str:
    """The digest of an artifact's manifest, computed here; `artifact.digest` is what the server says of it."""
    return artifact.manifest.digest()


def hide_paths(*artifacts: "wandb.Artifact") -> None:
    """Make the paths of the artifacts' local files relative: the client sends them to the server with the manifest."""
    for artifact in artifacts:
        for entry in artifact.manifest.entries.values():
            if entry.local_path:
                entry.local_path = os.path.relpath(entry.local_path)


def image_cell(name: str, content: bytes, kind: str, width: int, height: int) -> dict[str, Any]:
    """What wandb.Image writes into a table for a PNG or JPEG file (`kind`) once it lies in the same artifact as
    `name`."""
    size = {"format": kind, "width": width, "height": height}
    return {"_type": "image-file", **size, "path": name, "sha256": hashlib.sha256(content).hexdigest()}


def table(columns: list[str], first: list[Any], rows: list[list[Any]]) -> "wandb.Table":
    """A table of `rows`, whose cells are as they are to be written; `first` is the first as the client wants it.

    W&B's table compares the types of every row, which takes seconds; here the first row alone decides the types, as
    all rows have the same.
    """
    import wandb

    made = wandb.Table(columns=[*columns], data=[first])
    made.data = rows
    return made


def table_height(logged: dict[str, Any]) -> int:
    """The number of rows of a table, of which the history holds only the file's address and facts; 0 without them."""
    return int(logged.get("nrows", 0))  # a float where W&B serves it from Parquet


def download_table(artifact: "wandb.Artifact") -> list[list[Any]]:
    """The rows of the artifact's only table, downloaded anew. ValueError if its bytes are not those of the manifest.

    artifact.get would take them from the cache, download every image and make objects of them.
    """
    (name,) = (path for path in artifact.manifest.entries if path.endswith(".table.json"))
    entry = artifact.get_entry(name)
    with tempfile.TemporaryDirectory() as folder:
        content = Path(entry.download(root=folder, skip_cache=True)).read_bytes()
    if base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode() != entry.digest:
        raise ValueError(f"{artifact.qualified_name}: {name} comes back with other bytes than it was sent with")
    rows: list[list[Any]] = json.loads(content)["data"]
    return rows


def offline_log(run: Path) -> LogState:
    """How far the log of an offline run goes. CommError if it can't be read.

    The format of the log and what the client's own reader prints of it are not documented.
    """
    import wandb

    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--summary", "--json", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise wandb.errors.CommError(f"W&B's log in {run} can't be read: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    return LogState(found["state"], found["step"])


def service_logs(folder: Path) -> list[Path]:
    """The logs of the service, one for every run that this folder has of the client's, the latest last."""
    return sorted(folder.glob("run-*/logs/debug-internal.log"), key=lambda log: log.stat().st_mtime)


def answers(lines: str) -> list[str]:
    """What the server answered to requests that are made again, by lines of a service's log."""
    records = map(json.loads, lines.splitlines())
    return [str(record["body"]) for record in records if record.get("body")]


def last_trouble(folder: Path) -> str:
    """What last went wrong on the way to the server; empty if nothing did.

    The client tries again and again and says only that it took too long. Why is in the service's own log.
    """
    logs = service_logs(folder)
    for line in reversed(logs[-1].read_text(encoding="utf-8").splitlines() if logs else []):
        record = json.loads(line)
        trouble = str(record.get("error") or record.get("status") or "")
        if trouble and trouble != "200 OK":
            return trouble
    return ""
