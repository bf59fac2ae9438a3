"""Who watches a training in a test: each does one thing to it, at a moment that the test chooses."""

import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import torch

from mnist_viz import train
from mnist_viz.job import stall
from mnist_viz.training.resume import State


class Silent:
    """Watches a training without a command around it: says nothing and never stops it."""

    def begin(self, state: State, rates: list[float], afresh: str) -> None: ...

    def step(self, losses: torch.Tensor, steps: int) -> None: ...

    def epoch(self, epoch: int, state: State) -> None: ...

    def stop(self) -> bool:
        return False


class Slow(train.Audience):
    """Every step takes as long as twenty."""

    def step(self, losses: torch.Tensor, steps: int) -> None:
        super().step(losses, steps)
        time.sleep(0.02)


class Terminated(train.Audience):
    """The process gets SIGTERM after the step `at`."""

    def __init__(self, *told: Any, at: int) -> None:
        super().__init__(*told)
        self.at = at

    def step(self, losses: torch.Tensor, steps: int) -> None:
        super().step(losses, steps)
        if steps == self.at:
            os.kill(os.getpid(), signal.SIGTERM)


class Cut(train.Audience):
    """After the first epoch, the system kills the process when it writes more than `most` bytes into a file."""

    def __init__(self, *told: Any, most: int) -> None:
        super().__init__(*told)
        self.most = most

    def epoch(self, epoch: int, state: State) -> None:
        super().epoch(epoch, state)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and reports an error instead
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, self.most))


class Waiting(train.Audience):
    """After every epoch it waits until there is a file `gate`."""

    def __init__(self, *told: Any, gate: Path) -> None:
        super().__init__(*told)
        self.gate = gate

    def epoch(self, epoch: int, state: State) -> None:
        super().epoch(epoch, state)
        while not self.gate.exists():
            time.sleep(0.01)


class Stalled(train.Audience):
    """After the step `at` it makes no further one until `log` says so, after 0.2 seconds."""

    def __init__(self, *told: Any, at: int, log: Path) -> None:
        stall.SECONDS = 0.2
        super().__init__(*told)
        self.at, self.log = at, log

    def step(self, losses: torch.Tensor, steps: int) -> None:
        super().step(losses, steps)
        while steps == self.at and f"after step {self.at}." not in self.log.read_text():
            time.sleep(0.01)
