"""What a count, a rate or a verdict promises, in a real browser: it opens as many as it says, of what it says."""

from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import NAMES, predictions
from tests.explorer.browser import downloaded, opened, query, show
from tests.test_browser_measures import MINUS, A, B, table_of

PAIR = "a=baseline:2&b=double:3"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("not correct", pl.col("correct") == 0),
        ('variant == "baseline"', pl.col("variant") == "baseline"),
        ("epoch == 3", pl.col("epoch") == 3),
    ],
)
def test_what_is_of_a_or_b_opens_also_where_the_query_leaves_it_in_one_alone(
    page: Page, explored: Path, rows: pl.DataFrame, text: str, left: pl.Expr
) -> None:
    both = pl.concat([table_of(rows, table) for table in (A, B)]).filter(left)
    wrong = both.filter(pl.col("correct") == 0)
    label, guess = wrong.group_by("truth", "guess").len().sort("len", "truth", "guess").row(-1)[:2]
    opened(page, explored / "explorer.html", f"#view=classes&{PAIR}")
    query(page, text)
    ids = wrong.filter(truth=label, guess=guess)["id"].unique().sort().to_list()
    noun = "image" if len(ids) == 1 else "images"
    pair = f"{label} taken for {guess}: open {len(ids)} {noun} in the table"
    page.locator(".pairs").get_by_role("button", name=pair).click()
    assert downloaded(page)["id"].to_list() == ids
    page.go_back()
    page.locator("table.measures").get_by_role("button", name=str(label), exact=True).click()
    of_class = both.filter((pl.col("truth") == label) | (pl.col("guess") == label))
    assert downloaded(page)["id"].to_list() == of_class["id"].unique().sort().to_list()


@pytest.mark.parametrize("text", ["id < 700", "confidence > 0.9"])
def test_a_difference_names_as_many_images_as_it_opens(page: Page, explored: Path, text: str) -> None:
    for measure in ("precision", "recall", "F1"):
        opened(page, explored / "explorer.html", f"#view=classes&{PAIR}")
        query(page, text)
        cell = page.get_by_role("button", name=f"{measure} of 3, B {MINUS} A:")
        label = str(cell.get_attribute("aria-label"))
        cell.click()
        assert f"of {downloaded(page).height} images; open" in label


def test_what_a_threshold_keeps_of_known_truth_opens_as_that(page: Page, tmp_path: Path) -> None:
    frames = {
        name: predictions(NAMES, 200, seed).with_columns(pl.when(pl.col("id") % 4 != 1).then("truth"))
        for seed, name in enumerate("ab")
    }
    file = explore(frames).write(tmp_path / "page.html")
    score = pl.max_horizontal(pl.selectors.starts_with("score_"))
    known = frames["b"].filter(pl.col("truth").is_not_null())
    for words, own in (("kept", known.filter(score >= 0.5)), ("left out", known.filter(score < 0.5))):
        opened(page, file, "#view=threshold&threshold=0.5")
        page.get_by_role("button", name=f"B, {words}: {own.height};").click()
        assert downloaded(page)["id"].to_list() == own["id"].to_list()


def test_right_and_wrong_are_counted_within_a_query_about_one_of_them(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    a, b = (table_of(rows, table) for table in (A, B))
    right = a.join(b, on="id", suffix=".b").filter(pl.col("correct") == 1)
    only_a = right.filter(pl.col("correct.b") == 0)["id"].to_list()
    opened(page, explored / "explorer.html", f"#view=compare&{PAIR}&q=a.correct")
    expect(page.get_by_role("button", name=f"A right, B wrong {len(only_a)}")).to_be_visible()
    page.get_by_role("button", name="A wrong, B right 0").click()
    expect(page.locator(".compare .empty")).to_contain_text("The query leaves no prediction of A (")
    page.go_back()
    page.locator(".four").get_by_role("button", name=str(len(only_a)), exact=True).click()
    assert downloaded(page)["id"].to_list() == only_a


def test_a_verdict_says_what_selects_as_its_rates_do(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=compare&{PAIR}&q=not+correct")
    p_value = page.locator("dd#p-value")
    expect(p_value.locator(".caveat")).to_have_text("as selected by correct")
    show(page, "Overview")
    expect(page.locator(".panel.verdict .sentence .caveat")).to_have_text("as selected by correct")
    query(page, "id < 900")
    expect(page.locator("main .caveat")).to_have_count(0)


def test_rates_say_that_images_were_chosen_one_by_one(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=images&{PAIR}")
    page.locator("#likely").get_by_role("button", name="open in the table").click()
    words = "as selected by \N{LEFT DOUBLE QUOTATION MARK}Likely label errors\N{RIGHT DOUBLE QUOTATION MARK}"
    places = {
        "Two models": "dd#p-value",
        "Overview": ".panel.verdict .sentence",
        "Models": "#errors",
        "Classes": ".classes h2",
        "Threshold": "#kept",
        "Calibration": "[data-calibration=a]",
    }
    for view, place in places.items():
        show(page, view)
        expect(page.locator(f"{place} .caveat").first).to_have_text(words)
    page.get_by_role("button", name="clear", exact=True).click()
    expect(page.locator("main .caveat")).to_have_count(0)


def test_what_is_counted_is_what_is_shown_where_the_query_is_wrong(page: Page, explored: Path) -> None:
    mean = "mean(baseline, double)"
    opened(page, explored / "explorer.html", "#view=compare&ensembles=3,baseline,double")
    query(page, f'variant == "{mean}" and not correct')
    expect(page.locator(".query output")).to_contain_text("A 0, B 0; all tables:")
    page.get_by_role("button", name="ensemble …").click()
    page.get_by_role("button", name=f"remove {mean}:3").click()
    expect(page.locator("#query")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".query output")).to_contain_text("1,000 images in A or B (A 1,000, B 1,000; all tables:")
    page.reload()
    expect(page.locator(".query output")).to_contain_text("1,000 images in A or B (A 1,000, B 1,000; all tables:")


def test_a_join_takes_a_column_of_both_sides_for_one_of_a_table(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=table&rows=joined&{PAIR}&sort=-loss")
    losses = downloaded(page)["a.loss"].to_list()
    assert losses == sorted(losses, reverse=True)
    opened(page, explored / "explorer.html", f"#view=table&rows=joined&{PAIR}&group=guess")
    expect(page.locator(".group-line strong").first).to_have_text("a.guess 0")
    opened(page, explored / "explorer.html", f"#view=table&{PAIR}&group=a.guess&sort=-loss")
    expect(page.locator(".stale")).to_contain_text("grouping by “a.guess”")
    page.get_by_role("button", name="forget it").click()
    show(page, "Two models")
    page.locator(".four button").first.click()
    expect(page.locator("#rows")).to_have_value("joined")
    expect(page.locator(".stale")).to_be_empty()
    losses = downloaded(page)["a.loss"].to_list()
    assert losses == sorted(losses, reverse=True)


def test_there_is_no_verdict_where_the_query_leaves_one_of_the_two_alone(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=compare&{PAIR}")
    query(page, 'variant == "double" and epoch == 3')
    words = "The query leaves no prediction of A (baseline:2)"
    expect(page.locator(".compare .empty")).to_contain_text(words)
    expect(page.locator("#p-value, .four, .card")).to_have_count(0)
    show(page, "Overview")
    expect(page.locator(".panel.verdict .sentence")).to_contain_text(words)
    query(page, "confidence < 0.6")
    expect(page.locator(".panel.verdict .source")).to_contain_text(" images left in A or in B wrong")
    query(page, "id < 500")
    expect(page.locator(".panel.verdict .source")).to_contain_text("of 500 images wrong")


def test_a_cell_of_right_guesses_can_be_left_for_the_others(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=compare&{PAIR}")
    buttons = page.locator(".compare [aria-label='which disagreements'] button")
    counts = buttons.all_inner_texts()
    page.locator(".four button").first.click()
    expect(page.locator("#query")).to_have_value("a.correct and b.correct")
    show(page, "Two models")
    assert buttons.all_inner_texts() == counts
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    buttons.nth(1).click()
    expect(page.locator("#query")).to_have_value("a.correct and not b.correct")
    expect(page.locator(".compare h2")).to_contain_text(f"{counts[1].split()[-1]} images with different guesses")


def test_the_hardest_images_are_those_wrong_in_the_most_tables(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    wrong = rows.filter(pl.col("correct") == 0, pl.col("epoch") != 2)
    hard = wrong.group_by("id").agg(pl.len(), pl.col("loss").mean()).sort("len", "loss", descending=True)
    opened(page, explored / "explorer.html", "#view=images&q=not+correct+and+epoch+!=+2")
    tiles = page.locator("#hardest .tile")
    shown = [int(str(each.get_attribute("data-id"))) for each in tiles.all()]
    assert shown == hard["id"].to_list()[: len(shown)] and len(set(hard["len"][: len(shown)])) > 1


def test_precision_says_that_the_query_selects_by_the_label(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=classes&{PAIR}&q=truth+==+3")
    expect(page.locator(".classes h2 .caveat")).to_have_text("as selected by truth")


def test_confusions_say_how_many_more_there_are(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    both = pl.concat([table_of(rows, table) for table in (A, B)]).filter(pl.col("correct") == 0)
    pairs = both.select("truth", "guess").unique().height
    opened(page, explored / "explorer.html", f"#view=overview&{PAIR}")
    expect(page.locator(".panel.confusions .source")).to_have_text(f"{pairs - 6} more pairs, each as frequent or less.")


def test_a_plot_of_a_and_b_counts_within_them(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"#view=plot&x=a.guess&{PAIR}&q=epoch+==+2")
    expect(page.locator(".query output")).to_contain_text("1,000 images in A or B (A 1,000, B 0;")
    opened(page, explored / "explorer.html", f"#view=plot&x=guess&{PAIR}&q=epoch+==+2")
    expect(page.locator(".query output")).to_have_text("1,000 images, 2,000 rows of 8,000")
