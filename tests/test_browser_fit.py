"""Every view in several widths: nothing lies outside of the page, no text is cut, every view can be reached."""

import io
import re
from pathlib import Path

import polars as pl
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import predictions
from tests.explorer.browser import VIEWS, opened, painted, query, show

WIDTHS = [(1440, 900), (1024, 768), (390, 844), (320, 700)]
NAMES = [f"{kind} {number}" for kind in ("Haliaeetus leucocephalus", "owl") for number in range(20)]
STATES = (
    *VIEWS,
    "table&rows=joined&q=distance+>+0.3",
    "table&group=guess,truth&sort=correct&q=not+correct",
    "compare&id=7",
    "plot&x=confidence&y=loss",
)
# What is outside of the page and cannot be scrolled to, and what is cut without a title that says it in full.
LOST = """() => {
    const across = document.documentElement.clientWidth;
    const scrolls = ".scroll, .grid, .toolbar, .chips, .detail";
    const name = (element) => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 50)}`;
    return [...document.querySelectorAll("#page *")].filter((element) => {
        if (!element.checkVisibility() || element.closest(".unseen, .skip, svg, .group-line")) return false;
        const { left, right, width } = element.getBoundingClientRect();
        if (!width) return false;
        const { position, overflowX, clipPath } = getComputedStyle(element);
        if (clipPath !== "none") return false;
        const outside = (right > across + 1 || left < -1) && !element.parentElement.closest(scrolls);
        const cut = /hidden|clip/.test(overflowX) && element.scrollWidth > element.clientWidth + 1;
        const said = element.closest("[title], .bars, input");
        return outside || (cut && !said);
    }).map(name);
}"""


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two variants, of 40 classes with names, some of them long, with colour pictures."""
    file = io.BytesIO()
    Image.new("RGB", (32, 32), (90, 140, 60)).save(file, "PNG")
    frames = {}
    for number, variant in enumerate(("resnet", "vision_transformer")):
        epochs = [predictions(NAMES, 400, 2 * number + epoch).with_columns(epoch=pl.lit(epoch)) for epoch in (1, 2)]
        frames[variant] = pl.concat(epochs).with_columns(image=pl.lit(file.getvalue()))
    return explore(frames).write(tmp_path_factory.mktemp("named") / "page.html")


@pytest.mark.parametrize(("width", "height"), WIDTHS)
@pytest.mark.parametrize("classes", [10, 40])
def test_every_view_fits(page: Page, explored: Path, named: Path, classes: int, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, explored / "explorer.html" if classes == 10 else named, "#view=overview")
    found = {}
    for state in STATES:
        page.evaluate("(state) => { location.hash = `view=${state}`; }", state)
        expect(page.locator("[aria-current=page]")).to_have_text(VIEWS[state.partition("&")[0]])
        painted(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, state
        if lost := page.evaluate(LOST):
            found[state] = lost
    assert found == {}, found


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_every_view_has_a_whole_tab_or_is_in_the_menu(page: Page, explored: Path, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, explored / "explorer.html", "#view=overview")
    tabs = page.locator(".tabs")
    heights = set()
    for title in VIEWS.values():
        show(page, title)
        painted(page)
        heights.add(page.locator(".bar").bounding_box()["height"])
        shown = tabs.locator("> a")
        first_after = page.locator(".open-share").bounding_box()
        for box in [each.bounding_box() for each in shown.all()]:
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            beside = box["y"] < first_after["y"] + first_after["height"] and first_after["y"] < box["y"] + box["height"]
            assert not beside or box["x"] + box["width"] <= first_after["x"]
        away = tabs.locator(".more-views a")
        assert shown.count() + away.count() == len(VIEWS)
        assert width < 1000 or away.count() == 0
    assert len(heights) == 1


def test_the_menu_of_views_works_by_keyboard(page: Page, explored: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, explored / "explorer.html", "#view=overview")
    more = page.locator(".tabs > .more")
    more.focus()
    page.keyboard.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".more-views")).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.locator(".more-views a").first
    expect(first).to_be_focused()
    title = first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-current=page]")).to_have_text(title)
    expect(page.locator(".more-views")).to_be_hidden()


def test_the_line_for_the_query_proposes_what_the_page_can_answer(page: Page, explored: Path, named: Path) -> None:
    for file, example in (
        (explored / "explorer.html", "guess != truth and score_3 > 0.4"),
        (named, f'truth in ("{NAMES[4]}", "{NAMES[9]}") and not correct'),
    ):
        opened(page, file)
        expect(page.locator("#query")).to_have_attribute("placeholder", f"for example: {example}")
        query(page, example)
        expect(page.locator("#query-problem")).to_be_empty()
        expect(page.locator("#line-0")).to_be_visible()


def test_disagreements_begin_on_the_first_screen_however_many_pairs_of_guesses(page: Page, named: Path) -> None:
    for width, height in WIDTHS[:2]:
        page.set_viewport_size({"width": width, "height": height})
        opened(page, named, "#view=compare")
        painted(page)
        box = page.locator(".card").first.bounding_box()
        assert box is not None and box["y"] + box["height"] < height, width


def test_a_group_shows_whole_pictures_as_far_as_the_window_goes(page: Page, named: Path) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(page, named, "#view=table&group=guess")
    painted(page)
    line = page.locator(".group-line").first.evaluate("(each) => each.getBoundingClientRect().right")
    grid = page.locator(".grid").evaluate("(each) => each.getBoundingClientRect().left + each.clientWidth")
    assert line == pytest.approx(grid, abs=2)
    pictures = "(each) => { const box = each.getBoundingClientRect(); return [...each.querySelectorAll('.digit')]"
    pictures += ".map((one) => one.getBoundingClientRect()).filter((one) => one.top < box.bottom)"
    pictures += ".map((one) => box.right - one.right); }"
    left = page.locator(".group-line .samples").first.evaluate(pictures)
    assert left and min(left) >= -0.5


@pytest.mark.parametrize(
    "state", ["group=guess", "group=truth", "group=guess,truth", "rows=joined&group=truth,a.guess"]
)
def test_what_groups_say_lies_in_columns(page: Page, named: Path, state: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(page, named, f"#view=table&{state}")
    if "," in state:
        page.locator(".group-line .toggle").nth(1).click()
    painted(page)
    parts = [".members", ".alone", ".rate", ".bars", ".true-labels", ".true-labels + .samples", ".bars + .samples"]
    lefts = """(lines, parts) => lines.map((line) => parts
        .map((name) => line.querySelector(name)).map((each) => each && each.getBoundingClientRect().left))"""
    found = page.locator(".group-line").evaluate_all(lefts, parts)
    assert len(found) > 15
    for column in zip(*found, strict=True):
        assert len({round(left) for left in column if left is not None}) <= 1, found


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("view", ["epochs", "calibration", "threshold", "models", "table&id=7"])
def test_the_text_of_charts_can_be_read_on_a_telephone(page: Page, explored: Path, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, explored / "explorer.html", f"#view={view}")
    painted(page)
    sizes = """(all) => all.map((each) => {
        const { a, b } = each.getScreenCTM();
        return [each.textContent, Math.hypot(a, b) * parseFloat(getComputedStyle(each).fontSize)];
    })"""
    found = page.locator(".chart :is(.tick, .axis-name)").evaluate_all(sizes)
    assert len(found) > 5
    assert [each for each in found if each[1] < 10.5] == []


def test_a_telephone_shows_the_error_rates_first(page: Page, explored: Path, named: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for file in (explored / "explorer.html", named):
        opened(page, file, "#view=overview")
        for rate in page.locator(".panel.errors tbody tr td:nth-of-type(1)").all():
            expect(rate).to_have_text(re.compile(r"^\d+\.\d\d %"))
            box, scroll = rate.bounding_box(), page.locator(".panel.errors .scroll").bounding_box()
            assert box["x"] + box["width"] <= scroll["x"] + scroll["width"]


def test_a_message_is_one_line_on_a_telephone(page: Page, explored: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, explored / "explorer.html", "#view=table&id=7")
    page.keyboard.press("7")
    toast = page.locator(".toast")
    expect(toast).to_have_text("image 7: label 7 proposed")
    assert toast.bounding_box()["height"] < 40


@pytest.mark.parametrize("width", [390, 320])
def test_the_details_fit_a_telephone(page: Page, explored: Path, named: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for file in (explored / "explorer.html", named):
        opened(page, file, "#view=compare&id=7")
        detail = page.get_by_role("complementary", name="image details")
        assert detail.evaluate("(each) => each.scrollWidth - each.clientWidth") == 0
    model = detail.locator("p[data-side=b] > :first-child")
    expect(model).to_have_text("B vision_transformer:2")
    lines = "(each) => { const range = document.createRange(); range.selectNodeContents(each);"
    lines += " return new Set([...range.getClientRects()].map((box) => box.top)).size; }"
    assert model.evaluate(lines) == 1


@pytest.mark.parametrize("width", [390, 320])
def test_the_name_of_the_page_is_there_with_some_letters_or_not_at_all(page: Page, named: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, named, "#view=overview")
    seen = {}
    for view, title in VIEWS.items():
        show(page, title)
        painted(page)
        bar, name = page.locator("h1").bounding_box(), page.locator("h1 em").bounding_box()
        if name["y"] < bar["y"] + bar["height"]:
            seen[view] = min(name["width"], bar["x"] + bar["width"] - name["x"])
    assert seen and min(seen.values()) > 36, seen


def test_tables_without_a_history_have_no_chart_of_it(page: Page, named: Path) -> None:
    opened(page, named, "#view=models")
    expect(page.locator(".models .chart figcaption")).to_have_text(["Test loss", "Expected calibration error"])


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("view", ["overview", "classes", "threshold", "models"])
def test_tables_of_numbers_break_no_name_within_a_word(page: Page, named: Path, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, named, f"#view={view}")
    broken = """(all) => all.flatMap((each) => {
        const text = document.createTreeWalker(each, NodeFilter.SHOW_TEXT).nextNode();
        return [...text.data.matchAll(/[\\w:]+/g)].filter(({ 0: word, index }) => {
            const range = document.createRange();
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            return new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
        }).map(([word]) => word);
    })"""
    heads = page.locator(".numbers tbody th")
    expect(heads.first).to_be_visible()
    assert heads.evaluate_all(broken) == []


def test_pictures_with_long_names_stand_side_by_side(page: Page, named: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, named, "#view=epochs")
    figures = page.locator("#learned figure")
    assert max(box["width"] for box in (each.bounding_box() for each in figures.all()[:20])) <= 200
    assert page.locator("#learned").evaluate("(each) => each.scrollWidth <= each.clientWidth")
