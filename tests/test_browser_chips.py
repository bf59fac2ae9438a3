"""The query's conditions as chips: each is switched off and on, and taken away, and the others stay."""

from pathlib import Path

import polars as pl
from playwright.sync_api import Page, expect

from tests.explorer.browser import downloaded, opened
from tests.explorer.expected import key


def test_conditions_are_switched_and_removed_one_by_one(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    query = "epoch < 3 and (guess == 3 or guess == 5) and not correct"
    opened(page, explored / "explorer.html", f"#view=table&q={query.replace(' ', '+')}")
    chips = page.locator(".chip")
    expect(chips).to_have_count(3)
    either, early, wrong = pl.col("guess").is_in([3, 5]), pl.col("epoch") < 3, pl.col("correct") == 0
    switch = page.get_by_role("switch", name="guess == 3 or guess == 5")
    switch.focus()
    page.keyboard.press("Space")
    expect(page.locator("#query")).to_have_value("epoch < 3 and not correct")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()
    assert key(downloaded(page)) == key(rows.filter(early, wrong))
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    expect(switch).not_to_be_checked()
    switch.click()
    expect(page.locator("#query")).to_have_value("epoch < 3 and not correct and (guess == 3 or guess == 5)")
    assert key(downloaded(page)) == key(rows.filter(early, wrong, either))
    page.get_by_role("button", name="remove not correct").click()
    expect(page.locator("#query")).to_have_value("epoch < 3 and (guess == 3 or guess == 5)")
    expect(chips).to_have_count(2)
    assert key(downloaded(page)) == key(rows.filter(early, either))
    page.go_back()
    expect(chips).to_have_count(3)


def test_one_condition_beside_none(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare&q=guess+==+3+or+guess+==+5")
    expect(page.get_by_role("switch")).to_have_count(1)
    page.get_by_role("button", name="A right, B wrong").click()
    expect(page.get_by_role("switch")).to_have_count(3)
    page.get_by_role("button", name="A wrong, B right").click()
    expect(page.locator("#query")).to_have_value("(guess == 3 or guess == 5) and not a.correct and b.correct")
    page.get_by_role("switch", name="guess == 3 or guess == 5").click()
    expect(page.locator("#query")).to_have_value("not a.correct and b.correct")
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator(".chip")).to_have_count(0)
