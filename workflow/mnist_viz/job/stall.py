"""Say so when a training makes no step: threads that wait for one another do that without a line."""

import os
import threading
import time

from mnist_viz.job.log import logger

SECONDS = 120.0  # without a step


class Stall:
    """Looks, in a thread, whether a training goes on, until it is closed."""

    def __init__(self, who: str) -> None:
        """`who` is stage and variant."""
        self.who, self.steps = who, 0
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name=f"stall of {who}", daemon=True).start()

    def step(self, steps: int) -> None:
        """`steps` steps are done."""
        self.steps = steps

    def close(self) -> None:
        """Look no longer."""
        self._closed.set()

    def _watch(self) -> None:
        seen, since, told = self.steps, time.monotonic(), 0.0
        while not self._closed.wait(SECONDS / 4):
            if self.steps != seen:
                seen, since, told = self.steps, time.monotonic(), 0.0
            elif (waited := time.monotonic() - since) >= max(SECONDS, 2 * told):
                told = waited
                logger.warning(
                    "warning: %s has made no step for %.0f seconds, after step %d. If it stays so, its threads or its "
                    "disk hang: end it (kill -KILL %d) and run again; it continues after its last whole epoch.",
                    *(self.who, waited, seen, os.getpid()),
                )
