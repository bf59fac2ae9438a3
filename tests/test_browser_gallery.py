"""The gallery: what the query leaves as large pictures, with what every model guessed; pictures in the table."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from mnist_viz.explorer import build
from tests.explored import predictions
from tests.explorer.browser import downloaded, opened, painted, query, show
from tests.explorer.expected import key
from tests.explorer.generate import generate

WRONG = "#view=gallery&q=not+correct"
CELLS = """(box) => [...box.querySelectorAll(".strip")].map((line) => [...line.children].map((cell) => [
    cell.innerText, getComputedStyle(cell).textDecorationLine,
]))"""


def boxes(page: Page) -> list[int]:
    """The ids of the pictures that are drawn, in their order."""
    found = page.locator(".box").evaluate_all(
        "(boxes) => boxes.map(({ dataset }) => [Number(dataset.index), Number(dataset.id)])"
    )
    return [image for _, image in sorted(found)]


def in_order(rows: pl.DataFrame) -> list[int]:
    return rows["id"].unique(maintain_order=True).to_list()


def test_pictures_have_their_label_and_every_guess(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", WRONG)
    wrong = rows.filter(pl.col("correct") == 0)
    ids = sorted(wrong["id"].unique())
    expect(page.locator("#count")).to_have_text(f"{len(ids)} images")
    shown = boxes(page)
    assert shown == ids[: len(shown)]
    assert len(shown) > 8
    for image in shown[:6]:
        box = page.locator(f'.box[data-id="{image}"]')
        own = rows.filter(pl.col("id") == image)
        expect(box.locator("strong")).to_have_text(str(own["truth"][0]))
        errors = len(own) - own["correct"].sum()
        expect(box).to_have_attribute(
            "aria-label", f"image {image}, labelled {own['truth'][0]}; wrong in {errors} of 8 tables"
        )
        expected = []
        for name in ("baseline", "double"):
            guesses = own.filter(pl.col("variant") == name).sort("epoch").select("guess", "correct").rows()
            line = [[f"{guess}{'' if right else '✗'}", "none" if right else "underline"] for guess, right in guesses]
            expected.append(line + [["", "none"]] * (5 - len(line)))
        assert box.evaluate(CELLS) == expected
    query(page, "guess == 3 and guess == 4")
    expect(page.get_by_text("No image matches the query.")).to_be_visible()
    expect(page.locator(".shelf")).to_be_hidden()


def test_keys_walk_open_and_come_back_to_the_same_place(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=gallery")
    shelf = page.get_by_role("listbox")
    shelf.focus()
    first = page.locator(".box").first.bounding_box()
    columns = page.locator(".box").evaluate_all(
        "(boxes) => new Set(boxes.map((box) => box.getBoundingClientRect().left)).size"
    )
    assert columns == int(shelf.bounding_box()["width"] // (first["width"] + 8))
    current = page.locator(".box[aria-selected=true]")
    place = 0
    for press, step in (("ArrowRight", 1), ("j", 1), ("ArrowDown", columns), ("k", -1), ("ArrowLeft", -1)):
        page.keyboard.press(press)
        place += step
        expect(current).to_have_attribute("data-id", str(place))
    page.keyboard.press("End")
    expect(current).to_have_attribute("data-id", "999")
    expect(current).to_be_in_viewport(ratio=1)
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowUp")
    where = int(current.get_attribute("data-id"))
    assert 600 < where < 999
    before = current.bounding_box()
    top = shelf.evaluate("(shelf) => shelf.scrollTop")
    page.keyboard.press("Enter")
    detail = page.get_by_role("complementary", name="image details")
    expect(detail.locator("h2")).to_have_text(f"Image {where}")
    expect(detail.locator(".place")).to_have_text(f"{where + 1} of 1,000, Gallery")
    expect(current).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(shelf).to_be_focused()
    expect(current).to_have_attribute("data-id", str(where))
    page.wait_for_function("([shelf, top]) => shelf.scrollTop === top", arg=[shelf.element_handle(), top])
    assert current.bounding_box() == before
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    expect(detail.locator("h2")).to_have_text(f"Image {where + 2}")
    expect(current).to_have_attribute("data-id", str(where + 2))
    page.go_back()
    expect(detail).to_be_hidden()
    page.locator(".box").nth(3).click()
    expect(detail).to_be_visible()


def test_order_and_size_are_kept_in_the_link_and_the_table_has_the_same(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", WRONG)
    page.locator("#order").select_option("-loss")
    wrong = rows.filter(pl.col("correct") == 0)
    expected = in_order(wrong.sort("loss", descending=True, maintain_order=True))
    expect(page.locator('.box[data-index="0"]')).to_have_attribute("data-id", str(expected[0]))
    assert boxes(page) == expected[: page.locator(".box").count()]
    small = page.locator(".box .digit").first.bounding_box()["width"]
    assert small == 112
    page.locator("#size").focus()
    page.keyboard.press("End")
    expect(page.locator(".box .digit").first).to_have_css("width", "224px")
    expect(page.locator("#size")).to_be_focused()
    assert "size=224" in page.url
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    expect(page.locator(".box .digit").first).to_have_css("width", "224px")
    assert boxes(page)[:3] == expected[:3]
    page.get_by_role("button", name="open in the table").click()
    expect(page.locator("#query")).to_have_value("not correct")
    found = downloaded(page)
    assert key(found) == key(wrong.sort("loss", descending=True, maintain_order=True))


@pytest.mark.parametrize("width", [320, 1360])
def test_ten_thousand_pictures_are_a_few_elements(page: Page, tmp_path: Path, width: int) -> None:
    generate(tmp_path, {"one": 12, "two": 1}, images=10_000)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html", row_limit=200_000)
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, tmp_path / "explorer.html", "#view=gallery")
    expect(page.locator("#count")).to_have_text("10,000 images")
    expect(page.locator(".gallery-view .source:not(.paper)")).to_contain_text(
        "epochs 3 to 12 across; wrong ones underlined, with ✗. Not shown: 2 earlier epochs; the details of a picture "
        "have all."
    )
    shelf = page.get_by_role("listbox")
    for key_, image in (("End", "9999"), ("Home", "0")):
        shelf.press(key_)
        expect(page.locator(".box[aria-selected=true]")).to_have_attribute("data-id", image)
        expect(page.locator(".box[aria-selected=true]")).to_be_in_viewport(ratio=1)
        assert page.locator(".box").count() < 120
    shelf.evaluate("(shelf) => shelf.scrollTo(0, shelf.scrollHeight / 2)")
    painted(page)
    painted(page)
    assert abs(boxes(page)[0] - 5000) < 60
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_variants_beyond_four_are_named_as_left_out(page: Page, tmp_path: Path) -> None:
    names = [f"model_{number}" for number in range(6)]
    generate(tmp_path, dict.fromkeys(names, 2), images=60)
    build(tmp_path, names, tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=gallery&a=model_3:2&b=model_5:1")
    expect(page.locator(".gallery-view .source:not(.paper)")).to_have_text(
        "Below each picture its label and the guesses, a line a variant (model_3, model_5, model_0, model_1), epochs 1 "
        "to 2 across; wrong ones underlined, with ✗. Not shown: 2 other variants; the details of a picture have all."
    )
    assert page.locator(".box").first.locator(".strip").count() == 4


def test_paper_has_the_pictures_and_says_which(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=gallery")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".box")).to_have_count(120)
    expect(page.get_by_text("Pictures 1 to 120 of 1,000; scroll to print others.")).to_be_visible()
    last = page.locator('.box[data-index="119"]')
    assert last.bounding_box()["y"] > page.locator('.box[data-index="0"]').bounding_box()["y"] + 1000


def test_pictures_of_the_table_can_be_larger(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=table&q=not+correct")
    page.locator("#pictures").select_option("large")
    picture = page.locator("#line-0 .digit")
    expect(picture).to_have_css("width", "112px")
    for line in (0, 1, 2):
        row = page.locator(f"#line-{line}").bounding_box()
        assert row["height"] == 120
        box = page.locator(f"#line-{line} .digit").bounding_box()
        assert row["y"] <= box["y"]
        assert box["y"] + box["height"] <= row["y"] + row["height"]
    assert "pictures=112" in page.url
    wrong = rows.filter(pl.col("correct") == 0)
    page.locator(".grid").press("End")
    last = page.locator(f"#line-{len(wrong) - 1}")
    expect(last.locator(".digit")).to_be_in_viewport(ratio=1)
    expect(last.locator(".digit")).to_have_attribute("aria-label", re.compile(f"^image {wrong['id'][-1]},"))
    show(page, "Models")
    show(page, "Table")
    expect(page.locator(".grid .digit").first).to_have_css("width", "112px")


def test_long_names_are_cut_and_whole_where_the_pointer_is(page: Page, tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(40)]
    frames = {name: predictions(names, 100, seed) for seed, name in enumerate("ab")}
    page.set_viewport_size({"width": 390, "height": 800})
    opened(page, explore(frames).write(tmp_path / "page.html"), "#view=gallery&q=guess+!=+truth")
    expect(page.locator(".gallery-view .source:not(.paper)")).to_contain_text("Guesses are cut to 3 letters;")
    box = page.locator(".box").first
    image = int(box.get_attribute("data-id"))
    guess, truth = frames["a"].row(image, named=True)["guess"], frames["a"].row(image, named=True)["truth"]
    cell = box.locator(".strip > span").first
    expect(cell).to_have_text("cla" if guess == truth else "cla✗")
    expect(cell).to_have_attribute("title", f"a:1: {guess} {'✓' if guess == truth else '✗'}")
    expect(box.locator(".caption")).to_have_attribute("title", truth)
    button = page.get_by_role("button", name="ensemble …").bounding_box()
    assert button["height"] < 36


def test_a_telephone_shows_three_pictures_side_by_side(page: Page, explored: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, explored / "explorer.html", "#view=gallery")
    boxes = [each.bounding_box() for each in page.locator(".shelf .box").all()]
    first = min(box["y"] for box in boxes)
    row = [box for box in boxes if box["y"] == first]
    assert len(row) == 3 and all(box["x"] + box["width"] <= 390 for box in row)
