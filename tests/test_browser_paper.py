"""The explorer's page on paper."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from mnist_viz.explorer import build
from tests.explored import predictions
from tests.explorer.browser import VIEWS, opened, visible
from tests.explorer.expected import WIDEST
from tests.explorer.generate import generate
from tests.test_browser_fit import NAMES

# Pixels between the margins.
A4, LETTER = 703, 725
A4_ACROSS, LETTER_ACROSS = 1031, 965
LOST = """(width) => [...document.querySelectorAll("#page *")].filter((element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!box.width || !element.checkVisibility() || element.closest(".unseen")) return false;
    const cut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    return box.right > width + 1 || (cut && !element.matches(".cell.text"));
}).map((element) => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 60)}`)"""


def printed(page: Page, width: int) -> None:
    """The page as a sheet between whose margins are `width` pixels has it."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 980})


@pytest.mark.parametrize("width", [A4, LETTER])
@pytest.mark.parametrize("view", [view for view in VIEWS if view != "table"])
def test_paper_loses_nothing(page: Page, explored: Path, view: str, width: int) -> None:
    opened(page, explored / "explorer.html", f"#view={view}&id=7&q=epoch+<+6")
    printed(page, width)
    assert page.evaluate(LOST, width) == []
    detail = page.get_by_role("complementary", name="image details")
    expect(detail.locator("h2")).to_have_text("Image 7")
    expect(detail.locator("p[data-side=b]")).to_be_visible()
    last = page.locator("main").bounding_box()
    assert detail.bounding_box()["y"] >= last["y"] + last["height"]


@pytest.mark.parametrize("width", [A4_ACROSS, LETTER_ACROSS])
def test_paper_has_all_columns_of_the_widest_table(page: Page, explored: Path, width: int) -> None:
    opened(page, explored / "explorer.html", f"#view=table&rows=joined&id=7&columns={','.join(WIDEST)}")
    printed(page, width)
    expect(page.locator("#line-0 .cell")).to_have_count(34)
    assert page.evaluate(LOST, width) == []


def test_paper_has_every_epoch_of_many(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"long": 40, "short": 2}, images=40)
    build(tmp_path, ["long", "short"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=epochs")
    printed(page, A4)
    assert page.evaluate(LOST, A4) == []
    expect(page.locator("#errors-by-epoch th", has_text="epoch 40")).to_be_visible()


def test_print_shows_the_view_without_its_controls(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare")
    page.emulate_media(media="print")
    expect(page.locator(".query")).to_be_hidden()
    expect(page.locator(".card").first).to_be_visible()


def test_print_shows_the_query_and_the_next_rows(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#q=not+correct&columns=id,guess")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".query .paper")).to_have_text("not correct")
    expect(page.get_by_role("button", name="clear", exact=True)).to_be_hidden()
    expected = rows.filter(pl.col("correct") == 0).select("id", "guess").head(200)
    assert [(int(id), int(guess)) for id, guess in visible(page)] == expected.rows()
    tops = [line.bounding_box()["y"] for line in page.locator(".grid-body .grid-row").all()[:3]]
    assert tops[0] < tops[1] < tops[2]
    count = rows.filter(pl.col("correct") == 0).height
    expect(page.locator(".table-view .paper")).to_have_text(f"Lines 1 to 200 of {count}; scroll to print others.")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#line-199")).to_have_count(0)
    assert page.locator(".grid-body .grid-row").count() < 50


def test_print_shows_every_column_and_counts_their_histograms(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#rows=joined&columns={','.join(WIDEST)}")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#line-0 .cell")).to_have_count(34)
    assert page.locator(".grid-heading [data-counted]").count() == 33
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#line-0 .cell[aria-colindex='34']")).to_have_count(0)
    assert page.locator("#line-0 .cell").count() < 24


@pytest.mark.parametrize("state", ["&rows=joined", "&rows=joined&group=b.guess", "&group=guess"])
def test_paper_has_the_numbers_of_all_bars(page: Page, explored: Path, state: str) -> None:
    opened(page, explored / "explorer.html", f"#view=table{state}")
    printed(page, LETTER_ACROSS)
    assert page.evaluate(LOST, LETTER_ACROSS) == []
    if "group" in state:
        expect(page.locator("#line-3 .true-labels .paper")).to_have_text(re.compile(r"^0: \d+, |3: \d+"))


def test_paper_has_closed_groups_in_letters_that_can_be_read(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&group=guess")
    printed(page, LETTER_ACROSS)
    name = page.locator("#line-0 .group-line strong")
    letters = "(each) => parseFloat(getComputedStyle(each).fontSize) * each.currentCSSZoom"
    assert name.evaluate(letters) >= 9 and page.evaluate(LOST, LETTER_ACROSS) == []
    page.locator("#line-0 .toggle").evaluate("(each) => each.click()")
    expect(page.locator("#line-1 .cell").first).to_be_visible()
    expect(page.locator(".grid-head")).to_be_visible()


@pytest.mark.parametrize("width", [A4, LETTER])
def test_paper_has_the_notes_on_the_data(page: Page, tmp_path: Path, width: int) -> None:
    table = predictions(NAMES, 60).drop("epoch", strict=False)
    opened(page, explore({"one": table}).write(tmp_path / "page.html"), "#view=overview")
    notes = page.locator("#lacking li")
    expect(notes.first).to_be_hidden()
    printed(page, width)
    for each in notes.all():
        expect(each).to_be_visible()
    assert notes.count() > 1 and page.evaluate(LOST, width) == []
    bottom = "(all) => Math.max(...all.map((each) => each.getBoundingClientRect().bottom))"
    assert notes.evaluate_all(bottom) <= page.locator("main").bounding_box()["y"]


@pytest.mark.parametrize("state", ["group=guess", "rows=joined&group=a.guess"])
def test_paper_has_all_true_labels_of_many_named_classes(page: Page, tmp_path: Path, state: str) -> None:
    file = explore({name: predictions(NAMES, 400, seed) for seed, name in enumerate(("one", "two"))})
    opened(page, file.write(tmp_path / "page.html"), f"#view=table&{state}")
    printed(page, LETTER_ACROSS)
    labels = page.locator(".true-labels > .paper")
    assert labels.count() > 20
    right = "(all) => Math.max(...all.map((each) => { const range = document.createRange(); range.selectNode(each);"
    right += " return Math.max(...[...range.getClientRects()].map((box) => box.right)); }))"
    assert labels.evaluate_all(right) <= LETTER_ACROSS + 1


@pytest.mark.parametrize("width", [A4, LETTER])
def test_paper_has_the_curves_in_one_size(page: Page, explored: Path, width: int) -> None:
    opened(page, explored / "explorer.html", "#view=models")
    printed(page, width)
    boxes = [each.bounding_box() for each in page.locator(".models .chart").all()]
    assert len(boxes) == 3 and boxes[0]["y"] == boxes[1]["y"]
    assert {round(each["width"]) for each in boxes} == {335}
