"""What went wrong, why as far as can be found out, and what to do."""

import errno
import shutil
from pathlib import Path

from mnist_viz.job.causes import innermost, thread_limit
from mnist_viz.job.preflight import LEAST
from mnist_viz.store.files import FEW_INODES, free_inodes
from mnist_viz.upload import reach, refusals, wandb_internals


def of_the_client() -> tuple[type[Exception], ...]:
    """What the client raises when W&B, or the way there, is at fault."""
    import requests
    import wandb

    return wandb.errors.Error, wandb_internals.service_error(), TimeoutError, requests.RequestException


def explain(variant: str, error: Exception, folder: Path, mode: str, attempt: int) -> OSError:
    """The error that a user gets for one of the client's. `folder` holds W&B's own files; `attempt` is the run's."""
    import wandb

    if shutil.disk_usage(folder).free < LEAST or free_inodes(folder) < FEW_INODES:
        return OSError(errno.ENOSPC, f"upload {variant}: {error}", str(folder))
    said = str(error).partition("\nConsider increasing")[0].rstrip(".")
    if "wandb-core exited" in said:  # it says why on the terminal
        said += f", as it says above ({thread_limit()})"
    if mode == "offline":
        return OSError(f"upload {variant}: {said}. Upload again when that has passed")
    way_out = refusals.way_out(said, attempt)
    if way_out is None:
        trouble = trouble_now() or wandb_internals.last_trouble(folder)
        said += f" ({trouble})" if trouble and trouble not in said else ""
        way_out = refusals.KEY if isinstance(error, wandb.errors.UsageError) else refusals.way_out(said, attempt)
    way_out = way_out or "Upload again when that has passed; what has arrived is not sent twice"
    return OSError(f"upload {variant}: W&B at {reach.server()}: {said}. {way_out}")


def trouble_now() -> str:
    """What is wrong with the server or the key, found by the simplest of requests; empty if nothing is."""
    import requests

    try:
        answer = reach.ask()
    except requests.Timeout:
        return f"no answer within {reach.ANSWER_SECONDS} s"
    except requests.RequestException as error:
        return innermost(error)
    if not answer.ok:
        return f"HTTP status {answer.status_code} {answer.reason}"
    page = "html" in answer.headers.get("Content-Type", "")
    return "an HTML page instead of an answer, as a login or a proxy gives it" if page else ""
