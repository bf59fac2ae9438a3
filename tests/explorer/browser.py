"""The explorer's page in a real browser: the fixtures that open it, and what a person does and sees there."""

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from mnist_viz.explorer import build
from tests.explorer.expected import VARIANTS, predictions
from tests.explorer.generate import generate
from tests.programs import required
from tests.workers import shared_folder

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PATIENCE = 120_000  # milliseconds, for a machine that does much else
VIEWS = {
    "overview": "Overview",
    "table": "Table",
    "gallery": "Gallery",
    "compare": "Two models",
    "epochs": "Errors over time",
    "classes": "Classes",
    "patterns": "Patterns",
    "images": "Hard images",
    "calibration": "Calibration",
    "threshold": "Threshold",
    "plot": "Plot",
    "models": "Models",
}


@pytest.fixture(scope="session")
def explored(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with the tables of VARIANTS on 1,000 images and their explorer.html. Not to be changed.

    It is made once, also where several processes of pytest-xdist run the tests.
    """
    with shared_folder(tmp_path_factory, worker_id, "explored") as folder:
        if not (folder / "explorer.html").exists():
            generate(folder, VARIANTS, images=1000)
            build(folder, list(VARIANTS), folder / "explorer.html")
    return folder


@pytest.fixture(scope="session")
def rows(explored: Path) -> pl.DataFrame:
    """All predictions in the page's order, the scores rounded as the page says, with the derived columns."""
    return predictions(explored)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """For a module's time only: meanwhile no other event loop can run in this process."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=required("chromium"), args=ARGUMENTS, timeout=PATIENCE)
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must neither write to the console, nor fail, nor ask for anything but files and its own blobs."""
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1360, "height": 860}, permissions=permissions)
    one = context.new_page()
    one.set_default_timeout(PATIENCE)
    heard: list[str] = []
    one.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    one.on("pageerror", lambda error: heard.append(str(error)))
    one.on("dialog", lambda dialog: heard.append(dialog.message))
    one.on("request", lambda request: request.url.startswith(("file:", "blob:")) or heard.append(request.url))
    yield one
    context.close()
    assert heard == []


def opened(page: Page, file: Path, state: str = "#view=table") -> Page:
    """Open the file in a state of the page, and wait until it is drawn."""
    page.goto("about:blank")
    page.goto(file.as_uri() + state)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def show(page: Page, view: str) -> None:
    """Follow the link to a view, out of the menu where it lies there, and wait until it is shown."""
    painted(page)
    link = page.locator(".tabs").get_by_role("link", name=view, exact=True, include_hidden=True)
    if not link.is_visible():
        page.locator(".tabs > .more").click()
    link.click()
    expect(page.locator("[aria-current=page]")).to_have_text(view)


def query(page: Page, text: str) -> None:
    page.locator("#query").fill(text)
    page.keyboard.press("Enter")


def painted(page: Page) -> None:
    """Wait until what was asked for is on the screen: a frame for the event, and one for what it draws."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def visible(page: Page) -> list[list[str]]:
    """The cells of the lines that are drawn, from the top."""
    found = page.locator(".grid-body .grid-row").evaluate_all("""(lines) => lines.map((line) => [
        Number(line.getAttribute("aria-rowindex")), [...line.querySelectorAll(".cell")].map((cell) => cell.innerText),
    ])""")
    return [cells for _, cells in sorted(found)]


def downloaded(page: Page) -> pl.DataFrame:
    """The table's rows, all of them and in their order, from the file that the page offers."""
    with page.expect_download() as download:
        page.get_by_role("button", name="download CSV").click()
    return pl.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()), infer_schema_length=None)
