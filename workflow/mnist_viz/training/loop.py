"""The training loop: from the first weights, or from where a training was stopped, to the weights after every epoch."""

import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from torch import nn

from mnist_viz.training import memory, models, split, weights
from mnist_viz.training.hardware import Machine
from mnist_viz.training.loader import Loader
from mnist_viz.training.optimizer import Adam
from mnist_viz.training.resume import Resume, State, checkpoint_name
from mnist_viz.training.schedule import learning_rates
from mnist_viz.training.step import Loss, make_step

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters


class Examples(NamedTuple):
    """What is trained on: images uint8 [N, H, W] or [N, H, W, 3] and labels uint8 or uint16 [N], of so many classes."""

    images: np.ndarray
    labels: np.ndarray
    classes: int = 10


class Watch(Protocol):
    """Who is told how a training goes, and asked whether it has to stop."""

    def begin(self, state: State, rates: list[float], afresh: str) -> None:
        """It begins at `state`; `rates` is the learning rate of every step. `afresh` says why a saved state that was
        there is not continued."""

    def step(self, losses: torch.Tensor, steps: int) -> None:
        """`steps` steps are done; `losses` holds the loss of each of them."""

    def epoch(self, epoch: int, state: State) -> None:
        """An epoch is done and saved."""

    def stop(self) -> bool:
        """Whether to save and stop now."""


class DivergedError(ArithmeticError):
    """The loss is no longer a finite number."""


class Stopped(Exception):
    """The training was told to stop, in or after this epoch, and its state is saved."""

    def __init__(self, epoch: int, whole: bool) -> None:
        super().__init__(epoch, whole)
        self.epoch, self.whole = epoch, whole


class Trainee(NamedTuple):
    """What a training changes."""

    network: nn.Module
    optimizer: Adam
    loader: Loader

    @classmethod
    def first(cls, settings: "Hyperparameters", examples: Examples, machine: Machine) -> "Trainee":
        """A network with its first weights, and what trains it."""
        memory.seed(settings.seed)
        network = models.build(settings, split.shape(examples.images), examples.classes).to(machine.device)
        network.train()
        loader = Loader(examples.images, examples.labels, settings, machine.device)
        return cls(network, Adam(network, settings.weight_decay), loader)

    def load(self, state: State) -> None:
        """Go to where `state` stands."""
        weights.load(self.network, state.weights, "the saved state")
        self.optimizer.load(state.moments)
        self.loader.generator.set_state(torch.from_numpy(state.shuffle))
        memory.recall(self.network, self.loader.labels.device, state.memory)

    def now(self, before: State, losses: torch.Tensor, shuffle: torch.Tensor) -> State:
        """The state after as many steps as there are `losses`; `shuffle` is the generator's at the epoch's beginning,
        the times and files are those of `before`."""
        return before._replace(
            steps=len(losses),
            weights=weights.of(self.network),
            moments=self.optimizer.saved(),
            memory=memory.of(self.network, self.loader.labels.device),
            shuffle=shuffle.numpy(),
            losses=losses.cpu().numpy(),
        )


def train(settings: "Hyperparameters", examples: Examples, machine: Machine, resume: Resume, watch: Watch) -> State:
    """Train to the last epoch, keep the weights after each epoch in `resume`, and return the final state.

    Raises DivergedError if the loss is not finite, OSError if another training of the variant has begun, and Stopped
    with the state saved when `watch` says so.
    """
    trainee = Trainee.first(settings, examples, machine)
    network, optimizer, loader = trainee
    loss = Loss(network, machine.precision, settings.label_smoothing)
    start = trainee.now(State.empty(), torch.zeros(0), loader.generator.get_state())
    steps = {size: make_step(loader, loss, optimizer, size) for size in loader.sizes()}
    rates = learning_rates(settings, settings.epochs * len(loader))

    resume.begin()
    saved, afresh = resume.load(len(rates), len(loader))
    state = saved or start
    trainee.load(state)
    losses = torch.zeros(len(rates), device=machine.device)
    losses[: state.steps] = torch.from_numpy(state.losses).to(machine.device)
    watch.begin(state, rates, afresh)
    for epoch in range(state.steps // len(loader) + 1, settings.epochs + 1):
        shuffle = loader.generator.get_state()
        loader.shuffle()
        clock = Clock(epoch, state)
        for number in range(state.steps % len(loader), len(loader)):
            done = (epoch - 1) * len(loader) + number
            indices = loader.batch(number)
            step = steps[len(indices)]
            step.indices.copy_(indices)
            optimizer.rate.fill_(rates[done])
            step.run()
            losses[done] = step.loss
            watch.step(losses, done + 1)
            if watch.stop() and number + 1 < len(loader):
                clock.read()
                resume.save(trainee.now(state, losses[: done + 1], shuffle))
                raise Stopped(epoch, whole=False)
        check_finite(losses[: epoch * len(loader)], len(loader), epoch, resume.variant)
        clock.read()
        state = trainee.now(state, losses[: epoch * len(loader)], loader.generator.get_state())
        state.checkpoints[checkpoint_name(epoch)] = [resume.keep(epoch, state.weights)]
        resume.save(state)
        watch.epoch(epoch, state)
        if watch.stop() and epoch < settings.epochs:
            raise Stopped(epoch, whole=True)
    resume.check()
    return state


class Clock:
    """The time of an epoch's steps, those before a stop included, kept in the state."""

    def __init__(self, epoch: int, state: State) -> None:
        self.epoch, self.seconds = str(epoch), state.seconds
        self.before = state.seconds.get(self.epoch, 0.0)
        state.started.setdefault(self.epoch, time.time())
        self.begun = time.monotonic()

    def read(self) -> None:
        """Set the epoch's seconds."""
        self.seconds[self.epoch] = self.before + time.monotonic() - self.begun


def check_finite(losses: torch.Tensor, steps: int, epoch: int, variant: str) -> None:
    """Raise DivergedError naming the first of the last `steps` losses, those of `epoch`, that is NaN or infinite."""
    first = len(losses) - steps
    finite = torch.isfinite(losses[first:])
    if not finite.all():
        step = first + int((~finite).nonzero()[0]) + 1
        raise DivergedError(f"train {variant}: the loss is {float(losses[step - 1])} at step {step}, in epoch {epoch}")
