"""The learning rate of every step."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_viz.config import Hyperparameters


def learning_rates(settings: "Hyperparameters", steps: int) -> list[float]:
    """The learning rates of a training of that many steps.

    `one_cycle` rises along a half cosine from 1/25 of `learning_rate` to it over the first 30 % of the steps, and
    falls along another to 1/250,000 of it, as torch.optim.lr_scheduler.OneCycleLR does by default (Smith and Topin,
    2018, https://arxiv.org/abs/1708.07120).
    """
    highest = settings.learning_rate
    if settings.schedule == "constant":
        return [highest] * steps
    first, last = highest / 25, highest / 250_000
    rise = max(0.3 * steps - 1, 1e-9)
    fall = max(steps - 1 - rise, 1e-9)
    return [
        _half_cosine(first, highest, i / rise) if i <= rise else _half_cosine(highest, last, min((i - rise) / fall, 1))
        for i in range(steps)
    ]


def _half_cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * part))
