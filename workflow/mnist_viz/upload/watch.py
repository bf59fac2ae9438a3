"""A refusal that stays ends an upload at once: W&B's client would ask again until its patience is over.

It does so in a call that nothing else ends, not even an error raised in it, and what it was told is in its service's
log alone.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_viz.upload import refusals, wandb_internals

LOOK_SECONDS = 0.5


@contextmanager
def refusals_ending(folder: Path, end: Callable[[str], None]) -> Iterator[None]:
    """Call `end`, from another thread, with the first refusal for good that W&B's server answers in the meantime.

    `folder` holds W&B's own files.
    """
    read = {log: log.stat().st_size for log in wandb_internals.service_logs(folder)}
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            for log in wandb_internals.service_logs(folder):
                content = log.read_bytes()[read.get(log, 0) :]
                whole = content[: content.rfind(b"\n") + 1]  # the last line may not be
                read[log] = read.get(log, 0) + len(whole)
                for said in wandb_internals.answers(whole.decode()):
                    if refusals.is_permanent(said):
                        end(said)
                        return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
