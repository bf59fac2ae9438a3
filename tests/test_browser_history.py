"""The explorer's history: Back undoes every step that Enter or a click made."""

from pathlib import Path

import polars as pl
from playwright.sync_api import Page, expect

from tests.explorer.browser import opened, query, show


def test_back_undoes_queries_one_by_one(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table")
    field = page.locator("#query")
    texts = ["epoch == 1", "epoch == 1 and not correct", "guess == 3"]
    for text in texts:
        query(page, text)
    page.get_by_role("button", name="clear", exact=True).click()
    expect(field).to_have_value("")
    for text in [*reversed(texts), ""]:
        page.go_back()
        expect(field).to_have_value(text)
    expect(page.locator("#count")).to_contain_text("8,000 rows")


def test_sliders_and_typed_numbers_are_steps(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=threshold")
    field = page.get_by_role("spinbutton", name="threshold")
    for text in ("0.5", "0.7"):
        field.fill(text)
        field.press("Enter")
    expect(page.locator("#kept caption")).to_contain_text("at least 0.7;")
    page.go_back()
    expect(page.locator("#kept caption")).to_contain_text("at least 0.5;")
    show(page, "Gallery")
    size = page.locator("#size")
    before = size.input_value()
    size.focus()
    page.keyboard.press("End")
    expect(size).to_have_value("224")
    size.blur()
    page.go_back()
    expect(size).to_have_value(before)


def test_links_of_the_overview_keep_a_title_and_close_the_details(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=overview")
    page.get_by_role("button", name="share").click()
    page.locator("#view-title").fill("Mine")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator(".panel.errors tbody a").first.click()
    expect(page.locator("[aria-current=page]")).to_have_text("Errors over time")
    assert "titles=overview%3DMine" in page.url
    page.go_back()
    page.locator(".panel.doubtful .digit").first.click()
    expect(page.locator("aside.detail")).to_be_visible()
    page.locator(".panel.confusions a").first.click()
    expect(page.locator("aside.detail")).to_be_hidden()
    assert "id=" not in page.url and "list=" not in page.url


def test_what_is_typed_without_enter_is_one_step(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=table&q=epoch+==+1")
    field = page.locator("#query")
    entries = page.evaluate("history.length")
    for more, condition in ((" and guess == 3", pl.col("guess") == 3), (" and not correct", pl.col("correct") == 0)):
        field.press("End")
        page.keyboard.type(more)
        page.keyboard.press("Escape")
        rows = rows.filter(pl.col("epoch") == 1, condition)
        expect(page.locator("#count")).to_contain_text(f"{len(rows)} rows")
    page.keyboard.press("Enter")
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    expect(field).to_have_value("epoch == 1")
    page.go_forward()
    expect(field).to_have_value("epoch == 1 and guess == 3 and not correct")


def test_back_undoes_clicks(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&columns=id,image,guess")
    detail = page.get_by_role("complementary", name="image details")
    page.locator("#line-3 .cell.image").click()
    expect(detail.locator("h2")).to_have_text("Image 3")
    page.locator("#line-5 .cell.id").click()
    expect(detail.locator("h2")).to_have_text("Image 5")
    detail.get_by_role("button", name="next").click()
    expect(detail.locator("h2")).to_have_text("Image 6")
    page.go_back()
    expect(detail.locator("h2")).to_have_text("Image 5")
    page.go_back()
    expect(detail.locator("h2")).to_have_text("Image 3")
    page.go_back()
    expect(detail).to_be_hidden()
    page.locator("[data-column=guess]").click()
    show(page, "Two models")
    page.get_by_role("button", name="swap A and B").click()
    page.get_by_role("button", name="both wrong").click()
    expect(page.locator("#query")).to_have_value("not a.correct and not b.correct")
    page.go_back()
    expect(page.locator("#query")).to_have_value("")
    expect(page.locator("#a")).to_have_value("double:3")
    page.go_back()
    expect(page.locator("#a")).to_have_value("baseline:5")
    page.go_back()
    expect(page.locator("[role=columnheader]", has_text="guess")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.locator("[role=columnheader]", has_text="guess")).to_have_attribute("aria-sort", "none")
