"""Ensembles: the mean of several models' scores as a further model, everywhere where one can be chosen."""

from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import binomtest

from mnist_viz.store.tables import SCORES
from tests.explorer.browser import VIEWS, downloaded, opened, query, show
from tests.explorer.expected import assert_rows, derived, joined, key
from tests.test_browser_page import serious

DASH = "\N{EN DASH}"
NAME = "mean(baseline, double)"
STATE = {"ensembles": "3,baseline,double", "a": "baseline:3", "b": f"{NAME}:3"}


def state(view: str, **more: str) -> str:
    return "#" + urlencode({"view": view, **STATE, **more})


@pytest.fixture(scope="module")
def mean(rows: pl.DataFrame) -> pl.DataFrame:
    """The predictions of the mean of baseline and double after epoch 3."""
    own = [rows.filter(pl.col("variant") == name, pl.col("epoch") == 3).sort("id") for name in ("baseline", "double")]
    sums = sum(each.select(SCORES).to_numpy() for each in own)
    scores = (sums / 2).astype(np.float32).astype(float)
    base = own[0].select("variant", "epoch", "id", "guess", "truth", *SCORES)
    columns = {name: pl.Series(scores[:, digit]) for digit, name in enumerate(SCORES)}
    guess = pl.Series(sums.argmax(axis=1)).cast(base["guess"].dtype)
    return derived(base.with_columns(**columns, guess=guess, variant=pl.lit(NAME)))


def test_it_is_put_together_chosen_and_kept_by_the_link(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare")
    page.get_by_role("button", name="ensemble …").click()
    panel = page.get_by_role("dialog", name="ensembles")
    expect(panel.get_by_role("button", name="add as B")).to_be_disabled()
    panel.get_by_role("checkbox", name="baseline").focus()
    page.keyboard.press("Space")
    expect(panel.get_by_role("checkbox", name="baseline")).to_be_focused()
    panel.get_by_role("checkbox", name="double").check()
    epochs = panel.get_by_label("after epoch")
    expect(epochs.locator("option")).to_have_text(["1", "2", "3"])
    expect(epochs).to_have_value("3")
    assert serious(page) == []
    panel.get_by_role("button", name="add as B").click()
    expect(page.locator("#b")).to_have_value(f"{NAME}:3")
    expect(page.locator("#a")).to_have_value("baseline:5")
    epochs.select_option("1")
    panel.get_by_role("button", name="add", exact=True).click()
    expect(page.locator("#a option")).to_have_text(
        [*(f"baseline:{epoch}" for epoch in range(1, 6)), "double:1", "double:2", "double:3", f"{NAME}:1", f"{NAME}:3"]
    )
    expect(page.locator("#b")).to_have_value(f"{NAME}:3")
    address = page.url.split("#")[1]
    opened(page, explored / "explorer.html", "#" + address)
    expect(page.locator("#b")).to_have_value(f"{NAME}:3")
    page.get_by_role("button", name="ensemble …").click()
    panel.get_by_role("button", name=f"remove {NAME}:3").click()
    expect(page.locator("#b")).to_have_value("double:3")
    expect(page.locator("#a option")).to_have_count(9)
    panel.get_by_role("button", name=f"remove {NAME}:1").click()
    expect(page.locator("#a option")).to_have_count(8)
    assert "ensembles" not in page.url
    page.keyboard.press("Escape")
    page.go_back()
    page.go_back()
    expect(page.locator("#b")).to_have_value(f"{NAME}:3")


def test_its_scores_are_the_means_of_the_stored_ones(
    page: Page, explored: Path, rows: pl.DataFrame, mean: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", state("table"))
    expect(page.locator("#count")).to_have_text("1,000 images, 9,000 rows")
    query(page, f'variant == "{NAME}"')
    found = downloaded(page)
    assert key(found) == key(mean)
    assert_rows(found, mean)
    members = rows.filter(pl.col("epoch") == 3).sort("id")
    assert (mean["guess"] != members.filter(pl.col("variant") == "baseline")["guess"]).any()
    query(page, "")
    page.locator("#rows").select_option("joined")
    both = joined(pl.concat([rows, mean], how="vertical_relaxed"), ("baseline", 3), (NAME, 3))
    assert_rows(downloaded(page).select("id", "b.guess", "b.loss", "distance"), both)


def test_it_is_compared_and_listed_as_any_model(
    page: Page, explored: Path, rows: pl.DataFrame, mean: pl.DataFrame
) -> None:
    file = explored / "explorer.html"
    both = joined(pl.concat([rows, mean], how="vertical_relaxed"), ("baseline", 3), (NAME, 3))
    only_a = both.filter(pl.col("a.correct") == 1, pl.col("b.correct") == 0).height
    only_b = both.filter(pl.col("a.correct") == 0, pl.col("b.correct") == 1).height
    errors = 1000 - int(mean["correct"].sum())
    opened(page, file, state("compare"))
    expect(page.locator(".four .only-a")).to_have_text(str(only_a))
    expect(page.locator(".four .only-b")).to_have_text(str(only_b))
    p = float(page.locator("#p-value").inner_text().split()[0])
    assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, abs=5e-5)
    show(page, "Overview")
    expect(page.locator(".facts")).to_contain_text("8,000 predictions: 2 variants, 8 tables")
    line = page.locator(".panel.errors tbody tr", has_text=NAME)
    expect(line.locator("td").nth(2)).to_have_text(str(errors))
    doubtful = page.locator(".panel.doubtful .source").inner_text()
    opened(page, file, "#view=overview")
    expect(page.locator(".panel.doubtful .source")).to_have_text(doubtful)
    opened(page, file, state("epochs", variant=NAME))
    expect(page.locator("#errors-by-epoch tr", has_text=NAME).locator("td")).to_have_text(
        [DASH, DASH, str(errors), DASH, DASH]
    )
    opened(page, file, state("gallery"))
    first = page.locator('.box[data-index="0"]')
    expect(first.locator(".strip")).to_have_count(3)
    expect(page.locator(".gallery-view .source:not(.paper)")).to_contain_text(NAME)
    opened(page, file, state("models"))
    line = page.locator("#errors tbody tr", has_text=NAME).locator("td")
    loss = float(mean["loss"].mean())
    assert float(line.nth(4).inner_text()) == pytest.approx(loss, abs=1e-4)
    expect(line.nth(1)).to_have_text(str(errors))
    opened(page, file, state("table", columns="id,models_wrong", sort="id"))
    with_ensemble = downloaded(page).unique().sort("id")
    opened(page, file, "#view=table&columns=id,models_wrong&sort=id")
    assert downloaded(page).unique().sort("id").equals(with_ensemble)


def test_every_view_has_it(page: Page, explored: Path) -> None:
    for view in VIEWS:
        opened(page, explored / "explorer.html", state(view, id="7", rows="joined"))
        expect(page.locator("main .view")).to_be_visible()
        expect(page.locator(".stale p")).to_have_count(0)
        expect(page.locator(".detail p[data-side=b]")).to_contain_text(f"{NAME}:3")
        assert serious(page, {"rules": {"color-contrast": {"enabled": False}}}) == []


def test_a_link_says_which_members_are_not_here(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare&ensembles=4,baseline,double;3,double,baseline")
    expect(page.locator(".stale p")).to_contain_text(
        "The link names what is not here: 1 ensemble (“baseline, double” after epoch 4)."
    )
    expect(page.locator("#a option")).to_have_count(9)
    for text in (";;;", "x", "3", "3,baseline", "3,baseline,baseline", "3,%zz,%2c"):
        opened(page, explored / "explorer.html", "#" + urlencode({"view": "compare", "ensembles": text}))
        expect(page.locator("#a option")).to_have_count(8)
    page.locator(".stale").get_by_role("button", name="forget it").click()
    expect(page.locator(".stale p")).to_have_count(0)
