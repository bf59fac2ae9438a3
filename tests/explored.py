"""Tables of predictions as others make them."""

from collections.abc import Sequence

import numpy as np
import polars as pl

HOSTILE = 'quote " < & >\\'
NAMES = ("cat", "dog", HOSTILE, "ünï code", "a longer name of a class")
ANY = (
    *(
        'quote "',
        "back\\slash",
        "new\nline",
        "</script><!--",
        " spaces ",
        "tab\t",
        "comma, and; more",
        "'",
        "007",
        "1e3",
    ),
    *("\u05e9\u05dc\u05d5\u05dd \u0639", "\U0001f9ea \U0001f469\u200d\U0001f680"),  # right to left, and a joined emoji
)


def predictions(names: Sequence[str], rows: int = 60, seed: int = 0, prefix: str = "score_") -> pl.DataFrame:
    """`rows` predictions: id, truth, guess and softmax scores of the classes `names`; the same truths for all seeds."""
    truth = np.random.default_rng(7).integers(0, len(names), rows)
    logits = np.random.default_rng(seed).normal(0, 1, (rows, len(names)))
    logits[np.arange(rows), truth] += 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    columns = {"id": np.arange(rows), "truth": [names[each] for each in truth]}
    columns |= {"guess": [names[each] for each in shares.argmax(axis=1)]}
    return pl.DataFrame(columns | {f"{prefix}{name}": shares[:, place] for place, name in enumerate(names)})
