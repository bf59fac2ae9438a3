"""A threshold on the score of the guess: coverage, risk, what is kept; and the intervals of calibration."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import binomtest

from tests.explorer.browser import downloaded, opened
from tests.explorer.expected import key

SIDES = {"A: baseline:1": ("baseline", 1), "B: double:3": ("double", 3)}
STATE = "#view=threshold&a=baseline:1&b=double:3&q=truth+!=+8"
DASH = "\N{EN DASH}"


def sides(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    own = rows.filter(pl.col("truth") != 8)
    return {
        name: own.filter(pl.col("variant") == variant, pl.col("epoch") == epoch)
        for name, (variant, epoch) in SIDES.items()
    }


def accuracy(kept: pl.DataFrame) -> str:
    """As the page writes it, with its interval."""
    if kept.is_empty():
        return DASH
    right = int(kept["correct"].sum())
    interval = binomtest(right, len(kept)).proportion_ci(method="wilson")
    return f"{100 * right / len(kept):.2f} % ({100 * interval.low:.2f} % {DASH} {100 * interval.high:.2f} %)"


def cells(page: Page, selector: str) -> list[list[str]]:
    return page.locator(f"{selector} tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    )


@pytest.mark.parametrize("threshold", [0, 0.97, 0.99999])
def test_what_is_kept_and_what_is_not(page: Page, explored: Path, rows: pl.DataFrame, threshold: float) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&threshold={threshold}")
    expected = []
    for name, own in sides(rows).items():
        kept = own.filter(pl.col("confidence") >= threshold)
        wrong = len(kept) - int(kept["correct"].sum())
        left_out = len(own) - len(kept)
        share = f"{100 * len(kept) / len(own):.2f} %"
        all_wrong = len(own) - int(own["correct"].sum())
        counts = [str(wrong), str(left_out), str(all_wrong - wrong)]
        expected.append([name, str(len(kept)), share, accuracy(kept), *counts])
    assert cells(page, "#kept") == expected
    listed = [
        [str(each), *(text for own in sides(rows).values() for text in at(own, each))]
        for each in (0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
    ]
    assert cells(page, "#by-threshold") == listed


def at(own: pl.DataFrame, threshold: float) -> list[str]:
    kept = own.filter(pl.col("confidence") >= threshold)
    return [f"{100 * len(kept) / len(own):.2f} %", accuracy(kept)]


def test_the_threshold_moves_by_keys_and_is_kept_by_the_link(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", STATE)
    caption = page.locator("#kept caption")
    expect(caption).to_contain_text("at least 0.9;")
    entries = page.evaluate("history.length")
    slider = page.locator("#threshold")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(caption).to_contain_text(re.compile(r"at least 0\.910\d*;"))
    assert page.evaluate("history.length") == entries + 1
    expect(slider).to_be_focused()
    page.keyboard.press("End")
    expect(caption).to_contain_text("at least 0.99998;")
    page.keyboard.press("Home")
    expect(caption).to_contain_text("at least 0;")
    expect(slider).to_have_attribute("aria-valuetext", "0")
    field = page.get_by_role("spinbutton", name="threshold")
    field.fill("0.65")
    field.press("Enter")
    expect(caption).to_contain_text("at least 0.65;")
    field.fill("7")
    field.press("Enter")
    expect(caption).to_contain_text("at least 0.65;")
    assert not page.evaluate("document.querySelector('.threshold input[type=number]').checkValidity()")
    field.press("Escape")
    page.go_back()
    expect(caption).to_contain_text("at least 0;")
    page.go_forward()
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    expect(field).to_have_value("0.65")
    expect(caption).to_contain_text("at least 0.65;")


def test_counts_open_in_the_table(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    own = sides(rows)["A: baseline:1"]
    cases = {
        "A, kept:": pl.col("confidence") >= 0.95,
        "A, kept and wrong:": (pl.col("confidence") >= 0.95) & (pl.col("correct") == 0),
        "A, left out:": pl.col("confidence") < 0.95,
        "A, left out and wrong:": (pl.col("confidence") < 0.95) & (pl.col("correct") == 0),
    }
    for name, condition in cases.items():
        opened(page, explored / "explorer.html", f"{STATE}&threshold=0.95")
        page.get_by_role("button", name=name).click()
        expect(page.locator("#query")).to_have_value(re.compile('^truth != 8 and variant == "baseline" and epoch == 1'))
        assert key(downloaded(page)) == key(own.filter(condition))


def test_the_curve_is_risk_by_coverage_with_its_interval(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&threshold=0.8")
    svg = page.locator(".threshold .chart svg")
    for side, own in zip("ab", sides(rows).values(), strict=True):
        line = svg.locator(f"path.line.calibration-{side}").first.get_attribute("d")
        drawn = np.array([[float(each) for each in point.split()] for point in re.split("[ML]", line)[1:]])
        order = own.sort("confidence", descending=True)
        wrong = (1 - order["correct"].to_numpy()).cumsum()
        whole = wrong[-1] / len(own)
        # The last point has all images; heights are in proportion to it.
        assert drawn[-1, 0] == pytest.approx(506, abs=0.2)
        floor = 10 + 296
        scale = (floor - drawn[-1, 1]) / whole
        for x, y in drawn[:: len(drawn) // 7]:
            kept = round((x - 58) / 448 * len(own))
            # A tenth of a pixel across is a part of an image, one down a part of the height of all.
            near = wrong[max(0, kept - 2) : kept + 1] / np.arange(max(1, kept - 1), kept + 2)[: len(wrong) - kept + 2]
            assert np.abs((floor - y) / scale - near).min() < 0.01 * whole
        kept = order.filter(pl.col("confidence") >= 0.8)
        title = svg.locator(f"circle.calibration-{side} title").text_content()
        risk = 1 - kept["correct"].mean()
        found = [float(each) for each in re.findall(r"[\d.]+", title.split("coverage")[1])]
        assert found == pytest.approx([len(kept) / len(own), risk], abs=1e-5)
        assert svg.locator(f"path.area.calibration-{side}").count() == 1


def test_of_nothing_nothing_is_said(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", '#view=threshold&q=variant+==+"double"')
    assert cells(page, "#kept")[0] == ["A: baseline:5", *[DASH] * 6]
    assert cells(page, "#kept")[1][0] == "B: double:3"
    assert {tuple(line[1:3]) for line in cells(page, "#by-threshold")} == {(DASH, DASH)}
    opened(page, explored / "explorer.html", "#view=threshold&q=not+correct")
    expect(page.locator("#kept .caveat").first).to_have_text("as selected by correct")
    opened(page, explored / "explorer.html", "#view=threshold&threshold=nonsense")
    expect(page.locator("#kept caption")).to_contain_text("at least 0.9;")


def test_calibration_points_have_intervals(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=calibration&a=baseline:1&b=double:3&q=truth+!=+8")
    own = sides(rows)["A: baseline:1"].with_columns(part=(pl.col("confidence") * 15).ceil().cast(pl.Int64) - 1)
    lines = cells(page, ".reliability table")
    shown = 0
    for part, line in enumerate(lines):
        inside = own.filter(pl.col("part") == part)
        if not len(inside):
            assert line[1:5] == [DASH] * 4
            continue
        shown += 1
        right = int(inside["correct"].sum())
        interval = binomtest(right, len(inside)).proportion_ci(method="wilson")
        assert line[1:5] == [
            str(len(inside)),
            f"{inside['confidence'].mean():.3f}",
            f"{right / len(inside):.3f}",
            f"{interval.low:.3f}{DASH}{interval.high:.3f}",
        ]
    bars = page.locator("path.range.calibration-a").get_attribute("d")
    assert bars.count("M") == 2 * shown
