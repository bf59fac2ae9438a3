"""How a variant's guesses change over the epochs. `correct`, bool [E, N], says which of N images are guessed right."""

import numpy as np

from mnist_viz.comparison.predictions import Array


def learned(correct: Array) -> Array:
    """bool [N]: wrong after the first epoch, right after the last."""
    return np.asarray(~correct[0] & correct[-1])


def forgotten(correct: Array) -> Array:
    """bool [N]: right after one epoch, wrong after a later one."""
    right_before = np.maximum.accumulate(correct, axis=0)[:-1]
    return np.asarray((right_before & ~correct[1:]).any(axis=0))


def never_learned(correct: Array) -> Array:
    """bool [N]: wrong after every epoch."""
    return np.asarray(~correct.any(axis=0))
