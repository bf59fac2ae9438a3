"""The explorer's query: typed, completed, brushed on a heading, and followed by every view."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import predictions
from tests.explorer.browser import VIEWS, downloaded, opened, query, show
from tests.explorer.expected import assert_rows, joined, key


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (
            "guess != truth and epoch == 3 and score_3 > 0.4",
            (pl.col("guess") != pl.col("truth")) & (pl.col("epoch") == 3) & (pl.col("score_3") > 0.4),
        ),
        ('variant == "double" and not correct', (pl.col("variant") == "double") & (pl.col("correct") == 0)),
        (
            "0.3 <= margin < 0.6 or entropy > 1.5",
            pl.col("margin").is_between(0.3, 0.6, "left") | (pl.col("entropy") > 1.5),
        ),
        ("id in (3, 5, 8) and epoch == 1", pl.col("id").is_in([3, 5, 8]) & (pl.col("epoch") == 1)),
    ],
)
def test_query_filters(page: Page, explored: Path, rows: pl.DataFrame, text: str, condition: pl.Expr) -> None:
    opened(page, explored / "explorer.html")
    query(page, text)
    expected = rows.filter(condition)
    assert len(expected) > 0
    images = expected["id"].n_unique()
    expect(page.locator(".matches")).to_contain_text(
        re.compile(rf"^{images:,} images?, {len(expected):,} rows? of 8,000$")
    )
    assert_rows(downloaded(page), expected)


def test_a_wrong_query_is_pointed_at_and_the_last_right_one_stays(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html")
    query(page, "epoch == 1")
    query(page, "epoch == 1 and gues == 3")
    expect(page.get_by_role("alert")).to_contain_text("no column is called gues; did you mean guess? (at character 16)")
    expect(page.locator(".problem code")).to_have_text(re.compile(r"^ {15}\^{4}$"), use_inner_text=False)
    expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#count")).to_have_text("1,000 images, 2,000 rows")


def test_words_are_completed_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.keyboard.press("/")
    page.keyboard.type("conf")
    page.keyboard.press("Tab")
    page.keyboard.type(" < 0.5 and variant == ")
    page.keyboard.type('"')
    expect(page.locator("#completions li")).to_have_text(['"baseline"', '"double"'])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value('confidence < 0.5 and variant == "double"')
    expected = rows.filter((pl.col("confidence") < 0.5) & (pl.col("variant") == "double"))
    assert_rows(downloaded(page), expected)


def test_completions_say_how_many_more_there_are(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    options = page.locator("#completions li")
    expect(options).to_have_count(13)
    expect(options.last).to_have_text(re.compile(r"^\d+ more; type on$"))
    page.keyboard.press("ArrowUp")
    expect(page.locator("#completions [aria-selected=true]")).to_have_text(options.nth(11).inner_text())
    page.keyboard.type("score")
    expect(options).to_have_count(10)


def test_brushing_a_heading_filters_and_the_other_conditions_stay(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html")
    query(page, "epoch == 2")
    bars = page.get_by_role("button", name=re.compile("^confidence: filter"))
    box = bars.bounding_box()
    for start, stop, low, high in ((0.51, 0.89, 0.5, 0.9), (0.26, 0.49, 0.25, 0.5)):
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + 10)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * stop, box["y"] + 10)
        page.mouse.up()
        expect(page.locator("#query")).to_have_value(f"epoch == 2 and {low} <= confidence < {high}")
        expected = rows.filter(pl.col("confidence").is_between(low, high, "left"), pl.col("epoch") == 2)
        assert key(downloaded(page)) == key(expected)
    bars.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#query")).to_have_value("epoch == 2")


@pytest.mark.parametrize(
    ("column", "pressed", "condition", "text"),
    [
        ("guess", "ArrowRight ArrowRight Shift+ArrowRight", pl.col("guess").is_between(1, 2), "1 <= guess <= 2"),
        ("variant", "ArrowRight ArrowRight", pl.col("variant") == "double", 'variant in ("double")'),
        ("correct", "ArrowRight", pl.col("correct") == 0, "not correct"),
        ("id", "ArrowRight", pl.col("id") < 25, "0 <= id <= 24"),
        ("margin", "ArrowRight Shift+ArrowRight", pl.col("margin") < 0.05, "0 <= margin < 0.05"),
    ],
)
def test_a_heading_counts_and_filters_by_keyboard(
    page: Page, explored: Path, rows: pl.DataFrame, column: str, pressed: str, condition: pl.Expr, text: str
) -> None:
    opened(page, explored / "explorer.html", "#q=epoch+<+3")
    bars = page.get_by_role("button", name=re.compile(f"^{column}: filter"))
    expect(bars).to_have_attribute("data-counted", "")
    bars.focus()
    for each in pressed.split():
        page.keyboard.press(each)
    expected = rows.filter(pl.col("epoch") < 3).filter(condition)
    assert len(expected) > 0
    expect(page.locator(".readout")).to_have_text(f"{text}: {len(expected):,}")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(f"epoch < 3 and {text}")
    expect(bars).to_have_attribute("data-filtered", "")
    assert key(downloaded(page)) == key(expected)


def test_the_pointer_tells_what_a_histogram_counts(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    bars = page.get_by_role("button", name=re.compile("^truth: filter"))
    expect(bars).to_have_attribute("data-counted", "")
    box = bars.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10)
    expect(page.locator(".readout")).to_have_text(f"truth == 7: {rows.filter(pl.col('truth') == 7).height:,}")
    page.mouse.move(box["x"], box["y"] + 300)
    expect(page.locator(".readout")).to_be_empty()


def test_each_bar_of_a_histogram_has_the_rows_that_its_condition_selects(page: Page, tmp_path: Path) -> None:
    file = explore(predictions(("a", "b", "c"), 20_000)).write(tmp_path / "page.html")
    opened(page, file, "#view=table&columns=loss")
    bars = page.get_by_role("button", name=re.compile("^loss: filter"))
    expect(bars).to_have_attribute("data-counted", "")
    losses = downloaded(page)["loss"]
    bars.focus()
    for _ in range(40):
        bars.press("ArrowRight")
        condition, count = page.locator(".readout").inner_text().split(": ")
        numbers = [float(number) for number in re.findall(r"[\d.]+", condition)]
        low, high = numbers if len(numbers) == 2 else (numbers[0], float("inf"))
        assert int(count.replace(",", "")) == ((losses >= low) & (losses < high)).sum(), condition


def test_one_query_is_followed_by_every_view(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    left = rows.filter(pl.col("truth") == 8)
    opened(page, explored / "explorer.html", "#q=truth+==+8&view=epochs")
    wrong = left.group_by("variant", "epoch").agg(wrong=(pl.col("correct") == 0).sum())
    line = page.locator("#errors-by-epoch tbody tr").first.inner_text().split("\t")
    expected = wrong.filter(pl.col("variant") == "baseline").sort("epoch")["wrong"].to_list()
    assert [int(text) for text in line[1:]] == expected
    for view in VIEWS:
        show(page, VIEWS[view])
        expect(page.locator("#query")).to_have_value("truth == 8")
        if view == "compare":
            both = joined(left, ("baseline", 5), ("double", 3))
            expect(page.locator(".four tbody td").first).to_have_text(
                str(both.filter(pl.col("a.correct") == 1, pl.col("b.correct") == 1).height)
            )
            assert set(page.locator(".card-text span:nth-child(2)").all_inner_texts()) <= {"truth 8"}
        elif view == "patterns":
            own = left.filter(pl.col("variant") == "baseline", pl.col("epoch") == 5)
            filled = [text for text in page.locator(".confusion[data-side=a] td").all_inner_texts() if text.isdecimal()]
            assert sum(map(int, filled)) == len(own)
        elif view == "images":
            hard = left.filter(pl.col("correct") == 0)["id"].n_unique()
            expect(page.locator("#hardest h2 small")).to_contain_text(re.compile(f"^{hard} images?;"))
            page.locator("#hardest").get_by_role("button", name="open in the table").click()
            assert sorted(set(downloaded(page)["id"])) == sorted(set(left.filter(pl.col("correct") == 0)["id"]))
            page.go_back()
        elif view == "calibration":
            own = left.filter(pl.col("variant") == "baseline", pl.col("epoch") == 5)
            counts = page.locator("main .numbers tbody td:nth-child(2)").all_inner_texts()
            assert sum(int(text) for text in counts if text.isdecimal()) == len(own)
        elif view == "models":
            first = page.locator("#errors tbody tr").first
            expect(first.locator("td").nth(1)).to_have_text(str(expected[0]))


def test_help_lists_queries_that_work(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    for index in range(page.locator("#help dl a").count()):
        page.get_by_role("button", name="help").press("Enter")
        example = page.locator("#help dl a").nth(index)
        expect(example).to_be_visible()
        text = example.inner_text()
        example.press("Enter")
        expect(page.locator("#help")).to_be_hidden()
        expect(page.locator("#query")).to_have_value(text)
        expect(page.locator(".problem")).to_be_empty()
    page.get_by_role("button", name="help").press("Enter")
    page.locator("#help").get_by_text("margin < 0.1 or entropy > 1").click()
    expected = rows.filter((pl.col("margin") < 0.1) | (pl.col("entropy") > 1))
    assert key(downloaded(page)) == key(expected)
