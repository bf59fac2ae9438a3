"""Progress lines of a training: variant, epoch, step, loss, images a second, time left."""

import sys
import time
from typing import TYPE_CHECKING, Any

from mnist_viz.job.log import logger

if TYPE_CHECKING:
    import torch

    from mnist_viz.training.resume import State

PAUSE_SECONDS = 5 if sys.stderr.isatty() else 60  # between two lines


class Progress:
    """Says how far a training is."""

    def __init__(self, config: dict[str, Any], steps: int, done: int) -> None:
        """`config` is the variant's configuration, `steps` those of all epochs, `done` those before it begins."""
        self.variant, self.epochs, self.batch_size = config["variant"], config["epochs"], config["batch_size"]
        self.steps, self.first, self.began = steps, done, time.monotonic()
        self.shown = self.began

    def step(self, losses: "torch.Tensor", done: int) -> None:
        """Say how far training is, every few seconds; `losses` holds those of the `done` steps."""
        moment = time.monotonic()
        if moment - self.shown < PAUSE_SECONDS:
            return
        self.shown = moment
        of_epoch = self.steps // self.epochs
        epoch, number = divmod(done - 1, of_epoch)
        speed = (done - self.first) / (moment - self.began)
        logger.info(
            "train %s  epoch %d/%d  step %d/%d  loss %.4f  %s images/s  %d:%02d left",
            self.variant,
            epoch + 1,
            self.epochs,
            number + 1,
            of_epoch,
            float(losses[max(0, done - 100) : done].mean()),
            f"{speed * self.batch_size:,.0f}",
            *divmod(round((self.steps - done) / speed), 60),
        )

    def epoch(self, epoch: int, state: "State", images: int) -> None:
        """Say how an epoch of `images` images went."""
        seconds = state.seconds[str(epoch)]
        logger.info(
            "train %s  epoch %d/%d  loss %.4f  %s images/s  %.1f s",
            self.variant,
            epoch,
            self.epochs,
            float(state.losses[-(self.steps // self.epochs) :].mean()),
            f"{images / seconds:,.0f}",
            seconds,
        )
