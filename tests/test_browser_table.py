"""The explorer's table: every prediction, sorted, its columns and rows chosen, walked and copied."""

import io
import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from mnist_viz.store import tables
from tests.explorer.browser import downloaded, opened, painted, visible
from tests.explorer.expected import WIDEST, assert_rows, joined, key, share_text
from tests.explorer.generate import generate


def test_table_holds_every_prediction(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    assert_rows(downloaded(page), rows)
    first = visible(page)[0]
    assert first[:3] == ["baseline", "1", "0"]
    page.locator(".grid").evaluate("grid => (grid.scrollLeft = grid.scrollWidth)")
    expect(page.locator("#line-0 .cell.score_9")).to_be_in_viewport(ratio=1)
    last = visible(page)[0]
    assert [float(text) for text in last[-10:]] == pytest.approx(rows.select(tables.SCORES).row(0), abs=6e-5)
    expect(page.locator("h1")).to_have_text("Predictions on sample")


def test_columns_sort_and_with_shift_a_second_one(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.locator("[data-column=confidence]").click()
    expected = rows.sort("confidence", maintain_order=True)
    assert key(downloaded(page)) == key(expected)
    assert visible(page)[0][2] == str(expected["id"][0])
    page.locator("[data-column=guess]").click()
    page.locator("[data-column=guess]").click()
    page.locator("[data-column=true_score]").click(modifiers=["Shift"])
    expected = rows.sort("guess", "true_score", descending=[True, False], maintain_order=True)
    assert key(downloaded(page)) == key(expected)
    expect(page.locator("[role=columnheader]", has_text="guess")).to_have_attribute("aria-sort", "descending")


def test_sorting_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.locator("[data-column=variant]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-column=variant]")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-column=loss]").focus()
    page.keyboard.press("Shift+Enter")
    expected = rows.sort("variant", "loss", descending=[True, False], maintain_order=True)
    assert key(downloaded(page)) == key(expected)


def test_a_wide_join_draws_the_columns_that_are_scrolled_to(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    state = f"#rows=joined&a=baseline:1&b=double:2&q=a.guess+!=+b.guess&columns={','.join(WIDEST)}"
    opened(page, explored / "explorer.html", state)
    expected = joined(rows, ("baseline", 1), ("double", 2)).filter(pl.col("a.guess") != pl.col("b.guess"))
    assert page.locator("#line-0 .frozen").count() == 3
    grid = page.locator(".grid")
    expect(grid).to_have_attribute("aria-colcount", "34")
    expect(page.locator("#line-0 .cell").first).to_have_attribute("aria-colindex", "1")
    assert page.locator("#line-0 .cell").count() < 24
    names = page.locator(".sort").evaluate_all("(heads) => heads.map((head) => head.dataset.column)")
    assert len(names) == 34
    seen = set()
    for left in (0, 700, 10_000, 900, 0):
        grid.evaluate("(grid, left) => (grid.scrollLeft = left)", left)
        edges = grid.evaluate("(grid) => [grid.getBoundingClientRect().left, grid.getBoundingClientRect().right]")
        painted(page)
        found = page.locator(".grid-body .grid-row").evaluate_all("""(lines) => lines.flatMap((line) =>
            [...line.querySelectorAll(".cell")].map((cell) => [
                Number(line.dataset.line), Number(cell.ariaColIndex) - 1, cell.innerText,
                cell.getBoundingClientRect().left, cell.getBoundingClientRect().right,
            ]))""")
        places = page.locator(".sort").evaluate_all(
            "(heads) => heads.map((head) => head.parentElement.getBoundingClientRect().left)"
        )
        for line, column, text, start, end in found:
            assert start == pytest.approx(places[column], abs=0.1)
            if names[column] == "image":
                continue
            value = expected[names[column]][line]
            assert (float({"yes": 1, "no": 0}.get(text, text))) == pytest.approx(value, abs=6e-4), names[column]
            if end > edges[0] and start < edges[1]:
                seen.add((left, line, names[column]))
        drawn = {column for line, column, *_ in found if line == 0 and column > 2}
        assert places[0] == pytest.approx(edges[0] + 1, abs=0.1) and {0, 1, 2} <= {column for _, column, *_ in found}
        assert drawn == set(range(min(drawn), max(drawn) + 1))
        assert places[min(drawn)] <= places[2] + 69
        assert max(drawn) == 33 or places[max(drawn) + 1] >= edges[1]
    assert {name for left, line, name in seen if line == 0} == set(names) - {"image"}
    assert_rows(downloaded(page), expected)


def test_columns_outside_the_view_are_reached_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    last = page.locator("#line-0 .cell.score_9")
    first = page.locator("#line-0 .cell.variant")
    bars = page.get_by_role("button", name=re.compile("^score_9: filter"))
    expect(last).to_have_count(0)
    expect(bars).to_have_count(0)
    page.locator("[data-column=variant]").focus()
    page.keyboard.press("End")
    expect(page.locator("[data-column=score_9]")).to_be_focused()
    expect(page.locator("[data-column=score_9]")).to_be_in_viewport(ratio=1)
    expect(last).to_have_text(share_text(rows["score_9"][0]))
    expect(last).to_be_in_viewport(ratio=1)
    expect(first).to_have_count(0)
    expect(bars).to_have_attribute("data-counted", "")
    page.keyboard.press("Tab")
    expect(bars).to_be_focused()
    page.keyboard.press("ArrowRight")
    expected = rows.filter(pl.col("score_9") < 1 / 40)
    expect(page.locator(".readout")).to_have_text(f"0 <= score_9 < 0.025: {len(expected):,}")
    page.locator(".grid").evaluate("(grid) => (grid.scrollLeft = 0)")
    expect(first).to_be_in_viewport()
    expect(bars).to_be_focused()
    page.keyboard.press("Enter")
    assert key(downloaded(page)) == key(expected)
    page.locator("[data-column=score_9]").focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-column=variant]")).to_be_focused()
    expect(first).to_be_in_viewport()
    page.locator(".grid").focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".grid-row.current .cell.score_9")).to_have_text(share_text(expected["score_9"][-1]))
    expect(page.locator(".grid-row.current .cell.score_9")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Control+Home")
    expect(first).to_be_in_viewport(ratio=1)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(last).to_be_in_viewport(ratio=1)


def test_headings_are_tabbed_through_to_the_last(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html")
    page.locator("[data-column=variant]").focus()
    reached = []
    for _ in range(2 * 22 - 2):
        page.keyboard.press("Tab")
        painted(page)
        reached.append(page.evaluate("document.activeElement.className"))
    expect(page.get_by_role("button", name=re.compile("^score_9: filter"))).to_be_focused()
    assert reached.count("plain sort") == 21
    assert reached.count("histogram plain") == 21


def test_columns_are_hidden_shown_and_moved(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html")
    page.get_by_role("button", name="columns").click()
    page.get_by_role("checkbox", name="epoch", exact=True).uncheck()
    page.get_by_role("checkbox", name="margin", exact=True).uncheck()
    heads = page.locator(".sort")
    assert "epoch" not in heads.all_inner_texts()
    assert downloaded(page).columns[:3] == ["variant", "id", "guess"]
    page.locator("[data-column=guess]").focus()
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Alt+ArrowLeft")
    assert downloaded(page).columns[:3] == ["variant", "guess", "id"]
    page.locator("[data-column=truth]").drag_to(page.locator("[data-column=variant]"))
    assert downloaded(page).columns[:4] == ["truth", "variant", "guess", "id"]
    page.get_by_role("checkbox", name="epoch", exact=True).check()
    assert downloaded(page).columns[-1] == "epoch"


def test_rows_are_walked_copied_and_opened_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#columns=id,guess,score_0")
    page.locator(".grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".grid-row.current .cell").first).to_have_text("999")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+c")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, rows[1:3])
    page.keyboard.press("Enter")
    detail = page.get_by_role("complementary", name="image details")
    expect(detail).to_contain_text("Image 2")
    expect(detail).to_be_focused()
    for fold in detail.locator("summary").all():
        fold.click()
    for item in rows.filter(pl.col("id") == 2).iter_rows(named=True):
        line = detail.locator(f'[data-table="{item["variant"]}:{item["epoch"]}"]')
        expect(line).to_contain_text(f"{item['guess']} {'✓' if item['correct'] else '✗'}")
        best = sorted(((item[name], digit) for digit, name in enumerate(tables.SCORES)), reverse=True)[0]
        expect(line.locator("svg")).to_have_attribute("aria-label", re.compile(f"{best[1]}: {best[0]:.3f}"))
    expect(detail.locator("[data-table]")).to_have_count(8)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(page.locator(".grid")).to_be_focused()


def test_selected_rows_and_groups_are_copied(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#q=not+correct&group=guess&columns=variant,epoch,id,score_3")
    wrong = rows.filter(pl.col("correct") == 0)
    page.locator("#line-1").click()
    page.get_by_role("button", name="copy rows").click()
    chosen = wrong.filter(pl.col("guess") == wrong["guess"].unique().sort()[1])
    expect(page.locator(".toast")).to_have_text(f"{len(chosen)} rows copied")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, chosen)
    page.locator("#group").select_option("")
    page.locator(".grid").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    copied = pl.read_csv(io.StringIO(page.evaluate("navigator.clipboard.readText()")), separator="\t")
    assert_rows(copied, wrong)


def test_last_rows_are_reached_where_the_table_is_higher_than_an_element_may_be(page: Page, tmp_path: Path) -> None:
    variants = {f"variant_{number:02}": 12 for number in range(20)}
    generate(tmp_path, variants, images=1000)
    build(tmp_path, list(variants), tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#columns=variant,epoch,id")
    grid = page.locator(".grid")
    last = ["variant_19", "12", "999"]
    assert grid.evaluate("grid => grid.scrollHeight") < 240_000 * 36
    grid.focus()
    page.keyboard.press("End")
    expect(page.locator(".grid-row.current .cell")).to_have_text(last)
    page.keyboard.press("Home")
    expect(page.locator("#line-0")).to_be_visible()
    grid.evaluate("grid => (grid.scrollTop = grid.scrollHeight)")
    expect(page.locator("#line-239999 .cell")).to_have_text(last)
    inside = "([line, grid]) => line.getBoundingClientRect().bottom <= grid.getBoundingClientRect().bottom"
    assert page.evaluate(inside, [page.locator("#line-239999").element_handle(), grid.element_handle()])
    top = "Math.min(...[...document.querySelectorAll('.grid-body .grid-row')].map((row) => Number(row.dataset.line)))"
    before = page.evaluate(top)
    grid.hover()
    for lines in (10, 20):
        page.mouse.wheel(0, -360)
        page.wait_for_function(f"{top} === {before - lines}")
        painted(page)
        assert page.evaluate(top) == before - lines
