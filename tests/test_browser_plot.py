"""The plot of any two columns in a real browser: what is counted, and what a choice in it opens."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import NAMES, predictions
from tests.explorer.browser import downloaded, opened, painted, query
from tests.explorer.expected import assert_rows, joined, key

CHOSEN = ".plot-view .readout"


def counted(page: Page) -> tuple[str, int]:
    """The condition of what is chosen, and how many rows or images it has."""
    condition, count = page.locator(CHOSEN).inner_text().rsplit(": ", 1)
    return condition, int(re.sub(r"\D", "", count))


def walked(page: Page) -> list[tuple[str, int]]:
    """The same of each part from the left, by keyboard."""
    page.locator(".plot").focus()
    found: list[tuple[str, int]] = []
    while not found or counted(page) != found[-1]:
        if found or page.locator(CHOSEN).inner_text():
            found.append(counted(page))
        page.keyboard.press("ArrowRight")
        painted(page)
        if not found:
            found.append(counted(page))
            page.keyboard.press("ArrowRight")
            painted(page)
    return found


def polars(condition: str) -> pl.Expr:
    """A condition of the page as Polars reads it."""
    if match := re.fullmatch(r"([\d.-]+) <= ([\w.]+) (<=?) ([\d.-]+)", condition):
        low, name, operator, high = match.groups()
        column = pl.col(name)
        return (column >= float(low)) & (column <= float(high) if operator == "<=" else column < float(high))
    if match := re.fullmatch(r"([\w.]+) (>=|==) ([\d.-]+)", condition):
        name, operator, value = match.groups()
        return pl.col(name) >= float(value) if operator == ">=" else pl.col(name) == float(value)
    if match := re.fullmatch(r'(\w+) in \("(.*)"\)', condition):
        return pl.col(match[1]) == match[2]
    return pl.col("correct") == int(condition == "correct")


@pytest.mark.parametrize("name", ["confidence", "loss", "id", "guess", "variant", "correct", "score_3"])
def test_each_part_counts_the_rows_of_its_condition(page: Page, explored: Path, rows: pl.DataFrame, name: str) -> None:
    own = rows.filter(pl.col("epoch") < 3).with_columns(pl.col("loss").cast(pl.Float32).cast(pl.Float64))
    opened(page, explored / "explorer.html", f"#view=plot&x={name}&q=epoch+<+3")
    parts = walked(page)
    assert sum(count for _, count in parts) == len(own) and len(parts) <= 41
    for condition, count in parts:
        assert own.filter(polars(condition)).height == count, condition


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at one share of the drawing's width and height, let go at another."""
    box = page.locator(".plot").bounding_box()
    for place, act in ((start, page.mouse.down), (end, page.mouse.up)):
        page.mouse.move(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"], steps=3)
        act()


def test_a_brush_opens_exactly_what_it_marks(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    state = "#view=plot&x=confidence&y=entropy&q=confidence+<+0.93+and+truth+!=+2"
    opened(page, explored / "explorer.html", state)
    open_button = page.get_by_role("button", name="open in the table")
    expect(open_button).to_be_disabled()
    drag(page, (0.62, 0.1), (0.99, 0.6))
    expect(open_button).to_be_enabled()
    condition, count = counted(page)
    conditions = condition.split(" and ")
    own = rows.filter(pl.col("confidence") < 0.93, pl.col("truth") != 2)
    expected = own.filter(*(polars(each) for each in conditions))
    assert 0 < len(expected) == count < len(own)
    open_button.click()
    expect(page.locator("#query")).to_have_value(f"confidence < 0.93 and truth != 2 and {condition}")
    expect(page.locator(".chip")).to_have_count(2 + len(conditions))
    assert key(downloaded(page)) == key(expected)
    page.go_back()
    expect(page.locator(".plot")).to_be_visible()
    expect(page.locator("#query")).to_have_value("confidence < 0.93 and truth != 2")


def test_the_keyboard_chooses_extends_opens_and_clears(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=plot&x=truth&y=guess")
    page.locator(".plot").focus()
    for pressed in ("ArrowRight", "ArrowUp", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(pressed)
    expected = rows.filter(pl.col("truth").is_between(1, 2), pl.col("guess").is_between(1, 2))
    expect(page.locator(CHOSEN)).to_have_text(f"1 <= truth <= 2 and 1 <= guess <= 2: {len(expected):,} rows")
    page.keyboard.press("Escape")
    expect(page.locator(CHOSEN)).to_have_text("")
    none = rows.filter(pl.col("truth") == 0, pl.col("guess") == 1)
    assert none.is_empty()
    for pressed in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(pressed)
    expect(page.locator(CHOSEN)).to_have_text("truth == 0 and guess == 1: 0 rows")
    expect(page.get_by_role("button", name="open in the table")).to_be_disabled()
    for pressed in ("ArrowDown", "Enter"):
        page.keyboard.press(pressed)
    expect(page.locator("#query")).to_have_value("truth == 0 and guess == 0")
    assert key(downloaded(page)) == key(rows.filter(pl.col("truth") == 0, pl.col("guess") == 0))


def test_columns_of_a_and_b_are_of_images(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=plot&a=baseline:1&b=double:3")
    page.locator("#x").select_option("a.confidence")
    page.locator("#y").select_option("b.confidence")
    expect(page.locator("figcaption")).to_have_text(
        "b.confidence against a.confidence, 1,000 images; A baseline:1, B double:3"
    )
    both = joined(rows, ("baseline", 1), ("double", 3))
    assert page.locator(".plot .point-right").get_attribute("d").count("M") == len(both)
    drag(page, (0.3, 0.02), (0.7, 0.4))
    condition, count = counted(page)
    inside = both.filter(*(polars(each) for each in condition.split(" and ")))
    assert len(inside) == count > 0
    page.keyboard.press("Enter")
    assert_rows(downloaded(page), inside)


def test_bars_show_what_is_wrong_and_small_ones_by_their_roots(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=plot&x=guess")
    expect(page.locator(".legend li")).to_have_text(["right", "wrong"])
    counts = rows.group_by("guess").len().sort("guess")["len"]
    wrong = rows.filter(pl.col("correct") == 0).group_by("guess").len().sort("guess")["len"]

    def heights(bars: str) -> list[float]:
        return [float(each) for each in re.findall(r"v-([\d.]+)", page.locator(f".plot .{bars}").get_attribute("d"))]

    tallest = max(heights("bar-all"))
    for bars, numbers in (("bar-all", counts), ("bar-wrong", wrong)):
        assert heights(bars) == pytest.approx([tallest * number / max(counts) for number in numbers], abs=0.1)
    page.locator("#heights").select_option("their square roots")
    expect(page).to_have_url(re.compile("heights=root"))
    for bars, numbers in (("bar-all", counts), ("bar-wrong", wrong)):
        assert heights(bars) == pytest.approx([tallest * (number / max(counts)) ** 0.5 for number in numbers], abs=0.1)


def test_what_is_chosen_can_stay_in_the_plot(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=plot&x=epoch")
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="keep only these").click()
    expect(page.locator("#query")).to_have_value("epoch == 1")
    first = rows.filter(pl.col("epoch") == 1)
    expect(page.locator("figcaption")).to_have_text(f"rows by epoch, {len(first):,} rows")
    query(page, "epoch > 9")
    expect(page.locator(".plot-view .empty")).to_have_text("The query leaves nothing to draw.")
    expect(page.locator(".plot-view figure")).to_have_count(0)


def test_a_plot_of_marks_follows_them(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=plot&x=excluded&id=7")
    assert walked(page) == [("not excluded", 8000), ("excluded", 0)]
    page.get_by_role("complementary", name="image details").focus()
    page.keyboard.press("x")
    expect(page.locator(".plot .shape").first).to_have_attribute("d", re.compile("M.*M"))
    assert walked(page) == [("not excluded", 7992), ("excluded", 8)]


def test_rows_without_a_value_are_told_and_not_drawn(page: Page, tmp_path: Path) -> None:
    frames = [
        predictions(NAMES, 200, seed).with_columns(pl.when(pl.col("id") % 4 != 1).then("truth")) for seed in (0, 1)
    ]
    opened(page, explore(dict(zip("ab", frames, strict=True))).write(tmp_path / "page.html"), "#view=plot&x=loss")
    expect(page.locator(".plot-view .source")).to_contain_text("100 rows not drawn: without a value.")
    assert sum(count for _, count in walked(page)) == 300
    page.locator("#x").select_option("truth")
    assert [count for _, count in walked(page)] == [
        *(2 * frames[0].filter(truth=name).height for name in NAMES),
        100,
    ]


def test_of_many_names_the_most_frequent_are_drawn(page: Page, tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(1000)]
    frame = predictions(names, 3000, 0)
    opened(page, explore(frame).write(tmp_path / "page.html"), "#view=plot&x=guess")
    counts = frame.group_by("guess").len().sort("len", descending=True)["len"]
    parts = walked(page)
    assert [count for _, count in parts] == counts[:40].to_list()
    expect(page.locator(".plot-view .source")).to_contain_text(f"{3000 - sum(counts[:40]):,} rows not drawn")
    condition, count = parts[3]
    assert frame.filter(polars(condition)).height == count
