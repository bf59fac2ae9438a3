"""The explorer's page with variants that diverged: one without any epoch is listed, and all views work."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from tests.diverged import REASON, diverge
from tests.explorer.browser import VIEWS, opened, show
from tests.explorer.generate import generate

NAMES = ["at_once", "good", "late", "never"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of four variants: the first and the last have no epoch, one has two of nine. Not to be changed."""
    folder = tmp_path_factory.mktemp("diverged")
    generate(folder, dict.fromkeys(NAMES, 3), images=200)
    for name, epochs in {"at_once": 0, "late": 2, "never": 0}.items():
        diverge(folder / name, epochs)
    return folder


@pytest.fixture(scope="module")
def file(results: Path) -> Path:
    build(results, NAMES, results / "explorer.html")
    return results / "explorer.html"


def test_top_names_them_with_their_epochs_and_the_reason(page: Page, file: Path) -> None:
    opened(page, file, "#view=overview")
    expect(page.locator("#diverged summary")).to_have_text("3 variants diverged")
    expect(page.locator("#diverged li").nth(0)).to_have_text(f"at_once: 0 of 9 epochs; {REASON}")
    expect(page.locator("#diverged li").nth(1)).to_have_text(f"late: 2 of 9 epochs; {REASON}")
    expect(page.locator(".facts")).to_contain_text("4 variants, 5 tables")


def test_every_view_shows_what_there_is(page: Page, file: Path) -> None:
    """`page` fails on anything that the page writes to the console."""
    opened(page, file)
    for view in VIEWS.values():
        show(page, view)
    show(page, "Two models")
    labels = ["good:1", "good:2", "good:3", "late:1", "late:2"]
    expect(page.locator("#a option")).to_have_text(labels)
    assert [page.locator(f"#{side}").input_value() for side in "ab"] == ["good:3", "late:2"]
    show(page, "Models")
    expect(page.locator("#provenance")).to_contain_text("at_once")
    expect(page.locator("#provenance")).to_contain_text(REASON)


@pytest.mark.parametrize("name", ["at_once", "never"])
def test_one_without_an_epoch_can_be_asked_for_by_the_address(page: Page, file: Path, name: str) -> None:
    opened(page, file, f"#view=epochs&variant={name}")
    row = page.locator("#errors-by-epoch tbody tr").filter(has_text=name)
    expect(row.locator("td")).to_have_text(["\N{EN DASH}"] * 3)
    expect(page.get_by_label("Errors over time").locator("p.empty")).to_have_text(f"{name} has no epoch: it diverged.")
    page.locator("#variant").select_option("late")
    expect(page.locator("#learned h2")).to_contain_text("after epoch 1, right after epoch 2")
    opened(page, file, f"#view=compare&a={name}:1&b=late:1")
    assert [page.locator(f"#{side}").input_value() for side in "ab"] == ["good:3", "late:1"]


def test_page_of_none_but_such_variants_says_so(page: Page, results: Path) -> None:
    build(results, ["at_once", "never"], results / "none.html")
    opened(page, results / "none.html")
    expect(page.locator("h1")).to_have_text("No predictions on sample")
    expect(page.locator("#diverged li")).to_have_count(2)
