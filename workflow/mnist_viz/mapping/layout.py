"""Rows with many features as points on a plane, such that neighbours stay neighbours: t-SNE.

scikit-learn's (van der Maaten, 2014, https://jmlr.org/papers/v15/vandermaaten14a.html), begun at the two principal
components. It is not among the locked packages, and is imported here alone.
"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

MISSING = (
    "the explorer's map needs scikit-learn, which is not installed here. Install it, pip install scikit-learn, or set "
    "explorer: map: false"
)
PERPLEXITY = 12
ITERATIONS = 300
ANGLE = 0.8  # Barnes-Hut's: how large a distant part of the plane may seem and still count as one point
THREADS = 2  # always: two sums are the same in either order, those of more are not
FEWEST = 10  # rows that are put in an order by anything but chance
LARGEST = 65_535  # a coordinate


def needed(rows: int) -> int:
    """How many neighbours of each of so many rows `layout` takes."""
    return max(0, min(rows - 2, 3 * PERPLEXITY + 1))


def layout(features: np.ndarray, neighbours: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Points float32 [N, 2] for features [N, D]; `neighbours` and `squared` are as `nearest` gives `needed(N)` of them.

    Few rows all lie at one point. Raises ValueError that says what to install where scikit-learn is missing.
    """
    decompose, embed, limited = _library()
    rows, count = neighbours.shape
    if rows < FEWEST:
        return np.zeros((rows, 2), np.float32)
    from scipy.sparse import csr_matrix

    os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))  # or scikit-learn takes no more than there are cores
    with limited(limits={"blas": 1, "openmp": THREADS}):
        start = decompose(features)
        spread = float(start[:, 0].std())
        start = (start / spread * 1e-4 if spread else start).astype(np.float32)
        own = np.arange(rows)[:, None]
        columns = np.concatenate([own, neighbours], axis=1)
        distances = np.concatenate([np.zeros((rows, 1)), np.sqrt(squared.astype(np.float64))], axis=1)
        graph = csr_matrix((distances.ravel(), columns.ravel(), np.arange(rows + 1) * (count + 1)), shape=(rows, rows))
        points: np.ndarray = embed(graph, start, min(PERPLEXITY, (count - 1) / 3))
    return points


def _library() -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray], Any]:
    """The two principal components, t-SNE, and what limits their threads."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as error:
        raise ValueError(MISSING) from error

    def embed(graph: object, start: np.ndarray, perplexity: float) -> np.ndarray:
        chosen = {"perplexity": perplexity, "max_iter": ITERATIONS, "angle": ANGLE}
        points: np.ndarray = TSNE(
            metric="precomputed", init=start, learning_rate="auto", random_state=0, n_jobs=1, **chosen
        ).fit_transform(graph)
        return points

    def decompose(features: np.ndarray) -> np.ndarray:
        if not np.ptp(features, axis=0).any():
            return np.zeros((len(features), 2), np.float32)
        chosen = PCA(min(2, *features.shape), svd_solver="randomized", random_state=0)
        components: np.ndarray = chosen.fit_transform(features)
        columns: np.ndarray = np.zeros((len(components), 2), components.dtype)
        columns[:, : components.shape[1]] = components
        return columns

    return decompose, embed, threadpool_limits


def coordinates(points: np.ndarray) -> np.ndarray:
    """Points [N, 2] as uint16 [N, 2]: the longer side takes all of 0 to LARGEST, the shorter one is in its middle."""
    if not len(points):
        return np.zeros((0, 2), np.uint16)
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    extent = float((high - low).max())
    around = (points - (low + high) / 2) / extent + 0.5 if extent else np.full(points.shape, 0.5)
    placed: np.ndarray = np.rint(np.clip(around, 0, 1) * LARGEST).astype(np.uint16)
    return placed
