"""W&B's client at work for one upload: confined, private, and its errors explained."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_viz.job.log import logger
from mnist_viz.upload import client, errors, reach, variables
from mnist_viz.upload.client import Destination
from mnist_viz.upload.watch import refusals_ending


@contextmanager
def session(folder: Path, name: str, destination: Destination, attempt: int = 1) -> Iterator[None]:
    """Let W&B's client work, with its own files for the upload called `name` under `folder`.

    The current folder is then the parent of `folder`. OSError says why W&B has not what is sent, and what to do, by
    the run's `attempt`. A refusal that stays ends the process with it at once.
    """
    if unset := variables.keep_own(destination.mode, destination.server):
        logger.info("upload %s: not taken from the environment: %s", name, ", ".join(unset))
    reach.trust()
    client.confine(folder, name, destination.patience)
    show_error = sys.excepthook

    def end(said: str) -> None:
        error = errors.explain(name, OSError(said), folder, destination.mode, attempt)
        show_error(OSError, error, None)
        os._exit(1)

    raised_by_client = errors.of_the_client()
    client.exit_without_waiting()
    try:
        if destination.mode == "online":
            client.check_address(reach.server())
            reach.check(name)
        client.start_service(destination)
        with refusals_ending(folder, end):
            yield
    except raised_by_client as error:
        raise errors.explain(name, error, folder, destination.mode, attempt) from error
    finally:
        sys.excepthook = show_error  # the client has its own
    if destination.mode == "online":
        client.remove_own_files(folder, name)
