"""Every list, cell and group opens in the table as exactly what it shows, and the query is kept."""

import re
from pathlib import Path

import polars as pl
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from tests.explorer.browser import downloaded, opened
from tests.explorer.expected import assert_rows, joined, key
from tests.explorer.generate import generate


def test_disagreements_open_as_joined_rows_in_the_order_of_their_cards(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:1&b=double:3&q=truth+<+8")
    page.get_by_role("button", name="A wrong, B right").click()
    shown = [int(card.get_attribute("data-id")) for card in page.locator(".card").all()]
    page.get_by_role("button", name="open in the table").click()
    expect(page.locator("#query")).to_have_value("truth < 8 and not a.correct and b.correct and a.guess != b.guess")
    both = joined(rows, ("baseline", 1), ("double", 3))
    expected = both.filter(pl.col("truth") < 8, pl.col("a.correct") == 0, pl.col("b.correct") == 1)
    expect(page.locator("#count")).to_have_text(f"{len(expected)} images")
    found = downloaded(page)
    assert_rows(found.sort("id"), expected.sort("id"))
    assert found["id"].to_list() == shown
    page.go_back()
    expect(page.get_by_role("button", name="A wrong, B right")).to_have_attribute("aria-pressed", "true")
    page.locator(".four .only-a button").click()
    assert_rows(downloaded(page), both.filter(pl.col("truth") < 8, pl.col("a.correct") == 1, pl.col("b.correct") == 0))


def test_images_over_time_open_with_the_rows_of_their_variant(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=epochs&variant=double&q=truth+!=+3&sort=-loss")
    ids = [int(each) for each in page.locator("#never").get_attribute("data-ids").split()]
    assert len(ids) > 1
    page.locator("#never").get_by_role("button", name="open in the table").click()
    expect(page.locator("#query")).to_have_value('truth != 3 and variant == "double"')
    title = "Never learned: wrong after every epoch (double)"
    expect(page.locator(".chosen-images span")).to_have_text(f"{len(ids)} images: {title}")
    expected = rows.filter(pl.col("id").is_in(ids), pl.col("variant") == "double")
    expect(page.locator("#count")).to_have_text(f"{len(ids)} images, {len(expected)} rows")
    found = downloaded(page)
    assert key(found) == key(expected.sort("loss", descending=True, maintain_order=True))
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    assert downloaded(page).equals(found)
    page.get_by_role("button", name=f"remove {len(ids)} images: {title}").click()
    expect(page.locator(".chosen-images")).to_have_count(0)
    expect(page.locator("#query")).to_have_value('truth != 3 and variant == "double"')
    page.go_back()
    expect(page.locator("#count")).to_have_text(f"{len(ids)} images, {len(expected)} rows")


def test_likely_label_errors_open_and_the_query_stays(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=images&q=epoch+>+1&group=guess")
    ids = [int(tile.get_attribute("data-id")) for tile in page.locator("#likely .tile").all()]
    page.locator("#likely").get_by_role("button", name="open in the table").click()
    expect(page.locator("#query")).to_have_value("epoch > 1")
    assert key(downloaded(page)) == key(rows.filter(pl.col("epoch") > 1, pl.col("id").is_in(ids)))
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator("#count")).to_have_text("1,000 images, 8,000 rows")


def test_pictures_say_how_many_more_there_are_and_open_them(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "two": 1}, images=4000)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=patterns&q=epoch+<+3")
    rows = pl.read_parquet(tmp_path / "two" / "predictions.parquet").sort("id")
    wrong = rows.filter(pl.col("guess") != pl.col("truth"), pl.col("guess") == 4)
    assert len(wrong) > 14
    line = page.locator(".by-guess[data-side=b] > li", has_text="guess 4")
    expect(line.locator(".digit")).to_have_count(14)
    more = line.get_by_role("button", name=f"open {len(wrong)} images in the table")
    expect(more).to_have_text(f"+{len(wrong) - 14}")
    more.click()
    expect(page.locator("#query")).to_have_value('variant == "two" and epoch == 1 and guess == 4 and not correct')
    assert downloaded(page)["id"].to_list() == wrong["id"].to_list()
    expect(page.locator("#count")).to_have_text(f"{len(wrong)} images, {len(wrong)} rows")


def test_a_cell_of_right_guesses_shows_its_images(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=patterns&a=baseline:2&b=double:1&q=score_7+<+0.5")
    page.locator(".confusion[data-side=a]").get_by_role("button", name="labelled 3, guessed 3:").click()
    right = rows.filter(pl.col("truth") == 3, pl.col("guess") == 3, pl.col("score_7") < 0.5)
    first = right.filter(pl.col("variant") == "baseline", pl.col("epoch") == 2)
    cell = page.locator(".chosen[data-side=a]")
    expect(cell.locator("h3")).to_have_text(f"{len(first)} images of A in the chosen cell")
    expect(cell.locator(".digit")).to_have_count(14)
    expect(cell.locator(".digit").first).to_have_attribute("aria-label", re.compile(f"^image {first['id'][0]},"))
    expect(page.locator(".side .empty").first).to_have_text(f"No wrong guess among {len(first)} images.")
    cell.get_by_role("button", name=f"open {len(first)} images in the table").click()
    assert key(downloaded(page)) == key(first)


def test_a_group_opens_alone(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    state = "#view=table&group=variant,correct&q=epoch+<+3&sort=-loss"
    opened(page, explored / "explorer.html", state)
    page.locator(".grid-row.group", has_text="variant double").locator(".toggle").click()
    line = page.locator(".grid-row.group", has_text="correct no")
    wrong = rows.filter(pl.col("variant") == "double", pl.col("epoch") < 3, pl.col("correct") == 0)
    assert wrong["id"].n_unique() > 10
    expect(line.locator(".samples")).to_have_text(f"first of {wrong['id'].n_unique()} images")
    line.get_by_role("button", name="only these").click()
    expect(page.locator("#query")).to_have_value('epoch < 3 and variant == "double" and not correct')
    assert key(downloaded(page)) == key(wrong.sort("loss", descending=True, maintain_order=True))
    page.go_back()
    page.locator(".grid").focus()
    page.keyboard.press("Home")
    page.keyboard.press("o")
    expect(page.locator("#query")).to_have_value(re.compile(r'^epoch < 3 and variant == "(baseline|double)"$'))


def test_a_joined_file_says_what_a_and_b_are(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&rows=joined&a=baseline:4&b=double:2&columns=id,distance")
    with page.expect_download() as download:
        page.get_by_role("button", name="download CSV").click()
    assert download.value.suggested_filename == "predictions_baseline-4_double-2.csv"
    found = pl.read_csv(download.value.path())
    assert found.columns == ["id", "distance", "a.variant", "a.epoch", "b.variant", "b.epoch"]
    assert found.select("a.variant", "a.epoch", "b.variant", "b.epoch").unique().rows() == [
        ("baseline", 4, "double", 2)
    ]
