"""Python files of users' own models, and one of them trained as the command does it."""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_viz.config import Hyperparameters, resolve
from mnist_viz.training import hardware, loop, probe
from mnist_viz.training.resume import Resume, State
from tests.watchers import Silent

HEAD = "import math\nimport random\n\nimport numpy as np\nimport torch\nfrom torch import nn\n\n\n"
PLAIN = """
class Net(nn.Module):
    def __init__(self, shape, classes, width=8):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(math.prod(shape), width), nn.ReLU(), nn.Linear(width, classes)
        )

    def forward(self, pixels):
        return self.layers(pixels)
"""


def write(file: Path, text: str = PLAIN) -> Path:
    """A user's file with the usual imports, and a text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD + text)
    return file


def settings(file: Path, name: str = "Net", **changes: object) -> Hyperparameters:
    """The hyperparameters of a variant with the class of a file."""
    own = {"epochs": 2, "batch_size": 8, "threads": 1, "precision": "float32", **changes}
    return resolve({"variants": {"mine": {"model": f"{file}:{name}", **own}}}, "test").variants["mine"]


def examples(count: int = 26, shape: tuple[int, ...] = (12, 10), classes: int = 3) -> loop.Examples:
    """Images of noise, and labels."""
    drawn = np.random.default_rng(0)
    return loop.Examples(
        drawn.integers(0, 256, (count, *shape), np.uint8), (np.arange(count) % classes).astype(np.uint8), classes
    )


class StopAt(Silent):
    """Stops after so many steps."""

    def __init__(self, steps: int) -> None:
        self.at, self.done = steps, 0

    def step(self, losses: object, steps: int) -> None:
        self.done = steps

    def stop(self) -> bool:
        return self.done == self.at


class Trained(NamedTuple):
    state: State
    odd: list[str]


def fresh(own: Hyperparameters, images: loop.Examples, machine: hardware.Machine) -> list[str]:
    """Try a model whose file is imported anew, as in a new process."""
    sys.modules.pop(Path(own.model.rpartition(":")[0]).stem, None)
    return probe.check(own, images, machine)


def train(own: Hyperparameters, folder: Path, images: loop.Examples | None = None, stop_at: int = 0) -> Trained:
    """Try and train a model on the CPU; where it is to stop after some steps, on from there as another job would."""
    images = images or examples()
    machine = hardware.prepare(own, "cpu", own.precision, 100)
    odd = fresh(own, images, machine)
    if stop_at:
        try:
            loop.train(own, images, machine, Resume(folder, "key", "mine", {}), StopAt(stop_at))
        except loop.Stopped:
            fresh(own, images, machine)
        else:
            raise AssertionError("it did not stop")
    return Trained(loop.train(own, images, machine, Resume(folder, "key", "mine", {}), Silent()), odd)
