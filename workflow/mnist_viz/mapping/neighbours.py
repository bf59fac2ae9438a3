"""The nearest neighbours of every row, exactly: the same on every machine, by however many threads."""

import math

import numpy as np

MOST_LEVELS = 32_767  # of a feature
ROWS = 500  # whose distances to all others are in memory at a time
BITS = 62  # of a squared distance and a row's number together


def levels(features: np.ndarray) -> np.ndarray:
    """Features float32 [N, D] as whole numbers, float64 [N, D], of which the largest is MOST_LEVELS.

    Sums of products of whole numbers are exact in any order. Of very many rows or columns there are fewer levels, so
    that they stay so.
    """
    rows, columns = features.shape
    fitting = math.isqrt(2**BITS // (4 * max(1, columns) * max(1, rows)))
    largest = float(np.abs(features).max(initial=0))
    scale = min(MOST_LEVELS, fitting) / largest if largest else 0.0
    return np.rint(features.astype(np.float64) * scale)


def nearest(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest other rows of each, nearest first, as int32 [N, count], and their squared distances, int64.

    `points` are whole numbers [N, D] as `levels` gives them. Of rows at the same distance the first is the nearer one.
    Distances are Euclidean. Needs count < N.
    """
    rows = len(points)
    if count == 0:
        return np.empty((rows, 0), np.int32), np.empty((rows, 0), np.int64)
    points = np.ascontiguousarray(points[:, np.ptp(points, axis=0) > 0])  # the others are in no distance
    own = np.einsum("nd,nd->n", points, points)
    found, distances = np.empty((rows, count), np.int32), np.empty((rows, count), np.int64)
    for start in range(0, rows, ROWS):
        part = slice(start, start + ROWS)
        squared = (own[part, None] + own - 2 * (points[part] @ points.T)).astype(np.int64)
        keys = squared * rows + np.arange(rows)
        keys[np.arange(len(keys)), np.arange(start, start + len(keys))] = np.iinfo(np.int64).max
        best = np.sort(np.partition(keys, count - 1, axis=1)[:, :count], axis=1)
        distances[part], found[part] = np.divmod(best, rows)
    return found, distances
