"""Scores far below those that a page can show with four decimals: asked for, sorted and written."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from mnist_viz.store import tables
from tests.explorer.browser import downloaded, opened, query
from tests.explorer.expected import derived, key
from tests.explorer.generate import generate


@pytest.fixture(scope="module")
def sharp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of a model whose scores go down to 1e-30."""
    folder = tmp_path_factory.mktemp("sharp")
    generate(folder, {"sharp": 2}, images=600)
    path = folder / "sharp" / "predictions.parquet"
    table = tables.read(path, tables.PREDICTIONS)
    powers = np.stack([table[name].to_numpy() for name in tables.SCORES]).astype(float) ** 5
    shares = (powers / powers.sum(axis=0)).astype(np.float32)
    columns = {name: table[name] for name in table.column_names} | dict(zip(tables.SCORES, shares, strict=True))
    tables.write(path, columns, tables.PREDICTIONS, "sample")
    build(folder, ["sharp"], folder / "explorer.html")
    return folder


def exact(folder: Path) -> pl.DataFrame:
    """The predictions as the table has them."""
    return derived(pl.read_parquet(folder / "sharp" / "predictions.parquet").with_columns(pl.col("variant").cast(str)))


def test_small_scores_are_asked_for(page: Page, sharp: Path) -> None:
    opened(page, sharp / "explorer.html")
    rows = exact(sharp)
    for condition, low, high in (("score_3 > 1e-6", 1e-6, 2), ("1e-20 < score_3 < 1e-12", 1e-20, 1e-12)):
        query(page, condition)
        found = set(key(downloaded(page)))
        surely = rows.filter(pl.col("score_3").is_between(low * 17 / 16, high * 15 / 16))
        perhaps = rows.filter(pl.col("score_3").is_between(low * 15 / 16, high * 17 / 16))
        assert len(surely) > 100 and set(key(surely)) <= found <= set(key(perhaps))


@pytest.mark.parametrize("column", ["score_3", "loss"])
def test_rows_are_sorted_to_a_sixteenth(page: Page, sharp: Path, column: str) -> None:
    opened(page, sharp / "explorer.html", f"#view=table&sort={column}")
    found = downloaded(page)
    values = found.select("epoch", "id").join(exact(sharp), on=["epoch", "id"], maintain_order="left")
    order = values["score_3" if column == "score_3" else "true_score"].to_numpy().astype(float)
    before, after = (order[:-1], order[1:]) if column == "score_3" else (order[1:], order[:-1])
    assert (before <= after * 17 / 15 + 2**-16).all()
    small = np.flatnonzero((before < 1e-5) & (after < 1e-5))
    assert len(small) > (300 if column == "score_3" else 5)
    assert (before[small] <= after[small] * 17 / 15).all()
    distinct = exact(sharp)[column].n_unique()  # loss: float32 has no number between 1 - 6e-8 and 1 for a true score
    assert found[column].n_unique() > distinct / 4


def test_small_scores_are_written_as_they_are(page: Page, sharp: Path) -> None:
    opened(page, sharp / "explorer.html", "#view=table&columns=id,score_3&sort=score_3&q=score_3+>+0")
    smallest = exact(sharp)["score_3"].min()
    assert smallest < 1e-20
    shown = float(page.locator("#line-0 .cell.score_3").inner_text())
    assert shown == pytest.approx(smallest, rel=0.12)
    assert downloaded(page)["score_3"][0] == pytest.approx(smallest, rel=1 / 16)


def test_the_help_says_how_far_scores_are_off(page: Page, sharp: Path) -> None:
    opened(page, sharp / "explorer.html")
    page.locator("[popovertarget=help]").click()
    words = page.locator("#precision")
    expect(words).to_contain_text(
        "A score is within 7.7e-6 of the table\N{RIGHT SINGLE QUOTATION MARK}s, that of a guess"
    )
    stated = float(words.inner_text().split("leave of 1, within ")[1].split(";")[0])
    page.keyboard.press("Escape")
    found = downloaded(page).sort("epoch", "id")
    rows = exact(sharp).sort("epoch", "id")
    off = [(found[name] - rows[name]).abs().max() for name in ("confidence", *tables.SCORES)]
    assert stated / 2 < max(off) <= stated + 1e-7
