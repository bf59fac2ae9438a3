"""The details of one image: the list that they go through, the models that are compared, every other table."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from mnist_viz.explorer import build
from mnist_viz.store import tables
from tests.explorer.browser import opened, show
from tests.explorer.expected import joined
from tests.explorer.generate import generate


def detail_of(page: Page) -> Locator:
    return page.get_by_role("complementary", name="image details")


def assert_walk(page: Page, ids: list[int], title: str) -> None:
    """The details are at the first of `ids`, and go through these in this order, by buttons and by keys."""
    detail = detail_of(page)
    button = detail.get_by_role("button", name="next")
    steps = (lambda: page.keyboard.press("ArrowRight"), lambda: page.keyboard.press("j"), button.click)
    for place, each in enumerate(ids[:6]):
        expect(detail.locator("h2")).to_have_text(f"Image {each}")
        expect(detail.locator(".place")).to_have_text(f"{place + 1} of {len(ids)}, {title}")
        if place + 1 < min(6, len(ids)):
            steps[place % 3]()
    for key in ("k", "ArrowLeft", "k", "k", "k"):
        page.keyboard.press(key)
    expect(detail.locator("h2")).to_have_text(f"Image {ids[0]}")
    expect(detail.get_by_role("button", name="previous")).to_be_disabled()


def test_the_next_image_is_that_of_the_next_row(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#sort=-loss&q=not+correct")
    wrong = rows.filter(pl.col("correct") == 0).sort("loss", descending=True, maintain_order=True)
    ids = wrong["id"].unique(maintain_order=True).to_list()
    assert ids != sorted(ids)
    page.locator("#line-0 .cell.image").click()
    assert_walk(page, ids, "Table")
    page.keyboard.press("j")
    expect(page.locator(".grid-row.current .cell.id")).to_have_text(str(ids[1]))


def test_the_next_image_is_that_of_the_next_card(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    state = "#view=compare&a=baseline:1&b=double:3&q=a.correct+and+not+b.correct"
    opened(page, explored / "explorer.html", state)
    apart = joined(rows, ("baseline", 1), ("double", 3)).filter(pl.col("a.correct") == 1, pl.col("b.correct") == 0)
    ids = apart.sort("distance", descending=True)["id"].to_list()
    page.locator(".card button").first.click()
    assert_walk(page, ids, "Two models, A right, B wrong")
    opened(page, explored / "explorer.html", f"{state}&id={ids[2]}")
    expect(detail_of(page).locator(".place")).to_contain_text(f"3 of {len(ids)}")


def test_each_list_of_a_view_is_walked_by_itself(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=epochs")
    for name, title in (
        ("never", "Never learned: wrong after every epoch"),
        ("forgotten", "Forgotten again: right after one epoch, wrong after a later one"),
    ):
        buttons = page.locator(f"#{name} .gallery button")
        expect(page.locator(f"#{name} h2 small")).to_contain_text(re.compile(rf"^{buttons.count()} images?"))
        ids = [int(re.match(r"image (\d+)", each.get_attribute("aria-label"))[1]) for each in buttons.all()]
        buttons.first.click()
        assert_walk(page, ids, title)
        page.keyboard.press("Escape")
        expect(buttons.first).to_be_focused()
    show(page, "Hard images")
    ids = [int(tile.get_attribute("data-id")) for tile in page.locator("#likely .tile").all()]
    page.locator("#likely .tile button").first.click()
    assert_walk(page, ids, "Likely label errors")


def test_the_open_picture_is_marked_and_has_the_focus_afterwards(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:1")
    pictures = page.locator(".card .digit")
    assert pictures.count() > 6
    pictures.first.click()
    for place in (1, 2, 3):
        page.keyboard.press("j")
        expect(page.locator(".card .digit.open")).to_have_count(1)
        expect(pictures.nth(place)).to_have_class(re.compile(r"\bopen\b"))
    page.keyboard.press("Escape")
    expect(page.locator(".digit.open")).to_have_count(0)
    expect(pictures.nth(3)).to_be_focused()


def test_keys_of_a_field_stay_its_own(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#q=guess+==+3&id=5")
    page.locator("#query").focus()
    page.keyboard.press("End")
    page.keyboard.type("j")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#query")).to_have_value("guess == 3j")
    expect(detail_of(page).locator("h2")).to_have_text("Image 5")


def test_a_and_b_come_first_with_their_scores_as_numbers(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:2&b=double:1")
    page.locator(".card button").first.click()
    detail = detail_of(page)
    image = int(detail.locator("h2").inner_text().removeprefix("Image "))
    for side, variant, epoch in (("a", "baseline", 2), ("b", "double", 1)):
        own = rows.filter(pl.col("id") == image, pl.col("variant") == variant, pl.col("epoch") == epoch)
        sign = "✓" if own["correct"][0] else "✗"
        expect(detail.locator(f"p[data-side={side}]")).to_have_text(
            f"{side.upper()} {variant}:{epoch} {own['guess'][0]} {sign}"
        )
        numbers = [float(text) for text in detail.locator(f".scores tr[data-side={side}] td").all_inner_texts()]
        assert numbers == pytest.approx(own.select(tables.SCORES).row(0), abs=6e-4)
    expect(detail.locator("[data-table]")).to_have_count(0)
    history = rows.filter(pl.col("id") == image, pl.col("variant") == "double").sort("epoch")
    trail = "".join(f"{guess}{'' if right else '✗'}" for guess, right in history.select("guess", "correct").rows())
    fold = detail.locator("summary", has_text="double")
    assert re.sub(r"\s", "", fold.inner_text()) == f"double{trail}"
    fold.click()
    expect(detail.locator("[data-table]")).to_have_count(3)
    course = rows.filter(pl.col("id") == image).select("variant", "epoch", "true_score")
    titles = detail.locator(".chart circle title").all_text_contents()
    found = [re.fullmatch(r"(\w+), epoch (\d+): ([\d.e-]+)", title).groups() for title in titles]
    assert [(variant, int(epoch)) for variant, epoch, _ in found] == course.select("variant", "epoch").rows()
    assert [float(score) for *_, score in found] == pytest.approx(course["true_score"].to_list(), abs=6e-5)
    page.get_by_role("button", name="close the details").click()
    expect(detail).to_be_hidden()


def test_what_is_compared_is_there_among_many_tables(page: Page, tmp_path: Path) -> None:
    names = [f"model_{number:03}" for number in range(90)]
    generate(tmp_path, dict.fromkeys(names, 2), images=40)
    build(tmp_path, names, tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#id=5&b=model_088:1")
    detail = detail_of(page)
    expect(detail.locator("p[data-side=b]")).to_contain_text("B model_088:1")
    expect(detail.locator("summary strong").nth(1)).to_have_text("model_088")
    expect(detail.locator("summary")).to_have_count(60)
    detail.get_by_role("button", name="30 more variants").click()
    expect(detail.locator("summary")).to_have_count(90)
    expect(detail.get_by_role("button", name="more variants")).to_be_hidden()


def test_an_image_that_leaves_its_list_keeps_its_place_there(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    """As a work list: what is marked is out of it, and the next one is the one that followed."""
    opened(page, explored / "explorer.html", "#view=table&sort=-loss&q=not+marked+and+not+correct")
    wrong = rows.filter(pl.col("correct") == 0).sort("loss", descending=True, maintain_order=True)
    ids = wrong["id"].unique(maintain_order=True).to_list()
    page.locator(".grid-body .digit").first.click()
    heading = detail_of(page).locator("h2")
    page.keyboard.press("j")
    expect(heading).to_have_text(f"Image {ids[1]}")
    page.keyboard.press("x")
    expect(detail_of(page).locator(".place")).to_have_text(f"not among the {len(ids) - 1}, Table")
    page.keyboard.press("j")
    expect(heading).to_have_text(f"Image {ids[2]}")
    page.keyboard.press("x")
    page.keyboard.press("k")
    expect(heading).to_have_text(f"Image {ids[0]}")
