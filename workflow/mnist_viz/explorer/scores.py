"""Scores in few bits: float32 with the fewer digits the smaller they are, so that small ones keep their order.

A score from 2**-13 to 1 is kept to 2**-17, as a number of 1/65,536; a smaller one, down to 2**-126, with 3 binary
digits after the first, that is to a 16th of itself; below, it is 0. 0 and 1 are exact. Where the scores of a prediction
sum to 1, the guess's is not written: it is what the others leave of 1.
"""

from collections.abc import Sequence

import numpy as np

from mnist_viz.explorer.collect import Array, Collection

FINEST = 16  # binary digits after the point that a large score has
FEWEST = 3  # binary digits after the first one that any score has
SMALL = 2.0 ** (FEWEST - FINEST)  # below it a score has no more
UNITY = 2e-6  # how far from 1 the sum of scores may be, that float32 rounds
# What a score is expected to be like, by its exponent: that of the same image in the table before (`order`), at first
# this one.
FIRST = 110
GUESSED = 126  # what stands for the exponent of a guess's score, where it is not written

_DIGITS = np.clip(np.arange(256) - 127 + FINEST, FEWEST, 23).astype(np.uint32)  # by exponent


def rounded(scores: Array) -> Array:
    """float32 scores as they are kept, a half rounded upwards."""
    bits = np.ascontiguousarray(scores, np.float32).view(np.uint32)
    lost = 23 - _DIGITS[bits >> 23]
    kept = (bits + (np.uint32(1) << lost >> 1)) >> lost << lost
    return np.where(bits >> 23 == 0, np.uint32(0), kept).view(np.float32)


def complete(collection: Collection) -> bool:
    """Whether the guess's score is 1 minus the others for every prediction: all are known, sum to 1 and none is higher
    by much."""
    if collection.top or not collection.guess.size:
        return False
    total = np.zeros(collection.guess.shape)
    highest = np.zeros(collection.guess.shape, np.float32)
    own = np.zeros(collection.guess.shape, np.float32)
    for number, scores in enumerate(collection.scores):
        total += scores
        np.maximum(highest, scores, out=highest)
        np.copyto(own, scores, where=collection.guess == number)
    return bool((np.abs(total - 1) <= UNITY).all() and (own >= highest).all())


def error(collection: Collection, completed: bool) -> float:
    """By how much a score of the page is off at most; one that is not the guess's by 2**-17."""
    if not completed:
        return float(2.0 ** -(FINEST + 1))
    rest = np.ones(collection.guess.shape)
    own = np.zeros(collection.guess.shape)
    for number, scores in enumerate(collection.scores):
        guessed = collection.guess == number
        rest -= np.where(guessed, 0, rounded(scores))
        np.copyto(own, scores, where=guessed)
    return float(max(2.0 ** -(FINEST + 1), np.abs(rest - own).max(initial=0)))


def order(tables: Sequence[tuple[int, int]]) -> list[int]:
    """The tables, pairs of variant and epoch, as their scores come in the page: of every variant the last one first, as
    the page begins with what these say and reads the others later."""
    last = {variant: table for table, (variant, _) in enumerate(tables)}
    return sorted(range(len(tables)), key=lambda table: (table != last[tables[table][0]], table))


def packed(scores: Array, guessed: Array | None) -> bytes:
    """The scores float32 [T, K] of one class, in the tables' order, without those where `guessed` holds.

    Bytes that resemble each other lie side by side, in 15 planes: of every score how its exponent differs from that of
    the same image in the table before; of every one that is not 0 its next 3 binary digits; and of those that have
    n = 1, 2, ... 13 more these, from 9 on in two bytes, all the high ones before the low ones. Before them come their
    lengths, uint32 in little-endian order.
    """
    left_out = np.zeros(scores.shape, bool) if guessed is None else guessed
    bits = rounded(scores).view(np.uint32)
    exponent = (bits >> 23).astype(np.uint8)
    exponent[left_out] = GUESSED
    before = np.concatenate([np.full_like(exponent[:1], FIRST), exponent[:-1]])
    kept = bits[~left_out & (exponent > 0)]
    planes = [(exponent - before)[~left_out], kept >> (23 - FEWEST) & (2**FEWEST - 1)]
    more = _DIGITS[kept >> 23] - FEWEST
    for count in range(1, FINEST - FEWEST + 1):
        digits = kept[more == count] >> (23 - FEWEST - count) & (2**count - 1)
        planes.append(np.concatenate([digits >> 8, digits & 255]) if count > 8 else digits)
    lengths = np.array([len(plane) for plane in planes], "<u4")
    return lengths.tobytes() + b"".join(plane.astype(np.uint8).tobytes() for plane in planes)
