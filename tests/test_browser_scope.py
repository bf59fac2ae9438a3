"""Every count says of what: images or rows, of A and B or of all tables."""

from pathlib import Path

import polars as pl
from playwright.sync_api import Page, expect

from tests.explorer.browser import opened, query, show


def test_the_query_counts_images_and_rows(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=table")
    expect(page.locator(".matches")).to_have_text("1,000 images, 8,000 rows")
    query(page, "not correct")
    wrong = rows.filter(pl.col("correct") == 0)
    expected = f"{wrong['id'].n_unique()} images, {len(wrong)} rows"
    expect(page.locator(".matches")).to_have_text(f"{expected} of 8,000")
    expect(page.locator("#count")).to_have_text(expected)
    page.locator("#rows").select_option("joined")
    last = wrong.filter(
        ((pl.col("variant") == "baseline") & (pl.col("epoch") == 5))
        | ((pl.col("variant") == "double") & (pl.col("epoch") == 3))
    )
    expect(page.locator("#count")).to_have_text(f"{last['id'].n_unique()} images")
    expect(page.locator(".matches")).to_contain_text(f"{last['id'].n_unique()} images in A or B")


def test_a_view_of_a_and_b_counts_within_them(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=patterns&a=baseline:1&b=double:2")
    first = rows.filter(pl.col("variant") == "baseline", pl.col("epoch") == 1, pl.col("correct") == 0)
    label, guess, count = first.group_by("truth", "guess").len().sort("len", "truth", "guess", descending=True).row(0)
    cell = page.locator(".confusion[data-side=a]").get_by_role("button", name=f"labelled {label}, guessed {guess}:")
    expect(cell).to_have_text(str(count))
    cell.click()
    own = rows.filter(pl.col("truth") == label, pl.col("guess") == guess)
    second = own.filter(pl.col("variant") == "double", pl.col("epoch") == 2)
    either = set(second["id"]) | set(first.filter(pl.col("truth") == label, pl.col("guess") == guess)["id"])
    images = f"{len(either)} image{'' if len(either) == 1 else 's'}"
    inner = f"(A {count}, B {len(second)}; all tables: {len(own)} rows of 8,000)"
    for view in ("Two models", "Calibration", "Patterns"):
        show(page, view)
        expect(page.locator(".matches")).to_have_text(f"{images} in A or B {inner}")
    page.locator("#b").select_option("baseline:1")
    expect(page.locator(".matches")).to_contain_text(f"A {count}, B {count}; all tables")
    show(page, "Errors over time")
    expect(page.locator(".matches")).to_have_text(f"{own['id'].n_unique()} images, {len(own)} rows of 8,000")
