"""The table of two joined models: what stays at the left, the bars of scores, and the true labels of a group."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_viz.explore import explore
from mnist_viz.store import tables
from tests.explored import predictions
from tests.explorer.browser import downloaded, opened, painted
from tests.explorer.expected import assert_rows, joined, share_text

JOINED = "#view=table&rows=joined&a=baseline:1&b=double:3"
FROZEN = ["id", "image", "truth"]


def both(rows: pl.DataFrame) -> pl.DataFrame:
    return joined(rows, ("baseline", 1), ("double", 3))


def left(element: Locator) -> float:
    return element.bounding_box()["x"]


def shown_numbers(page: Page) -> list[list[str]]:
    """The rows of the numbers beside the bars: a class, A's score and B's."""
    lines = page.get_by_role("tooltip").locator("tbody tr").all()
    return [line.locator("th, td").all_inner_texts() for line in lines]


@pytest.mark.parametrize(("width", "count"), [(1360, 3), (390, 2), (320, 2)])
def test_id_image_and_truth_stay_at_the_left(page: Page, explored: Path, width: int, count: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    opened(page, explored / "explorer.html", JOINED)
    grid = page.locator(".grid")
    cells = [page.locator(f"#line-3 .cell.{name}") for name in FROZEN[:count]]
    heads = [page.locator(".grid-heading .cell").nth(place) for place in range(count)]
    before = [left(each) for each in cells + heads]
    expect(page.locator("#line-3 .frozen")).to_have_count(count)
    grid.focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".grid-row.current .cell").last).to_have_attribute("aria-colindex", "15")
    assert grid.evaluate("(grid) => grid.scrollLeft") > 0
    page.keyboard.press("Home")
    expect(page.locator("#line-3")).to_be_visible()
    assert [left(each) for each in cells + heads] == pytest.approx(before, abs=0.5)
    covered = page.evaluate("({x, y}) => document.elementFromPoint(x + 20, y + 10).className", cells[0].bounding_box())
    assert "frozen" in covered


def test_a_heading_that_gets_the_focus_is_not_below_those_that_stay(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", JOINED)
    page.locator("[data-column='b.loss']").focus()
    page.locator("[data-column='a.guess']").focus()
    painted(page)
    end = page.locator(".grid-heading .cell").nth(2).bounding_box()
    assert left(page.locator("[data-column='a.guess']")) >= end["x"] + end["width"] - 1


def test_bars_show_their_numbers_on_hover_and_on_focus(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", JOINED)
    expected = both(rows)

    def lines(row: int) -> list[list[str]]:
        names = [f"{digit}{', the truth' * (digit == expected['truth'][row])}" for digit in range(10)]
        shares = [[share_text(expected[f"{side}.{name}"][row]) for side in "ab"] for name in tables.SCORES]
        return [[name, *own] for name, own in zip(names, shares, strict=True)]

    page.locator("#line-4 .cell.scores").hover()
    card = page.get_by_role("tooltip")
    expect(card.locator("caption")).to_have_text("Scores of image 4")
    assert shown_numbers(page) == lines(4)
    card.hover()
    expect(card).to_be_visible()
    page.locator("#query").hover()
    expect(card).to_be_hidden()
    page.locator("#line-0 .cell.id").click()
    expect(card).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(card.locator("caption")).to_have_text("Scores of image 1")
    assert shown_numbers(page) == lines(1)
    expect(page.locator("#line-1")).to_have_attribute("aria-describedby", "score-numbers")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    best = max((expected[f"b.{name}"][4], digit) for digit, name in enumerate(tables.SCORES))
    label = page.locator("#line-4 .cell.scores svg").get_attribute("aria-label")
    assert f"; B {best[1]}: {best[0]:.3f}" in label


def test_rows_are_sorted_by_the_score_of_a_class(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", JOINED)
    choice = page.get_by_label("sort by the score of a class")
    choice.focus()
    choice.select_option("B 3")
    expect(choice).to_be_focused()
    expect(choice).to_have_value("b.score_3")
    expected = both(rows).sort("b.score_3", descending=True, maintain_order=True)
    found = downloaded(page)
    assert_rows(found, expected)
    assert {f"{side}.{name}" for side in "ab" for name in tables.SCORES} <= set(found.columns)
    head = page.locator("[data-column=scores]")
    expect(page.locator("[role=columnheader]", has=head)).to_have_attribute("aria-sort", "descending")
    head.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=columnheader]", has=head)).to_have_attribute("aria-sort", "none")
    assert_rows(downloaded(page), both(rows))


def test_single_scores_are_shown_where_they_are_asked_for(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", JOINED)
    page.get_by_role("button", name="columns").click()
    page.get_by_role("checkbox", name="scores", exact=True).uncheck()
    page.get_by_role("checkbox", name="b.score_7", exact=True).check()
    assert "scores" not in page.locator(".sort").all_inner_texts()
    page.locator("[data-column='b.score_7']").focus()
    expect(page.locator("#line-0 .cell.score_7")).to_have_text(share_text(both(rows)["b.score_7"][0]))


def test_paper_has_the_numbers_of_the_bars(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", JOINED)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for side, line in zip("ab", page.locator("#line-7 .cell.scores p").all(), strict=True):
        shares = [both(rows)[f"{side}.{name}"][7] for name in tables.SCORES]
        expected = " · ".join(f"{digit} {share_text(share)}" for digit, share in enumerate(shares))
        assert line.inner_text() == f"{side.upper()} {expected}"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator("#line-7 .cell.scores p")).to_have_count(0)


def test_of_many_classes_the_truth_and_the_highest_have_bars(page: Page, tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(40)]
    frames = [predictions(names, 60, seed) for seed in (0, 1)]
    opened(page, explore(dict(zip("ab", frames, strict=True))).write(tmp_path / "page.html"), "#view=table&rows=joined")
    page.locator("#line-5 .cell.scores").hover()
    expect(page.get_by_role("tooltip").locator("caption")).to_have_text("Scores of image 5")
    shares = {name: [frame[f"score_{name}"][5] for frame in frames] for name in names}
    truth = frames[0]["truth"][5]
    highest = sorted((name for name in names if name != truth), key=lambda name: -max(shares[name]))[:5]
    chosen = sorted([truth, *highest], key=names.index)
    *lines, others = shown_numbers(page)
    assert [name.removesuffix(", the truth") for name, *_ in lines] == chosen
    most = [max(own[side] for name, own in shares.items() if name not in chosen) for side in (0, 1)]
    assert others[0] == "34 others, at most"
    assert [float(each) for each in others[1:]] == pytest.approx(most, abs=6e-5)


def test_groups_show_their_true_labels_and_hand_them_over(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=table&group=guess&q=epoch+%3D%3D+3")
    chosen = rows.filter(pl.col("epoch") == 3, pl.col("guess") == 9)
    counts = dict(chosen.group_by("truth").len().sort("truth").iter_rows())
    assert len(counts) > 2
    bars = page.locator("#line-9 .true-labels button")
    expect(bars).to_have_count(len(counts))
    for label, count in counts.items():
        bar = page.locator(f"#line-9 [data-label='{label}']")
        expect(bar).to_have_attribute("aria-label", f"truth {label}: {count} of {len(chosen)} rows; opens them")
        bar.hover()
        expect(page.locator(".readout")).to_have_text(f"truth {label}: {count} of {len(chosen)} rows")
    page.locator(".grid").focus()
    page.keyboard.press("End")
    page.keyboard.press("t")
    expect(bars.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".grid")).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.press("ArrowRight")
    label = sorted(counts)[1]
    expect(page.locator(".readout")).to_have_text(re.compile(f"^truth {label}: "))
    page.keyboard.press("Enter")
    expect(page.locator(".chip code")).to_have_text(["epoch == 3", "guess == 9", f"truth == {label}"])
    assert_rows(downloaded(page), chosen.filter(truth=label))


def test_what_is_pointed_at_moves_nothing(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&group=guess")
    grid, bar = page.locator(".grid"), page.locator("#line-2 .true-labels button").first
    for width in range(1200, 1500, 20):
        page.set_viewport_size({"width": width, "height": 860})
        painted(page)
        place = grid.bounding_box()
        bar.hover()
        expect(page.locator(".readout")).to_have_text(re.compile("^truth "))
        assert grid.bounding_box() == place
        page.locator("h1").hover()
        expect(page.locator(".readout")).to_be_empty()


def test_groups_by_truth_have_no_bars_of_it(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", JOINED + "&group=a.guess,truth")
    expect(page.locator("#line-0 .true-labels")).to_have_count(1)
    page.locator("#line-0 .toggle").click()
    expect(page.locator("#line-1 strong")).to_have_text(re.compile("^truth "))
    expect(page.locator("#line-1 .true-labels")).to_have_count(0)
    own = both(rows).filter(pl.col("a.guess") == 0)
    count = len(own.filter(truth=0))
    words = f"truth 0: {count} of {len(own)} images; opens them"
    expect(page.locator("#line-0 [data-label='0']")).to_have_attribute("aria-label", words)
