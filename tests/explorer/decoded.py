"""The scores of a page, from the bytes of its columns, read one after the other as they were written."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np


def score_columns(column: Callable[[str], bytes], classes: int, order: Sequence[int], completed: bool) -> np.ndarray:
    """float32 [rows, classes]; `column` gives a column's bytes by its name, `order` its tables."""
    guess = np.frombuffer(column("guess"), np.uint8)
    if classes > 255:
        high, low = guess.astype(int).reshape(2, -1)
        guess = 256 * high + low
    guess = guess.reshape(len(order), -1)
    assert sorted(order) == list(range(len(order)))
    found = np.zeros((classes, *guess.shape), np.float32)
    for number in range(classes):
        skipped = guess == number if completed else np.zeros(guess.shape, bool)
        found[number][order] = _scores(column(f"score_{number}"), skipped[order])
    if completed:
        rest = 1 - found.astype(float).sum(axis=0)
        for number in range(classes):
            found[number][guess == number] = rest[guess == number]
    return found.reshape(classes, -1).T


def _scores(content: bytes, skipped: np.ndarray) -> np.ndarray:
    lengths = [int.from_bytes(content[place : place + 4], "little") for place in range(0, 60, 4)]
    scores = np.zeros(skipped.shape, np.float32)
    stream = iter(content[60:])
    exponents = np.zeros(scores.shape, int)
    for table in range(len(scores)):
        for image in range(scores.shape[1]):
            before = exponents[table - 1, image] if table else 110
            exponents[table, image] = 126 if skipped[table, image] else (next(stream) + before) % 256
    written = [place for place in np.ndindex(scores.shape) if not skipped[place] and exponents[place]]
    assert lengths[:2] == [scores.size - skipped.sum(), len(written)]
    digits = {place: [(next(stream), 3)] for place in written}
    for count in range(1, 14):
        own = [place for place in written if min(13, exponents[place] - 114) == count]
        assert lengths[1 + count] == len(own) * (2 if count > 8 else 1)
        for size in [count - 8, 8] if count > 8 else [count]:
            for place in own:
                digits[place].append((next(stream), size))
    assert not list(stream)
    for place in written:
        scores[place] = _number(exponents[place], iter(digits[place]))
    return scores


def _number(exponent: int, digits: Iterator[tuple[int, int]]) -> float:
    value, length = 1, 0
    for part, size in digits:
        value, length = value << size | part, length + size
    return float(value) * 2.0 ** (exponent - 127 - length)
