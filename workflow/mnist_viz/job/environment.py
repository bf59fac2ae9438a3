"""The environment of a job: which variables the pipeline sets, to what, and why."""

import json
import os
from typing import NamedTuple

from mnist_viz.config import Resolved


class Variable(NamedTuple):
    """A variable that is set unless it is set already."""

    name: str
    value: str
    reason: str


VARIABLES = (
    # Read when torch loads OpenMP, so before that. Both or none: with a policy of the user's, the count is the user's.
    Variable("OMP_WAIT_POLICY", "passive", "threads that wait soon sleep, on a CPU that another job could use"),
    Variable("GOMP_SPINCOUNT", "1000", "they spin for about as long as it takes to be woken, a quarter of a step"),
)


MIRRORS = "MNIST_VIZ_MIRRORS"
"""Where the download looks, addresses separated by blanks. The files are the same bytes whatever mirror they come from,
so that no rule has it among its parameters."""
LIVE = "MNIST_VIZ_LIVE"
"""The section wandb: of the configuration where training streams to W&B, which changes no file either."""


def hand_on(settings: Resolved, wandb_mode: str) -> None:
    """Hand on to the jobs what of the configuration changes no result."""
    os.environ[MIRRORS] = " ".join(settings.dataset.mirrors)
    if settings.wandb.live and wandb_mode == "online":
        os.environ[LIVE] = json.dumps({**settings.wandb.model_dump(), "mode": wandb_mode})


def set_for_jobs() -> None:
    """Set the variables in this process, whose jobs inherit them."""
    if "OMP_WAIT_POLICY" not in os.environ:
        for variable in VARIABLES:
            os.environ.setdefault(variable.name, variable.value)
