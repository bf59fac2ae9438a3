"""Rows of the explorer's table grouped, and two tables joined on the image."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.store import tables
from tests.explorer.browser import downloaded, opened, query
from tests.explorer.expected import assert_rows, joined


def test_groups_show_counts_error_rates_and_mean_scores(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#q=epoch+%3D%3D+3")
    page.locator("#group").select_option("guess")
    chosen = rows.filter(pl.col("epoch") == 3)
    groups = page.locator(".grid-row.group")
    expect(groups).to_have_count(10)
    for guess in range(10):
        own = chosen.filter(pl.col("guess") == guess)
        line = page.locator("#line-" + str(guess))
        expect(line).to_contain_text(f"guess {guess}")
        expect(line).to_contain_text(f"{len(own)} rows")
        expect(line).to_contain_text(f"{100 * (1 - own['correct'].mean()):.2f} % wrong")
        means = ", ".join(f"{digit}: {own[name].mean():.4f}" for digit, name in enumerate(tables.SCORES))
        assert spoken(line.locator("svg").get_attribute("aria-label")) == pytest.approx(spoken(means), abs=1e-4)
        expect(line.locator(".digit").first).to_be_in_viewport()
        expect(line.locator(".digit").first).to_have_attribute("aria-label", re.compile(f"^image {own['id'][0]},"))
    groups.nth(0).locator(".toggle").click()
    expect(page.locator("#line-1 .cell").nth(2)).to_have_text(str(chosen.filter(pl.col("guess") == 0)["id"][0]))
    expect(page.locator("#line-0")).to_have_attribute("aria-expanded", "true")
    page.locator("#line-0 .toggle").click()
    expect(page.locator("#line-1")).to_contain_text("guess 1")


def spoken(label: str) -> list[float]:
    """The ten numbers of a label such as `mean scores 0: 0.1, 1: 0.2`."""
    return [float(number) for number in re.findall(r"\d: (\d\.\d+)", label)]


def test_two_group_columns_open_and_close_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#group=variant,epoch")
    page.locator(".grid").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".grid-row.group")).to_have_count(2 + 5)
    for pressed in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(pressed)
    expect(page.locator("#line-2")).to_contain_text("epoch 2")
    wrong = 1 - rows.filter((pl.col("variant") == "baseline") & (pl.col("epoch") == 2))["correct"].mean()
    expect(page.locator("#line-2")).to_contain_text(f"{100 * wrong:.2f} % wrong")
    expect(page.locator("#line-3 .cell").nth(1)).to_have_text("2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#line-3")).to_contain_text("epoch 3")


def test_sorting_orders_groups_by_their_means(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#group=truth,variant&sort=correct")
    means = rows.group_by("truth").agg(pl.mean("correct"), pl.len()).sort("correct")
    assert means["correct"].n_unique() == 10
    names = page.locator(".grid-row.group strong")
    expect(names).to_have_text([f"truth {truth}" for truth in means["truth"]])
    page.get_by_role("button", name=f"open truth {means['truth'][0]}").click()
    within = rows.filter(pl.col("truth") == means["truth"][0]).group_by("variant").agg(pl.mean("correct"))
    inner = within.sort("correct")["variant"].to_list()
    for line, name in enumerate(inner, start=1):
        expect(page.locator(f"#line-{line} strong")).to_have_text(f"variant {name}")
    page.get_by_role("button", name=f"open variant {inner[0]}").click()
    worst = rows.filter(pl.col("truth") == means["truth"][0], pl.col("variant") == inner[0])
    worst = worst.sort("correct", maintain_order=True)
    expect(page.locator("#line-2 .cell").nth(2)).to_have_text(str(worst["id"][0]))
    page.get_by_role("button", name=f"close truth {means['truth'][0]}").click()
    expect(page.locator("#line-1 strong")).to_have_text(f"truth {means['truth'][1]}")


def test_joined_groups_show_both_sides(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#rows=joined&a=baseline:1&b=double:3&group=truth")
    both = joined(rows, ("baseline", 1), ("double", 3))
    for truth in range(10):
        own = both.filter(pl.col("truth") == truth)
        line = page.locator(f"#line-{truth}")
        expect(line).to_contain_text(f"{len(own)} images")
        for side in "ab":
            rate = 100 * (1 - own[f"{side}.correct"].mean())
            expect(line).to_contain_text(f"{side.upper()} {rate:.2f} % wrong")
        for side, drawing in zip("ab", line.locator("svg").all(), strict=True):
            means = [own[f"{side}.{name}"].mean() for name in tables.SCORES]
            assert spoken(drawing.get_attribute("aria-label")) == pytest.approx(means, abs=1e-4)


def test_two_tables_join_on_id_and_are_queried(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.locator("#rows").select_option("joined")
    page.locator("#a").select_option("baseline:1")
    page.locator("#b").select_option("double:2")
    expected = joined(rows, ("baseline", 1), ("double", 2))
    assert_rows(downloaded(page), expected)
    query(page, "a.guess != b.guess and distance > 0.5")
    expected = expected.filter(pl.col("a.guess") != pl.col("b.guess"), pl.col("distance") > 0.5)
    assert len(expected) > 0
    assert_rows(downloaded(page), expected)
    page.locator("[data-column=distance]").click()
    assert_rows(downloaded(page), expected.sort("distance", maintain_order=True))


def test_a_condition_on_predictions_keeps_images_of_which_a_or_b_meets_it(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", "#rows=joined&a=baseline:1&b=double:3&q=not+correct")
    both = joined(rows, ("baseline", 1), ("double", 3))
    assert_rows(downloaded(page), both.filter((pl.col("a.correct") == 0) | (pl.col("b.correct") == 0)))
    page.get_by_role("button", name="swap A and B").click()
    swapped = joined(rows, ("double", 3), ("baseline", 1))
    assert_rows(downloaded(page), swapped.filter((pl.col("a.correct") == 0) | (pl.col("b.correct") == 0)))
