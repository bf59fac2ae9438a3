"""What the explorer's page must show, computed by Polars from the same Parquet files."""

from pathlib import Path

import numpy as np
import polars as pl

from mnist_viz.store import tables

VARIANTS = {"baseline": 5, "double": 3}
LEVELS = 65_535
_OF_A_SIDE = ["guess", "correct", "confidence", "true_score", "loss"]
_SIDES = [f"{side}.{name}" for names in (_OF_A_SIDE, tables.SCORES) for name in names for side in "ab"]
# The table's columns where every single score of A joined with B is shown.
WIDEST = ["id", "image", "truth", *_SIDES[:10], "distance", *_SIDES[10:]]


def predictions(results: Path) -> pl.DataFrame:
    """All predictions of VARIANTS in the page's order, the scores rounded as it says, with the derived columns."""
    parts = [pl.read_parquet(results / name / "predictions.parquet").sort("epoch", "id") for name in VARIANTS]
    whole = pl.concat([part.with_columns(pl.col("variant").cast(str)) for part in parts])
    return derived(whole.with_columns(rounded(name) for name in tables.SCORES))


def rounded(name: str) -> pl.Expr:
    return (pl.col(name) * np.float32(LEVELS)).round().cast(pl.Float64) / LEVELS


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
        loss=pl.Series(-np.log(np.maximum(scores[every, truth], 0.5 / LEVELS))),
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
