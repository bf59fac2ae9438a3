"""What the explorer's page must show, computed by Polars from the same Parquet files."""

from pathlib import Path

import numpy as np
import polars as pl

from mnist_viz.store import tables

VARIANTS = {"baseline": 5, "double": 3}
SMALLEST = 2.0**-126
_OF_A_SIDE = ["guess", "correct", "confidence", "true_score", "loss"]
_SIDES = [f"{side}.{name}" for names in (_OF_A_SIDE, tables.SCORES) for name in names for side in "ab"]
# The table's columns where every single score of A joined with B is shown.
WIDEST = ["id", "image", "truth", *_SIDES[:10], "distance", *_SIDES[10:]]


def predictions(results: Path) -> pl.DataFrame:
    """All predictions of VARIANTS in the page's order, the scores rounded as it says, with the derived columns."""
    parts = [pl.read_parquet(results / name / "predictions.parquet").sort("epoch", "id") for name in VARIANTS]
    whole = pl.concat([part.with_columns(pl.col("variant").cast(str)) for part in parts])
    return derived(whole.with_columns(map(pl.Series, tables.SCORES, kept(whole))))


def kept(frame: pl.DataFrame) -> np.ndarray:
    """[10, N] scores as the page has them: rounded, and the guess's what the others leave of 1."""
    scores = rounded(frame.select(tables.SCORES).to_numpy().T)
    guessed = np.arange(10)[:, None] == frame["guess"].to_numpy()
    rest = 1 - np.where(guessed, 0, scores).sum(axis=0)
    return np.where(guessed, rest, scores).astype(np.float32).astype(float)


def rounded(scores: np.ndarray) -> np.ndarray:
    """To a 65,536th, of small scores to 3 binary digits after the first; 0 below the smallest."""
    values = scores.astype(float)
    binade = np.floor(np.log2(np.maximum(values, SMALLEST)))
    step = 2.0 ** np.minimum(binade - 3, -16)
    return np.where(values < SMALLEST, 0, np.floor(values / step + 0.5) * step)


def derived(frame: pl.DataFrame) -> pl.DataFrame:
    scores = frame.select(tables.SCORES).to_numpy()
    every = np.arange(len(scores))
    guess, truth = frame["guess"].to_numpy(), frame["truth"].to_numpy()
    others = scores.copy()
    others[every, guess] = -1
    logarithm = np.log(scores, where=scores > 0, out=np.zeros_like(scores))
    return frame.with_columns(
        correct=pl.Series(guess == truth).cast(pl.Int64),
        confidence=pl.Series(scores[every, guess]),
        margin=pl.Series(scores[every, guess] - others.max(axis=1)),
        true_score=pl.Series(scores[every, truth]),
        loss=pl.Series(-np.log(np.maximum(scores[every, truth], SMALLEST))),
        entropy=pl.Series(-(scores * logarithm).sum(axis=1)),
    )


def joined(rows: pl.DataFrame, a: tuple[str, int], b: tuple[str, int]) -> pl.DataFrame:
    """A joined with B on id, columns named as the page names them."""
    sides = []
    for side, (variant, epoch) in (("a", a), ("b", b)):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        sides.append(own.rename({name: f"{side}.{name}" for name in own.columns if name not in ("id", "truth")}))
    both = sides[0].join(sides[1].drop("truth"), on="id", maintain_order="left")
    apart = sum((pl.col(f"a.{name}") - pl.col(f"b.{name}")).abs() for name in tables.SCORES) / 2
    return both.with_columns(distance=apart)


def share_text(share: float) -> str:
    """A score as the page writes it."""
    digits, power = f"{share:.1e}".split("e")
    return f"{digits}e{int(power)}" if 0 < share < 0.001 else f"{share:.4f}"


def key(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select("variant", "epoch", "id").rows()


def assert_rows(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """The same rows in the same order, every column; derived ones to the six decimals that the file has."""
    assert len(found) == len(expected)
    for name in found.columns:
        if found[name].dtype == pl.String:
            assert found[name].to_list() == expected[name].to_list(), name
        else:
            difference = found[name].cast(pl.Float64).to_numpy() - expected[name].cast(pl.Float64).to_numpy()
            assert np.abs(difference).max(initial=0) < 2e-5, name
