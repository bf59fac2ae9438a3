"""What a stopped training continues from: its state after the last step or epoch, and the weights of each epoch."""

import json
import uuid
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_viz.store import tensors
from mnist_viz.store.files import atomic, link, sha256

STATE = "state.safetensors"


def checkpoint_name(epoch: int) -> str:
    """The file name of the weights after `epoch` epochs."""
    return f"epoch_{epoch:03d}.safetensors"


class State(NamedTuple):
    """Where training stands: everything that the next step depends on, and what the steps before left behind."""

    steps: int
    """Completed, over all epochs."""
    weights: dict[str, np.ndarray]
    moments: dict[str, np.ndarray]
    """Adam's step count and moments, over all parameters in their order."""
    memory: dict[str, np.ndarray]
    """What the network remembers besides its weights (see training.memory)."""
    shuffle: np.ndarray
    """The shuffling generator's state at the beginning of the epoch."""
    losses: np.ndarray
    """float32, one a step."""
    started: dict[str, float]
    """By epoch, in seconds since 1970."""
    seconds: dict[str, float]
    """By epoch, of its steps."""
    checkpoints: dict[str, list[str]]
    """SHA-256 of the file of weights after each epoch, by its name; a file that was replaced has that of both."""

    @classmethod
    def empty(cls) -> "State":
        """That of no training at all."""
        return cls(0, {}, {}, {}, np.zeros(0, np.uint8), np.zeros(0, np.float32), {}, {}, {})


class Resume:
    """The folder from which a training continues, and the lease to write there.

    The lease goes to the training that began last. A job that a killed Snakemake left on a compute node may still be at
    work when its successor starts, perhaps with another configuration. It is not locked out, which network file systems
    do badly, but finds another name here.
    """

    def __init__(self, folder: Path, key: str, variant: str, metadata: dict[str, str]) -> None:
        """`key` is the digest of all that the bits depend on: a state with another key is not continued. `metadata`
        goes into each file of weights, beside its `epoch`."""
        self.folder, self.key, self.variant, self.metadata = folder, key, variant, metadata
        self.lease, self.name = folder / "lease", uuid.uuid4().hex

    def begin(self) -> None:
        """Take the lease."""
        with atomic(self.lease) as temporary:
            temporary.write_text(self.name)

    def check(self) -> None:
        """Raise OSError if another training of the variant has begun, or the folder was removed."""
        if not self.lease.is_file() or self.lease.read_text() != self.name:
            raise OSError(
                f"train {self.variant}: another training of {self.variant} has begun since, or {self.lease} was "
                "removed; this one ends"
            )

    def keep(self, epoch: int, weights: dict[str, np.ndarray]) -> str:
        """Write the weights after an epoch and return the file's SHA-256."""
        self.check()
        return tensors.write(self.folder / checkpoint_name(epoch), weights, {**self.metadata, "epoch": str(epoch)})

    def save(self, state: State) -> None:
        """Write the state in place of the one before."""
        self.check()
        arrays = {
            **{f"weights.{name}": array for name, array in state.weights.items()},
            **{f"moments.{name}": array for name, array in state.moments.items()},
            **{f"memory.{name}": array for name, array in state.memory.items()},
            "shuffle": state.shuffle,
            "losses": state.losses,
        }
        texts = {"times": json.dumps([state.started, state.seconds]), "checkpoints": json.dumps(state.checkpoints)}
        tensors.write(self.folder / STATE, arrays, {"key": self.key, "step": str(state.steps), **texts})

    def replace(self, state: State, folder: Path, digests: dict[str, str]) -> None:
        """Put files of weights of `folder`, given by name and SHA-256, in place of those that are kept.

        The state accepts both before the first is replaced, so that a training that is killed here can be continued.
        """
        for name, digest in digests.items():
            state.checkpoints[name] = [sha256(self.folder / name), digest]
        self.save(state)
        for name in digests:
            link(folder / name, self.folder / name)

    def load(self, steps: int, steps_per_epoch: int) -> tuple[State | None, str]:
        """The state to continue a training of `steps` steps from; or None, and why not if there is one at all."""
        path = self.folder / STATE
        if not path.exists():
            return None, ""
        try:
            arrays, metadata = tensors.read(path)
            if metadata.get("key") != self.key or int(metadata["step"]) > steps:
                raise ValueError(f"{path} is of another configuration, data, code or kind of CPU")
            state = _state(arrays, metadata)
            for epoch in range(1, state.steps // steps_per_epoch + 1):
                check_weights(self.folder / checkpoint_name(epoch), state.checkpoints)
        except (ValueError, OSError) as error:
            return None, str(error)
        return state, ""


def _state(arrays: dict[str, np.ndarray], metadata: dict[str, str]) -> State:
    groups: dict[str, dict[str, np.ndarray]] = {"weights": {}, "moments": {}, "memory": {}}
    for name, array in arrays.items():
        group, _, rest = name.partition(".")
        if rest:
            groups[group][rest] = array
    started, seconds = json.loads(metadata["times"])
    return State(
        steps=int(metadata["step"]),
        weights=groups["weights"],
        moments=groups["moments"],
        memory=groups["memory"],
        shuffle=arrays["shuffle"],
        losses=arrays["losses"],
        started=started,
        seconds=seconds,
        checkpoints=json.loads(metadata["checkpoints"]),
    )


def check_weights(path: Path, digests: dict[str, list[str]]) -> str:
    """The SHA-256 of the file of weights `path`. Raises ValueError if `digests` does not have it under its name."""
    found = sha256(path)
    if found not in digests.get(path.name, []):
        raise ValueError(f"{path} is damaged or of another training: its SHA-256 is not the recorded one")
    return found
