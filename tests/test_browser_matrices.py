"""The matrices of the view of the classes, its pairs with pictures, and the sliders over the epochs."""

from pathlib import Path

import numpy as np
import polars as pl
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from tests.explorer.browser import downloaded, opened, painted
from tests.explorer.expected import assert_rows, joined, key
from tests.explorer.generate import generate

A, B = ("baseline", 1), ("double", 3)
STATE = "#view=classes&a=baseline:1&b=double:3"
MINUS = "\N{MINUS SIGN}"


def table_of(rows: pl.DataFrame, table: tuple[str, int]) -> pl.DataFrame:
    return rows.filter(pl.col("variant") == table[0], pl.col("epoch") == table[1])


def counts(own: pl.DataFrame) -> list[list[int]]:
    by_cell = {cell: len(part) for cell, part in own.group_by("truth", "guess")}
    return [[by_cell.get((truth, guess), 0) for guess in range(10)] for truth in range(10)]


def cells(page: Page, side: str) -> list[list[str]]:
    return page.locator(f"table.confusion[data-side={side}] tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText.split('\\n')[0]))"
    )


def number(text: str) -> float:
    return 0 if text == "·" else float(text.replace(MINUS, "-").replace(",", ""))


def numbers(page: Page, side: str) -> list[list[float]]:
    return [[number(text) for text in line] for line in cells(page, side)]


def test_cells_are_counts_shares_of_the_row_and_differences(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&q=id+<+800")
    own = rows.filter(pl.col("id") < 800)
    a, b = counts(table_of(own, A)), counts(table_of(own, B))
    assert numbers(page, "a") == a and numbers(page, "b") == b
    page.locator("#cells").select_option("per cent of the row")
    expect(page.locator(".confusion[data-side=a] caption")).to_contain_text("per cent of the images of a label")
    shares = [[100 * count / sum(line) for count in line] for line in a]
    found = numbers(page, "a")
    assert np.abs(np.array(found) - shares).max() <= 0.05001
    page.locator("#cells").select_option(f"B {MINUS} A")
    expect(page.locator(".confusion")).to_have_count(1)
    difference = [[y - x for x, y in zip(*lines, strict=True)] for lines in zip(a, b, strict=True)]
    assert numbers(page, "apart") == difference
    more = sum(value > 0 for line in difference for value in line)
    assert page.locator(".confusion td.more-b").count() == more
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    assert numbers(page, "apart") == difference


def test_cells_rows_and_columns_open_what_they_count(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    a = table_of(rows, A)
    worst = a.filter(pl.col("truth") != pl.col("guess")).group_by("truth", "guess").len().sort("len").row(-1)
    truth, guess, count = worst
    for name, chosen in (
        (f"labelled {truth}, guessed {guess} in A: {count} image", {"truth": truth, "guess": guess}),
        (f"labelled {truth}:", {"truth": truth}),
        (f"guessed {guess} by A;", {"guess": guess}),
    ):
        opened(page, explored / "explorer.html", STATE)
        page.locator(".confusion[data-side=a]").get_by_role("button", name=name).click()
        assert key(downloaded(page)) == key(a.filter(**chosen))
        expect(page.locator(".chip")).to_have_count(2 + len(chosen))
    opened(page, explored / "explorer.html", f"{STATE}&cells=apart")
    both = joined(rows, A, B).filter(pl.col("truth") == truth, pl.col("a.guess") != pl.col("b.guess"))
    page.get_by_role("button", name=f"labelled {truth}, guessed {guess}: A {count}, B").click()
    assert_rows(downloaded(page), both.filter((pl.col("a.guess") == guess) | (pl.col("b.guess") == guess)))


def test_a_row_without_images_has_no_share(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&cells=share&q=truth+!=+4")
    assert cells(page, "a")[4] == ["\N{EN DASH}"] * 10
    assert "\N{EN DASH}" not in cells(page, "a")[5]


def test_the_matrix_is_one_stop_that_arrows_walk(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", STATE)
    own = page.locator(".confusion[data-side=b]")
    expect(own.locator("button[tabindex='0']")).to_have_count(1)
    own.get_by_role("button", name="labelled 0:").focus()
    page.keyboard.press("ArrowRight")
    expect(own.locator("button:focus")).to_have_attribute(
        "aria-label", "labelled 0, guessed 0 in B: 81 images, 93.1 % of the label; open in the table"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#query")).to_have_value('variant == "double" and epoch == 3 and truth == 1 and guess == 0')


def test_sliders_go_through_the_epochs_by_keyboard(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", STATE)
    slider = page.locator("#epoch-a")
    slider.focus()
    for epoch in (2, 3):
        page.keyboard.press("ArrowRight")
        expect(page.locator("h3.side-a")).to_have_text(f"A: baseline:{epoch}")
        expect(slider).to_be_focused()
        expect(slider).to_have_attribute("aria-valuetext", f"epoch {epoch}")
        assert numbers(page, "a") == counts(table_of(rows, ("baseline", epoch)))
    assert numbers(page, "b") == counts(table_of(rows, B))
    page.keyboard.press("End")
    expect(page.locator("#a")).to_have_value("baseline:5")
    assert "a=baseline%3A5" in page.url
    page.go_back()
    expect(page.locator("#a")).to_have_value("baseline:3")
    expect(slider).to_have_value("2")
    both = page.locator("#epoch-both")
    expect(both).to_have_attribute("aria-valuetext", "epoch 3")
    both.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#a")).to_have_value("baseline:2")
    expect(page.locator("#b")).to_have_value("double:2")
    assert numbers(page, "b") == counts(table_of(rows, ("double", 2)))


def test_a_drag_is_one_step_that_back_undoes(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", STATE)
    box = page.locator("#epoch-a").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, middle)
    page.mouse.down()
    for epoch, share in ((2, 0.26), (3, 0.5), (4, 0.74)):
        page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), middle)
        expect(page.locator("#a")).to_have_value(f"baseline:{epoch}")
    page.mouse.up()
    assert numbers(page, "a") == counts(table_of(rows, ("baseline", 4)))
    page.go_back()
    expect(page.locator("#a")).to_have_value("baseline:1")


def test_both_move_from_different_epochs_to_any_that_both_have(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", STATE)
    both = page.locator("#epoch-both")
    expect(both).to_have_attribute("aria-valuetext", "epoch 1 and 3")
    both.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#b")).to_have_value("double:1")
    expect(page.locator("#a")).to_have_value("baseline:1")
    opened(page, explored / "explorer.html", "#view=classes&a=baseline:1&b=baseline:5")
    expect(page.locator("#epoch-b")).to_be_visible()
    expect(both).to_be_hidden()


def test_pairs_have_their_pictures_and_open_them(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", STATE)
    wrong = [table_of(rows, table).filter(pl.col("truth") != pl.col("guess")) for table in (A, B)]
    pairs = (
        pl.concat(wrong)
        .group_by("truth", "guess")
        .len()
        .sort(["len", "truth", "guess"], descending=[True, False, False])
    )
    truth, guess, count = pairs.row(0)
    first = page.locator(".classes .pairs li").first
    expect(first.locator("strong")).to_have_text(f"{truth} taken for {guess}")
    own = [side.filter(pl.col("truth") == truth, pl.col("guess") == guess) for side in wrong]
    assert sum(map(len, own)) == count
    ids = sorted({*own[0]["id"], *own[1]["id"]})
    expect(first.locator(".digit")).to_have_count(min(10, len(ids)))
    expect(first.locator(".digit").first).to_have_attribute(
        "aria-label", f"image {ids[0]}, labelled {truth}, {truth} taken for {guess}; open its details"
    )
    first.locator(".digit").first.click()
    expect(page.get_by_role("complementary", name="image details")).to_contain_text(
        f"1 of {len(ids)}, {truth} taken for {guess}"
    )
    page.keyboard.press("Escape")
    first.locator(".gallery button:not(.digit)").click()
    assert downloaded(page)["id"].to_list() == ids
    page.go_back()
    page.get_by_role("button", name=f"{truth} taken for {guess} in A:").click()
    assert key(downloaded(page)) == key(own[0])
    page.go_back()
    expect(page.locator(".classes .pairs li")).to_have_count(min(12, len(pairs)))
    page.get_by_role("button", name=f"{len(pairs) - 12} more pairs").click()
    expect(page.locator(".classes .pairs li")).to_have_count(min(24, len(pairs)))


def test_one_table_has_no_sliders(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "two": 1}, images=60)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=classes")
    painted(page)
    expect(page.locator("input[type=range]:visible")).to_have_count(0)
