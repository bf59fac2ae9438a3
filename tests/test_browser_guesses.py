"""A's guess against B's guess: every cell filters, of many classes every pair."""

from pathlib import Path

import polars as pl
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import predictions
from tests.explorer.browser import downloaded, opened
from tests.explorer.expected import joined

A, B = ("baseline", 1), ("double", 3)


def test_cells_count_images_and_filter(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:1&b=double:3&q=truth+!=+8")
    both = joined(rows, A, B).filter(pl.col("truth") != 8)
    counts = {key: len(part) for key, part in both.group_by("a.guess", "b.guess")}
    cells = page.locator(".guesses tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.querySelectorAll('button')].map((cell) => cell.innerText))"
    )
    assert cells == [[str(counts.get((a, b), "·")) for b in range(10)] for a in range(10)]
    a, b = max((key for key in counts if key[0] != key[1]), key=counts.__getitem__)
    cell = page.locator(f"#guesses-{a}-{b}")
    cell.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value(f"truth != 8 and a.guess == {a} and b.guess == {b}")
    expect(page.locator(".chip code")).to_have_text(["truth != 8", f"a.guess == {a}", f"b.guess == {b}"])
    expect(cell).to_be_focused()
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#guesses-3-3")).to_have_text(str(counts[3, 3]))
    chosen = both.filter(pl.col("a.guess") == a, pl.col("b.guess") == b)
    expect(page.locator(".card")).to_have_count(len(chosen))
    page.locator("#guesses-3-3").click()
    expect(page.locator("#query")).to_have_value("truth != 8 and a.guess == 3 and b.guess == 3")
    agreed = both.filter(pl.col("a.guess") == 3, pl.col("b.guess") == 3)
    expect(page.locator(".guesses .chosen h3")).to_have_text(f"{len(agreed)} images: A guesses 3, B guesses 3")
    expect(page.locator(".guesses .digit")).to_have_count(14)
    page.locator(".guesses .digit").nth(1).click()
    detail = page.get_by_role("complementary", name="image details")
    expect(detail.locator(".place")).to_have_text(f"2 of {len(agreed)}, Two models, A guesses 3, B guesses 3")
    expect(detail.locator("h2")).to_have_text(f"Image {agreed.sort('id')['id'][1]}")
    page.keyboard.press("Escape")
    more = page.get_by_role("button", name=f"open {len(agreed)} images in the table")
    expect(more).to_have_text(f"+{len(agreed) - 14}")
    more.click()
    found = downloaded(page)
    assert found["id"].sort().to_list() == agreed["id"].sort().to_list()
    page.go_back()
    page.locator("#guesses-3-3").click()
    expect(page.locator("#query")).to_have_value("truth != 8")


def test_a_typed_choice_of_one_side_is_no_cell(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:1&b=double:3&q=a.guess+==+3")
    both = joined(rows, A, B).filter(pl.col("a.guess") == 3)
    shown = page.locator(".guesses tbody button").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.innerText) || 0).reduce((sum, count) => sum + count)"
    )
    assert shown == len(both)
    expect(page.locator(".guesses [aria-pressed=true]")).to_have_count(0)
    expect(page.locator(".guesses .chosen")).to_have_count(0)


def test_of_many_classes_pairs_are_ranked(page: Page, tmp_path: Path) -> None:
    names = [f"class {number}" for number in range(40)]
    sides = [predictions(names, 3000, seed) for seed in (0, 1)]
    file = explore(dict(zip("ab", sides, strict=True))).write(tmp_path / "page.html")
    page.set_viewport_size({"width": 320, "height": 700})
    opened(page, file, "#view=compare")
    assert page.evaluate("document.querySelector('main').scrollWidth") == 320
    both = sides[0].join(sides[1], on="id", suffix="_b").filter(pl.col("guess") != pl.col("guess_b"))
    counts = {key: len(part) for key, part in both.group_by("guess", "guess_b")}
    lines = page.locator(".guesses tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    )
    assert len(lines) == 50
    assert [int(count) for _, count in lines] == sorted(counts.values(), reverse=True)[:50]
    for pair, count in lines:
        a, b = pair.removeprefix("A ").split(", B ")
        assert counts[a, b] == int(count)
    expect(page.locator(".guesses .source")).to_have_text(f"{len(counts) - 50:,} pairs more, each as frequent or less.")
    a, b = lines[0][0].removeprefix("A ").split(", B ")
    page.locator(".guesses tbody button").first.click()
    expect(page.locator("#query")).to_have_value(f'a.guess == "{a}" and b.guess == "{b}"')
    expect(page.locator(".card")).to_have_count(counts[a, b])
    expect(page.locator(".guesses .chosen h3")).to_contain_text(f"A guesses {a}, B guesses {b}")
