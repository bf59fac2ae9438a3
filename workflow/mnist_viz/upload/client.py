"""How this project uses W&B's client: where it may write, what it may tell, how long it may wait."""

import atexit
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mnist_viz.upload import wandb_internals

if TYPE_CHECKING:
    import wandb

    from mnist_viz.upload.settings import Description

PATIENCE_SECONDS = 600

# What W&B records of its own accord: host, user, git remote, console and packages. Off unless wandb.capture is on.
PRIVATE = {
    "console": "off",
    "disable_git": True,
    "disable_code": True,
    "save_code": False,
    "disable_job_creation": True,
    "host": "hidden",
    "program": "mnist_viz",
    **wandb_internals.UNRECORDED,
}


@dataclass(frozen=True)
class Destination:
    """Where runs go and what they tell: the section wandb: of the configuration."""

    project: str
    entity: str | None
    """A user or team; None for the account's own."""
    mode: Literal["online", "offline"]
    capture: bool
    """Whether W&B may record what is private."""
    server: str | None = None
    """The address of the server; None for the client's own."""
    patience: int = PATIENCE_SECONDS
    """Seconds to wait for W&B in any one step, in which the client itself tries again and again."""


def destination(section: dict[str, Any], **others: Any) -> Destination:
    """The destination that the section wandb: names, as it counts; `others` are entries that it does not have."""
    own = {key: section.get(key) for key in ("project", "entity", "mode", "capture", "server")}
    return Destination(**{**own, **others})


def confine(folder: Path, variant: str, patience: int = PATIENCE_SECONDS) -> None:
    """Let W&B write under `folder` alone, neither in the home folder nor in the system's temporary folder; no prompts.

    To be called before wandb is imported. The current folder is then the parent of `folder`.
    """
    remove_own_files(folder, variant)
    folder = folder.absolute()  # and not resolved: if it is a link, the client has to find it by this name
    own = _own_folder(folder, variant)
    places = {"WANDB_DATA_DIR": "data", "WANDB_CACHE_DIR": "cache", "WANDB_CONFIG_DIR": "config"}
    for variable, name in {**places, "WANDB_ARTIFACT_DIR": "artifacts", "TMPDIR": "tmp"}.items():
        (own / name).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(own / name)
    tempfile.tempdir = os.environ["TMPDIR"]
    os.chdir(folder.parent)
    # Of the client's socket. From here its path is below the 100 bytes or so beyond which the socket would be in /tmp.
    os.environ["TMPDIR"] = os.path.relpath(own / "tmp", folder.parent)
    os.environ["WANDB_DIR"] = str(folder.parent)  # where W&B makes its folder `wandb`
    os.environ["WANDB_SILENT"] = "true"
    os.environ["WANDB_ERROR_REPORTING"] = "false"  # of the client's own errors, with paths of this machine
    os.environ["WANDB_HTTP_TIMEOUT"] = str(patience)  # of the client for its service
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the client asks for a key where it finds a terminal
    os.close(nothing)


def remove_own_files(folder: Path, variant: str) -> None:
    """Remove what the client kept under `folder` for an upload of the variant before, as far as it can be removed."""
    for own in _own_folder(folder, variant).parent.glob(f"{_short(variant)}*"):
        shutil.rmtree(own, ignore_errors=True)


def _own_folder(folder: Path, variant: str) -> Path:
    """The client's folder for an upload of the variant by this user: it makes folders in it that no other can empty.

    Its name is short for the sake of the socket in it.
    """
    return folder / "client" / f"{_short(variant)}-{os.getuid()}"


def _short(variant: str) -> str:
    return hashlib.sha256(variant.encode()).hexdigest()[:12]


def exit_without_waiting() -> None:
    """Let Python's end be the process's, with status 1, until `exit_as_usual`: the client would go on trying to reach a
    server that is away.

    What is registered last is called first: to be called again after the client has registered what it does at the end.
    """
    atexit.register(os._exit, 1)


def exit_as_usual() -> None:
    """Take `exit_without_waiting` back."""
    atexit.unregister(os._exit)


def check_address(server: str) -> None:
    """Raise ValueError if the client refuses an address: that of a page, not of a server, say."""
    import pydantic
    import wandb

    try:
        wandb.Settings(base_url=server)
    except pydantic.ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"the address of W&B's server: {said}") from error


def start_service(destination: Destination) -> None:
    """Start the client's service, the process that talks to the server. wandb.Error if that fails."""
    import wandb

    wandb_internals.disable_reporting()
    wandb_internals.allow_disks_without_modes()
    wandb.setup(settings(destination))


def settings(destination: Destination) -> "wandb.Settings":
    """The client's settings for a run."""
    import wandb

    return wandb.Settings(
        silent=True,
        init_timeout=destination.patience,
        finish_timeout=destination.patience,
        finish_timeout_raises=True,
        **wandb_internals.ASKED_AGAIN_AFTER,
        **({} if destination.capture else PRIVATE),
    )


def init_run(
    identity: str,
    name: str,
    said: "Description",
    config: dict[str, Any],
    destination: Destination,
    job_type: str | None = None,
) -> "wandb.Run":
    """Make a run, a variant's if it is of no `job_type`, or go on with it where the server has it already.

    Tags that it has there stay.
    """
    import wandb

    run = wandb.init(
        id=identity,
        name=name,
        group=said.group,
        notes=said.notes,
        job_type=job_type,
        project=destination.project,
        entity=destination.entity,
        mode=destination.mode,
        resume="allow" if destination.mode == "online" else None,
        config=config,
        allow_val_change=True,
        settings=settings(destination),
    )
    if lacking := [tag for tag in said.tags if tag not in (run.tags or ())]:
        run.tags = (*(run.tags or ()), *lacking)
    run.define_metric("epoch", hidden=True)
    for metric in ("acc", "accuracy", "errors", "test_loss", "calibration_error"):
        run.define_metric(metric, step_metric="epoch")
    return run


def wait(artifact: "wandb.Artifact", patience: int) -> "wandb.Artifact":
    """Wait until the server has committed an artifact. CommError if it has not, or not in time."""
    import wandb

    try:
        return artifact.wait(patience)
    except ValueError as error:
        raise wandb.errors.CommError(str(error)) from error
