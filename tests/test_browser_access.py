"""The explorer by keyboard alone, in narrow windows, enlarged, and where the system chooses the colours."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.explorer.browser import VIEWS, opened, show

TABBABLE = """() => [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex]")].filter(
    (element) => element.tabIndex >= 0 && element.checkVisibility() && !element.disabled
).length"""


@pytest.mark.parametrize("width", [320, 390])
def test_narrow_pages_do_not_scroll_sideways(page: Page, explored: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for view in VIEWS:
        opened(page, explored / "explorer.html", f"#view={view}&q=not+correct+and+guess+<+9")
        expect(page.locator("main .view")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width, view
        expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
        if view == "patterns" and width == 390:
            expect(page.locator(".confusion[data-side=a] th", has_text="9").first).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (720, 450)])
def test_the_first_screen_has_data(page: Page, explored: Path, width: int, height: int) -> None:
    """A telephone, and a window of 1440 x 900 pixels at 200 %."""
    page.set_viewport_size({"width": width, "height": height})
    opened(page, explored / "explorer.html", "#view=table&q=not+correct")
    expect(page.locator("#line-2")).to_be_in_viewport()
    assert page.locator("#line-0").bounding_box()["y"] < 270
    for view in VIEWS:
        show(page, VIEWS[view])
        assert page.locator("main").bounding_box()["y"] < 180
        assert page.locator(".bar").bounding_box()["height"] <= 48


def test_the_bar_is_low(page: Page, explored: Path) -> None:
    for view in VIEWS:
        opened(page, explored / "explorer.html", f"#view={view}")
        assert page.locator(".bar").bounding_box()["height"] <= 44
        expect(page.locator("h1")).to_have_text("Predictions on sample")


def test_the_first_stop_skips_to_the_view(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=patterns")
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="skip to the view")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    address = page.url
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    assert page.url == address
    page.keyboard.press("Tab")
    expect(page.locator("#a")).to_be_focused()


def test_a_matrix_is_one_stop_that_arrows_walk(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=patterns")
    expect(page.locator(".by-guess[data-side=b] .digit").first).to_be_visible()
    assert page.evaluate(TABBABLE) < 60
    cell = page.locator(".confusion[data-side=b] button[tabindex='0']")
    expect(cell).to_have_count(1)
    cell.focus()
    for key, name in (
        ("ArrowRight", "labelled 0, guessed 1"),
        ("ArrowDown", "labelled 1, guessed 1"),
        ("ArrowRight", "labelled 1, guessed 2"),
        ("ArrowUp", "labelled 0, guessed 2"),
        ("ArrowLeft", "labelled 0, guessed 1"),
        ("End", "labelled 9, guessed 9"),
        ("ArrowDown", "labelled 9, guessed 9"),
    ):
        page.keyboard.press(key)
        expect(page.locator(".confusion[data-side=b] button:focus")).to_have_attribute(
            "aria-label", re.compile(f"^{name}: ")
        )
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value("truth == 9 and guess == 9")
    expect(page.locator(".confusion[data-side=b] button:focus")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("view", "items"),
    [
        ("compare", ".cards .digit"),
        ("epochs", "#never .digit"),
        ("images", "#hardest .digit"),
        ("overview", ".tiles .digit"),
    ],
)
def test_pictures_are_one_stop_that_arrows_walk(page: Page, explored: Path, view: str, items: str) -> None:
    opened(page, explored / "explorer.html", f"#view={view}&a=baseline:1")
    pictures = page.locator(items)
    expect(page.locator(f"{items}[tabindex='0']")).to_have_count(1)
    pictures.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    detail = page.get_by_role("complementary", name="image details")
    expect(detail).to_be_focused()
    page.keyboard.press("Escape")
    expect(pictures.first).to_be_focused()


def test_what_is_chosen_is_seen_where_the_system_chooses_the_colours(page: Page, explored: Path) -> None:
    page.emulate_media(forced_colors="active")
    opened(page, explored / "explorer.html", "#view=compare&q=a.correct+and+not+b.correct")
    outline = "(element) => getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth"
    pressed = page.get_by_role("button", name="A right, B wrong")
    assert pressed.evaluate(outline) == "solid3px"
    assert page.get_by_role("button", name="both wrong").evaluate(outline) != "solid3px"
    assert page.locator("[aria-current=page]").evaluate(outline) == "solid3px"
    assert page.locator(".tabs a").first.evaluate(outline) != "solid3px"
    show(page, "Table")
    assert page.locator("#line-0").evaluate(outline) == "solid3px"
    assert page.locator("#line-1").evaluate(outline) != "solid3px"


def test_where_the_system_chooses_the_colours_series_and_bars_are_told_apart(page: Page, explored: Path) -> None:
    page.emulate_media(forced_colors="active")
    opened(page, explored / "explorer.html", "#view=epochs")
    colours = """(all) => all.map((each) => [getComputedStyle(each, "::before").backgroundColor,
        getComputedStyle(each.closest(".chart").querySelector(`.line.${each.className}`)).stroke])"""
    found = page.locator(".legend li").evaluate_all(colours)
    assert len(found) == len({tuple(each) for each in found}) == 2
    assert all(mark == line for mark, line in found)
    opened(page, explored / "explorer.html", "#view=table&group=guess")
    bar = page.locator(".true-labels .label").first
    image, behind = bar.evaluate(
        "(each) => [getComputedStyle(each).backgroundImage, getComputedStyle(each.closest('.grid')).backgroundColor]"
    )
    assert image.startswith("linear-gradient(rgb") and behind not in image
