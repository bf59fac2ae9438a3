"""Marks on the page: by keyboard, in details and in lists; kept, undone, filtered by, exported and imported."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from mnist_viz.datasets import corrections, marks
from mnist_viz.explorer import build
from mnist_viz.store import corrections as said
from mnist_viz.store import tables
from mnist_viz.training import split
from tests.explored import HOSTILE, NAMES, predictions
from tests.explorer.browser import downloaded, opened, query
from tests.explorer.expected import VARIANTS
from tests.marked import exported, kept, made, panel


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("marked"))


@pytest.fixture(scope="module")
def images(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "images.parquet", columns=["id", "truth"])


@pytest.fixture
def table(page: Page, folder: Path) -> Iterator[Page]:
    yield opened(page, folder / "explorer.html", "#view=table&q=epoch+%3D%3D+1+and+variant+%3D%3D+%22baseline%22")


def test_in_the_details_a_key_marks_and_another_takes_it_back(page: Page, folder: Path) -> None:
    opened(page, folder / "explorer.html", "#view=table&id=12")
    detail = page.get_by_role("complementary", name="image details")
    expect(page.locator("#marks summary")).to_have_text("marks")
    page.keyboard.press("7")
    expect(detail.locator(".marking p")).to_have_text("proposed 7")
    expect(page.locator("#marks summary")).to_have_text("1 mark")
    expect(page.locator(".toast")).to_have_text("image 12: label 7 proposed")
    expect(detail.get_by_role("button", name="propose 7")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("x")
    expect(detail.locator(".marking p")).to_have_text("excluded")
    page.keyboard.press("n")
    page.keyboard.type('a "note", with 7')
    page.keyboard.press("Enter")
    expect(detail.locator(".marking p")).to_have_text('excluded, note: a "note", with 7')
    assert kept(page) == {"12": {"label": "", "excluded": True, "note": 'a "note", with 7'}}
    page.keyboard.press("3")
    expect(detail.locator(".marking p")).to_have_text('proposed 3, note: a "note", with 7')
    for expected in ('excluded, note: a "note", with 7', "excluded", "proposed 7", "not marked"):
        page.keyboard.press("u")
        expect(detail.locator(".marking p")).to_have_text(expected)
    expect(page.locator("#marks summary")).to_have_text("marks")
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_have_text("there is nothing to undo")
    assert kept(page) == {}


def test_marks_are_there_again_and_in_another_window_at_once(page: Page, folder: Path) -> None:
    opened(page, folder / "explorer.html", "#view=table&id=12")
    page.keyboard.press("7")
    opened(page, folder / "explorer.html", "#view=images&id=12")
    expect(page.locator("#marks summary")).to_have_text("1 mark")
    expect(page.locator(".marking p")).to_have_text("proposed 7")
    other = opened(page.context.new_page(), folder / "explorer.html", "#view=table&id=13")
    other.keyboard.press("x")
    expect(page.locator("#marks summary")).to_have_text("2 marks")
    page.keyboard.press("Delete")
    expect(other.locator("#marks summary")).to_have_text("1 mark")
    assert kept(page) == {"13": {"label": "", "excluded": True, "note": ""}}


def test_the_selected_rows_of_the_table_are_marked_as_one_step(table: Page) -> None:
    table.get_by_role("grid").focus()
    for key in ("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "5"):
        table.keyboard.press(key)
    expect(table.locator("#marks summary")).to_have_text("3 marks")
    assert kept(table).keys() == {"1", "2", "3"}
    expect(table.locator(".grid-body .digit.marked")).to_have_count(3)
    table.keyboard.press("u")
    expect(table.locator(".grid-body .digit.marked")).to_have_count(0)
    table.keyboard.press("Control+a")
    table.keyboard.press("x")
    expect(table.locator("#marks summary")).to_have_text("300 marks")


def test_a_picture_with_the_focus_is_marked_in_place(page: Page, folder: Path) -> None:
    opened(page, folder / "explorer.html", "#view=images")
    picture = page.locator(".images [data-image]").nth(2)
    picture.focus()
    page.keyboard.press("x")
    expect(picture).to_have_class("plain digit marked")
    expect(picture).to_be_focused()
    expect(picture).to_have_attribute("aria-label", pattern_of("excluded; open its details"))
    expect(page.locator("aside.detail")).to_be_hidden()


def test_the_current_picture_of_the_gallery_is_marked(page: Page, folder: Path) -> None:
    opened(page, folder / "explorer.html", "#view=gallery&q=not+marked")
    page.locator(".shelf").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(page.locator("#count")).to_have_text("299 images")
    assert kept(page).keys() == {"1"}
    page.keyboard.press("u")
    expect(page.locator("#count")).to_have_text("300 images")
    query(page, "")
    page.locator(".shelf").focus()
    page.keyboard.press("x")
    expect(page.locator(".shelf .digit.marked")).to_have_count(1)


def pattern_of(end: str) -> "object":
    import re

    return re.compile(f".*{re.escape(end)}$")


def marked(table: Page, images: pl.DataFrame) -> dict[int, tuple[str, bool, str]]:
    """Marks of three images, by keyboard: other labels of the first and the third."""
    first, third = (str((images["truth"][number] + 1) % 10) for number in (1, 3))
    table.get_by_role("grid").focus()
    for keys in (["ArrowDown", first], ["ArrowDown", "x"], ["ArrowDown", third, "n"]):
        for key in keys:
            table.keyboard.press(key)
    table.keyboard.type("sure")
    table.keyboard.press("Enter")
    expect(table.locator("#marks summary")).to_have_text("3 marks")
    return {1: (first, False, ""), 2: ("", True, ""), 3: (third, False, "sure")}


def test_columns_of_marks_filter_sort_and_group(table: Page, images: pl.DataFrame) -> None:
    (first, *_), _, (third, *_) = marked(table, images).values()
    for text, ids in {
        "marked": [1, 2, 3],
        f"proposed == {first}": [1],
        f"proposed in ({first}, {third})": [1, 3],
        "excluded": [2],
        'note == "sure"': [3],
        'marked and note == ""': [1, 2],
    }.items():
        query(table, f'epoch == 1 and variant == "baseline" and ({text})')
        expect(table.locator("#count")).to_contain_text(f"{len(ids)} image")
        assert downloaded(table)["id"].to_list() == ids, text
    query(table, "marked")
    table.locator("#group").select_option("proposed")
    expect(table.locator(".group-line strong")).to_have_text(
        ["proposed -1", *(f"proposed {each}" for each in sorted({first, third}))]
    )
    expect(table.locator(".group-line .caveat").first).to_have_text("as selected by marked")
    table.locator("#group").select_option("")
    table.get_by_role("grid").focus()
    table.keyboard.press("Home")
    table.keyboard.press("Delete")
    expect(table.locator("#count")).to_contain_text("2 images")


def test_what_is_exported_comes_back_and_nothing_of_a_wrong_file(
    table: Page, folder: Path, images: pl.DataFrame, tmp_path: Path
) -> None:
    expected = marked(table, images)
    frame = exported(table, tmp_path / "marks.csv")
    truth = dict(images.iter_rows())
    about = split.read(folder / "test.safetensors")[2]
    assert frame.columns == ["id", "given", "label", "exclude", "note", "test_set"]
    rows = [
        (str(number), str(truth[number]), label or None, "yes" if out else None, note or None)
        for number, (label, out, note) in expected.items()
    ]
    assert frame.drop("test_set").rows() == rows
    assert frame["test_set"].unique().to_list() == [f"sha256:{about['sha256']}"]

    table.get_by_role("button", name="remove all").click()
    expect(table.locator("#marks summary")).to_have_text("marks")
    before = (tmp_path / "marks.csv").read_text()
    wrong = tmp_path / "wrong.csv"
    for text, message in (
        (before.replace("\n2,", "\n1,"), "wrong.csv: line 3: image 1 is there already, in line 2"),
        (
            before.replace(f",{expected[3][0]},,sure", ",ten,,sure"),
            "wrong.csv: line 4: label “ten” is no class; there are 0, 1",
        ),
        (before.replace("\n2,", "\n300,"), "wrong.csv: line 3: the test set has no image 300; its ids are 0 to 299"),
        (before.replace(about["sha256"], "0" * 64), "wrong.csv: line 2: these marks are of another test set"),
    ):
        wrong.write_text(text)
        panel(table)
        table.get_by_label("import CSV").set_input_files(wrong)
        expect(table.locator("#marks .refusal")).to_contain_text(message)
        assert kept(table) == {}
    table.get_by_label("import CSV").set_input_files(tmp_path / "marks.csv")
    expect(table.locator("#marks summary")).to_have_text("3 marks")
    expect(table.locator("#marks .refusal")).to_be_empty()
    assert {int(number): tuple(mark.values()) for number, mark in kept(table).items()} == expected


def test_where_the_browser_keeps_nothing_the_page_says_so(browser: Browser, folder: Path) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"
    )
    page = opened(context.new_page(), folder / "explorer.html", "#view=table&id=12")
    expect(page.locator("#marks summary")).to_have_text("marks, not kept")
    page.keyboard.press("7")
    expect(page.locator("#marks summary")).to_have_text("1 mark, not kept")
    expect(page.locator(".toast")).to_contain_text("kept only while the page is open")
    panel(page)
    expect(page.locator(".marks-panel")).to_contain_text("This browser keeps nothing for this page")
    context.close()


def test_a_class_with_a_name_has_a_key_and_of_many_it_is_typed(page: Page, tmp_path: Path) -> None:
    from mnist_viz.explore import explore

    explore(predictions(NAMES)).write(tmp_path / "few.html")
    opened(page, tmp_path / "few.html", "#view=table&id=0")
    page.keyboard.press("2")
    expect(page.locator(".marking p")).to_have_text(f"proposed {HOSTILE}")
    many = [f"class {number}" for number in range(40)]
    explore(predictions(many)).write(tmp_path / "many.html")
    opened(page, tmp_path / "many.html", "#view=table&id=0")
    page.keyboard.press("2")
    expect(page.locator(".marking p")).to_have_text("not marked")
    page.keyboard.press("l")
    expect(page.locator("#typing-options option")).to_have_count(40)
    page.keyboard.type("class 3")
    page.keyboard.press("Enter")
    expect(page.locator(".marking p")).to_have_text("proposed class 3")
    page.keyboard.press("l")
    page.keyboard.type("klass 9")
    page.keyboard.press("Enter")
    expect(page.locator("#typing-problem")).to_have_text("no class begins so; did you mean class 9?")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    page.keyboard.type("CLASS 39")
    page.keyboard.press("Enter")
    expect(page.locator(".marking p")).to_have_text("proposed class 39")
    query(page, 'proposed == "class 39"')
    expect(page.locator(".matches")).to_contain_text("1 image")


def test_marks_correct_the_pages_own_test_set(page: Page, folder: Path, images: pl.DataFrame, tmp_path: Path) -> None:
    """From the page to the file, through the data stage, and back to a page that shows what it made of them."""
    opened(page, folder / "explorer.html", '#view=table&q=epoch+%3D%3D+1+and+variant+%3D%3D+"baseline"')
    expected = marked(page, images)
    path = tmp_path / "marks.csv"
    exported(page, path)
    place = tmp_path / "corrected"
    made(place)
    corrections.correct(marks.read(path), place / "test.safetensors", place / "images.parquet")
    known = tables.read(place / "images.parquet", tables.images)
    found = tables.corrections(place / "images.parquet")
    for name, epochs in VARIANTS.items():
        file = place / name / "predictions.parquet"
        table = tables.read(file, tables.PREDICTIONS)
        columns = dict(zip(table.column_names, table.columns, strict=True))
        labels = {each: np.tile(tables.truth(known, each), epochs) for each in ("truth", "given")}
        columns |= {each: tables.labels(values, 10) for each, values in labels.items()}
        tables.write(file, columns, said.corrected(tables.PREDICTIONS, found, given=True), "sample")
    build(place, list(VARIANTS), place / "explorer.html", test=place / "test.safetensors")

    opened(page, place / "explorer.html", '#view=table&q=epoch+%3D%3D+1+and+variant+%3D%3D+"baseline"+and+marked')
    expect(page.locator("#marks summary")).to_have_text("3 marks")
    expect(page.locator("#lacking")).to_contain_text("2 notes")
    page.locator("#lacking summary").click()
    expect(page.locator("#lacking")).to_contain_text("test labels: 2 labels corrected, 1 image excluded (corrections ")
    before = dict(pl.read_parquet(folder / "images.parquet", columns=["id", "truth"]).iter_rows())
    shown = downloaded(page).select("id", "truth", "given")
    assert shown.rows() == [
        (number, None if out else int(label), before[number]) for number, (label, out, _) in expected.items()
    ]
    page.keyboard.press("Escape")
    opened(page, place / "explorer.html", "#view=table&id=1")
    expect(page.locator("aside.detail header")).to_contain_text(
        f"labelled {expected[1][0]} corrected; given {before[1]}"
    )
    assert exported(page, tmp_path / "again.csv").equals(pl.read_csv(path, infer_schema=False))
    expect(page.get_by_role("button", name="take over the corrections")).to_have_count(0)
    page.evaluate("localStorage.clear()")
    page.reload()
    panel(page)
    page.get_by_role("button", name="take over the corrections").click()
    again = exported(page, tmp_path / "taken.csv")
    columns = ["id", "given", "label", "exclude", "test_set"]
    kept_marks = pl.read_csv(path, infer_schema=False).filter(
        (pl.col("label") != pl.col("given")) | (pl.col("exclude") == "yes")
    )
    assert again.select(columns).equals(kept_marks.select(columns)) and again.height > 0


def test_the_panel_fits_a_telephone_and_follows_the_keyboard(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    opened(page, folder / "explorer.html", "#view=table")
    page.locator("#marks summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="export CSV")).to_be_disabled()
    box = page.locator(".marks-panel").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Escape")
    expect(page.locator(".marks-panel")).to_be_hidden()
    expect(page.locator("#marks summary")).to_be_focused()
