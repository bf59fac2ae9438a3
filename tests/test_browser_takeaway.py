"""What a reader takes away: charts and matrices as files, the link, the title of a view."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from mnist_viz.explore import explore
from tests.explored import NAMES, predictions
from tests.explorer.browser import downloaded, opened, show

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = {
    "compare": ["A\N{RIGHT SINGLE QUOTATION MARK}s guess against B\N{RIGHT SINGLE QUOTATION MARK}s guess"],
    "epochs": ["Images guessed wrong"],
    "classes": ["Confusion matrix of A, baseline:5", "Confusion matrix of B, double:3"],
    "patterns": ["Confusion matrix of A, baseline:5", "Confusion matrix of B, double:3"],
    "calibration": ["Accuracy by confidence"],
    "threshold": ["Risk by coverage"],
    "plot": ["rows by confidence"],
    "models": ["Training loss, means of equal stretches of steps", "Test loss", "Expected calibration error"],
}
ATTRIBUTES = {"viewBox", "width", "height", "role", "x", "y", "d", "r", "cx", "cy", "transform", "text-anchor"} | {
    *("fill", "fill-opacity", "stroke", "stroke-width", "font-family", "font-size", "font-weight")
}


def saved(page: Page, title: str, kind: str) -> tuple[str, bytes]:
    """The name and the bytes of the file that a figure's button offers."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"save {title} as {kind}", exact=True).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def texts(content: bytes) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(content).iter(f"{SVG}text")]


@pytest.mark.parametrize("view", FIGURES)
def test_every_figure_is_a_file_that_needs_nothing_else(page: Page, explored: Path, view: str) -> None:
    state = f"#view={view}&q=id+<+900"
    found: dict[str, dict[str, bytes]] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        opened(page, explored / "explorer.html", state)
        assert page.locator("main figure:is(.chart, .matrix)").count() == len(FIGURES[view])
        found[scheme] = {title: saved(page, title, "SVG")[1] for title in FIGURES[view]}
    assert found["light"] == found["dark"]
    for title, content in found["dark"].items():
        root = ElementTree.fromstring(content)
        attributes = {name for each in root.iter() for name in each.attrib}
        assert attributes <= ATTRIBUTES and b"http" not in content.replace(b"http://www.w3.org/2000/svg", b"")
        assert root.findtext(f"{SVG}title") == title and title in " ".join(texts(content))
        assert {"Predictions on sample", "where id < 900"} <= set(texts(content))
        colours = {each.attrib["fill"] for each in root.iter() if "fill" in each.attrib}
        assert all(re.fullmatch("none|#[0-9a-f]{6}", colour) for colour in colours)


def test_a_matrix_as_a_file_has_its_numbers(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=classes&a=baseline:1&b=double:3")
    _, content = saved(page, "Confusion matrix of A, baseline:1", "SVG")
    own = rows.filter(pl.col("variant") == "baseline", pl.col("epoch") == 1)
    counts = {cell: len(part) for cell, part in own.group_by("truth", "guess")}
    digits = [str(digit) for digit in range(10)]
    expected = list(digits)
    for truth in range(10):
        expected += [str(truth), *(str(counts.get((truth, guess), "·")) for guess in range(10))]
    found = texts(content)
    start = found.index("0")
    assert found[start : start + 120] == expected
    assert "A: baseline:1; B: double:3" in found


def test_a_file_opens_from_disk_alone(browser: Browser, page: Page, explored: Path, tmp_path: Path) -> None:
    opened(page, explored / "explorer.html", "#view=epochs")
    (tmp_path / "chart.svg").write_bytes(saved(page, "Images guessed wrong", "SVG")[1])
    context = browser.new_context()
    alone = context.new_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto((tmp_path / "chart.svg").as_uri())
    expect(alone.locator("text", has_text="Images guessed wrong")).to_be_visible()
    expect(alone.locator("text", has_text="double")).to_be_visible()
    assert len(asked) == 1
    context.close()


def test_a_png_is_the_same_drawing_twice_as_fine(page: Page, explored: Path) -> None:
    page.emulate_media(color_scheme="dark", forced_colors="active")
    opened(page, explored / "explorer.html", "#view=classes")
    title = "Confusion matrix of A, baseline:5"
    root = ElementTree.fromstring(saved(page, title, "SVG")[1])
    name, content = saved(page, title, "PNG")
    assert name == "classes_Confusion-matrix-of-A-baseline-5.png"
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))
    pixels = np.asarray(image)
    assert (pixels[0, 0] == 255).all() and (pixels[-1, -1] == 255).all()
    assert (pixels == (0xE4, 0xEF, 0xE6)).all(axis=2).sum() > 10 * 1000  # the diagonal's ten cells
    expect(page.locator(".toast")).to_have_text(f"{name} saved")


def test_a_chart_of_an_image_says_which(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&id=7&q=truth+<+9")
    _, content = saved(page, "Score of the label", "SVG")
    assert {"Score of the label", "image 7", "where truth < 9", "baseline", "double"} <= set(texts(content))


def test_names_of_any_characters_stay_text(page: Page, tmp_path: Path) -> None:
    frames = {name: predictions(NAMES, 200, seed) for seed, name in enumerate("ab")}
    opened(page, explore(frames).write(tmp_path / "page.html"), "#view=patterns")
    _, content = saved(page, "Confusion matrix of A, a:1", "SVG")
    found = texts(content)
    assert {"cat", "dog"} <= set(found) and any(text.startswith('quote " < &') for text in found)


def share(page: Page, title: str) -> None:
    page.get_by_role("button", name="share").click()
    page.get_by_label("Title of this view").fill(title)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="share this view")).to_be_hidden()


def test_a_title_is_of_its_view_in_the_link_on_paper_and_in_files(page: Page, explored: Path) -> None:
    title = "Fünf <b>Epochen</b>: A & B?"
    opened(page, explored / "explorer.html", "#view=epochs")
    heading = page.locator(".view-title")
    expect(heading).to_be_hidden()
    share(page, title)
    expect(heading).to_have_text(title)
    assert page.title() == f"{title} \N{EN DASH} Predictions on sample"
    name, content = saved(page, "Images guessed wrong", "SVG")
    assert name == "Fünf-b-Epochen-b-A-B_epochs_Images-guessed-wrong.svg"
    assert texts(content)[:2] == [title, "Images guessed wrong"]
    show(page, "Table")
    expect(heading).to_be_hidden()
    share(page, "The rows")
    with page.expect_download() as download:
        page.get_by_role("button", name="download CSV").click()
    assert download.value.suggested_filename == "The-rows_predictions.csv"
    show(page, "Errors over time")
    expect(heading).to_have_text(title)
    opened(page, explored / "explorer.html", "#" + page.url.split("#")[1])
    expect(heading).to_have_text(title)
    page.emulate_media(media="print")
    expect(heading).to_be_visible()
    page.emulate_media(media="screen")
    share(page, "")
    expect(heading).to_be_hidden()
    page.go_back()
    expect(heading).to_have_text(title)


def test_the_link_is_copied_and_opens_the_same(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&q=not+correct&columns=id,guess")
    rows = downloaded(page)
    page.get_by_role("button", name="share").press("Enter")
    expect(page.get_by_label("Title of this view")).to_be_focused()
    page.get_by_role("button", name="copy link").click()
    expect(page.get_by_role("status").filter(has_text="copied")).to_have_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert downloaded(page).equals(rows)


@pytest.mark.parametrize("refusal", ["undefined", "{ writeText: () => Promise.reject(new DOMException('no')) }"])
def test_where_the_clipboard_is_refused_the_link_is_selected(page: Page, explored: Path, refusal: str) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'clipboard', {{ value: {refusal} }})")
    opened(page, explored / "explorer.html", "#view=models")
    page.get_by_role("button", name="share").click()
    page.get_by_role("button", name="copy link").click()
    expect(page.get_by_role("status").filter(has_text="forbids")).to_contain_text("Ctrl+C (⌘C) copies it")
    field = page.get_by_label("Link to all that is set up now")
    expect(field).to_be_focused()
    assert field.evaluate("(each) => each.value.slice(each.selectionStart, each.selectionEnd)") == page.url
