"""Nothing is not shown as a result, and a rate among rows that are selected by the outcome says so."""

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from tests.explorer.browser import VIEWS, opened, query, show

NONE = "–"  # noqa: RUF001


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_that_nothing_is_left(page: Page, explored: Path, view: str) -> None:
    opened(page, explored / "explorer.html", f"#view={view}&q=epoch+==+99")
    expect(page.locator(".matches")).to_contain_text("0 rows of 8,000")
    main = page.locator("main")
    if view == "table":
        expect(page.locator(".empty")).to_have_text("No row matches the query.")
        page.get_by_role("button", name="clear", exact=True).click()
        expect(page.locator(".empty")).to_be_empty()
        expect(page.locator("#count")).to_contain_text("8,000 rows")
    elif view == "overview":
        expect(page.locator(".panel.verdict")).to_contain_text(
            "The query leaves no prediction of A (baseline:5) or B (double:3)."
        )
        cells = page.locator(".panel.errors tbody tr").first.locator("td").all_inner_texts()
        assert cells[:5] == [NONE, "", NONE, "0", NONE]
        expect(page.locator(".panel.learned")).to_contain_text("baseline: the query leaves no prediction")
    elif view == "compare":
        expect(main).to_contain_text("The query leaves no prediction of A (baseline:5) or B (double:3).")
    elif view == "epochs":
        expect(main.locator(".chart")).to_contain_text("The query leaves nothing to draw.")
        expect(main).to_contain_text("The query leaves no prediction of baseline.")
        assert set(page.locator("#errors-by-epoch td").all_inner_texts()) == {NONE}
    elif view == "patterns":
        expect(main).to_contain_text("The query leaves no prediction of A.")
        expect(page.locator(".confusion")).to_have_count(0)
    elif view == "images":
        expect(page.locator("#likely h2 small")).to_contain_text("0 images")
    elif view == "calibration":
        expect(main.locator(".chart")).to_contain_text("The query leaves nothing to draw.")
        expect(page.locator("[data-calibration=b]")).to_have_text(f"{NONE} the query leaves no prediction")
    elif view == "models":
        cells = page.locator("#errors tbody tr").first.locator("td").all_inner_texts()
        assert cells[:4] == ["0", NONE, NONE, NONE]
    text = main.inner_text()
    for wrong in ("NaN", "Infinity", "1.0000", "no difference", "0.00 %"):
        assert wrong not in text


def test_no_verdict_on_two_models_of_which_nothing_is_left(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare&q=epoch+==+1")
    expect(page.locator("main")).to_contain_text("The query leaves no prediction of A (baseline:5) or B (double:3).")
    expect(page.locator("#p-value")).to_have_count(0)
    expect(page.locator(".four")).to_have_count(0)
    page.locator("#a").select_option("baseline:1")
    expect(page.locator("main")).to_contain_text("The query leaves no prediction of B (double:3);")
    expect(page.locator("#p-value, .four")).to_have_count(0)
    page.locator("#b").select_option("double:1")
    expect(page.locator(".four tbody td").first).to_have_text(re.compile(r"^\d+$"))


def test_no_calibration_of_a_model_of_which_nothing_is_left(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", '#view=calibration&q=variant+==+"double"')
    expect(page.locator("[data-calibration=a]")).to_have_text(f"{NONE} the query leaves no prediction")
    expect(page.locator("[data-calibration=b]")).to_have_text(
        re.compile(r"^0\.0\d{4} expected calibration error $"), use_inner_text=False
    )


def test_an_axis_of_no_errors_counts_whole_images(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=epochs&q=correct")
    ticks = page.locator(".chart .tick[text-anchor=end]").all_text_contents()
    assert ticks == ["0", "1"]
    query(page, "not correct and truth == 3 and epoch < 3")
    numbers = [float(text) for text in page.locator(".chart .tick[text-anchor=end]").all_text_contents()]
    assert len(numbers) > 1
    assert all(number.is_integer() for number in numbers)


def test_tables_of_which_nothing_is_left_have_no_errors(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=epochs&q=epoch+in+(2,+4)")
    wrong = rows.filter(pl.col("correct") == 0).group_by("variant", "epoch").len()
    counts = {(variant, epoch): str(count) for variant, epoch, count in wrong.rows()}
    for line, variant in zip(page.locator("#errors-by-epoch tbody tr").all(), ("baseline", "double"), strict=True):
        expected = [counts.get((variant, epoch), NONE) if epoch in (2, 4) else NONE for epoch in range(1, 6)]
        assert line.locator("td").all_inner_texts() == expected
    expect(page.locator(".chart circle title")).to_have_text(
        [
            f"{variant}, epoch {epoch}: {counts[variant, epoch]}"
            for variant, epoch in (("baseline", 2), ("baseline", 4), ("double", 2))
        ]
    )


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("not correct", "correct"),
        ("guess != truth and epoch == 3", "guess"),
        ("epoch > 1 and (a.guess == 3 or loss > 1)", "a.guess, loss"),
        ("distance > 0.1", "distance"),
    ],
)
def test_rates_say_that_the_query_selects_by_the_outcome(page: Page, explored: Path, text: str, columns: str) -> None:
    opened(page, explored / "explorer.html", "#view=models&a=baseline:3&b=double:3")
    words = f"as selected by {columns}"
    for each in ("epoch < 4", text):
        query(page, each)
        expected = words if each == text else ""
        for view in ("Models", "Two models", "Calibration", "Overview", "Table"):
            show(page, view)
            if view == "Models":
                found = page.locator("#errors tbody tr", has_text="baseline:3").locator("td").nth(2)
            elif view == "Two models":
                found = page.locator(".figures > div").nth(1)
            elif view == "Overview":
                found = page.locator(".panel.verdict")
            elif view == "Calibration":
                found = page.locator("[data-calibration=a]")
            else:
                page.locator("#group").select_option("truth")
                found = page.locator(".grid-row.group").first
            expect(found).to_contain_text(expected or re.compile(r"\d"))
            if not expected:
                expect(page.locator("main .caveat")).to_have_count(0)
        show(page, "Models")


def test_the_choice_of_a_cell_distorts_no_rate(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=compare")
    rates = page.locator(".figures dd small").all_inner_texts()
    page.get_by_role("button", name="A right, B wrong").click()
    expect(page.locator("#query")).to_have_value("a.correct and not b.correct")
    assert page.locator(".figures dd small").all_inner_texts() == rates
    expect(page.locator("main .caveat")).to_have_count(0)
