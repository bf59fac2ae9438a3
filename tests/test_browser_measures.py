"""The view of the classes in a real browser: its measures, their intervals, and what each of them opens."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explore import explore
from tests.explored import NAMES, predictions
from tests.explorer.browser import downloaded, opened, query
from tests.explorer.expected import assert_rows, joined, key

A, B = ("baseline", 2), ("double", 3)
STATE = "#view=classes&a=baseline:2&b=double:3"
MEASURES = ("precision", "recall", "F1")
Z = 1.959963984540054
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def table_of(rows: pl.DataFrame, table: tuple[str, int]) -> pl.DataFrame:
    return rows.filter(pl.col("variant") == table[0], pl.col("epoch") == table[1])


def wilson(hits: int, of: int) -> tuple[float, float]:
    share, scale = hits / of, 1 + Z * Z / of
    middle = share + Z * Z / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return (max(0, (middle - spread) / scale), min(1, (middle + spread) / scale))


def counts(own: pl.DataFrame, name: object, measure: str) -> tuple[int, int]:
    """What is labelled and guessed so, of how many: the share that a measure is, or for F1 is made of."""
    labelled, guessed = pl.col("truth") == name, pl.col("guess") == name
    of = {"precision": guessed, "recall": labelled, "F1": labelled | guessed}[measure]
    return own.filter(labelled & guessed).height, own.filter(of).height


def shown_as(measure: str) -> Callable[[float], float]:
    return (lambda share: 2 * share / (1 + share)) if measure == "F1" else float


def estimate(own: pl.DataFrame, name: object, measure: str) -> tuple[float, float, float]:
    hits, of = counts(own, name, measure)
    value, low, high = map(shown_as(measure), (hits / of, *wilson(hits, of)))
    return value, low, high


def additions(own: pl.DataFrame, name: object, measure: str) -> np.ndarray:
    """What each image adds to the sum of which the share is: (right - share) if it counts, ordered by id."""
    hits, of = counts(own, name, measure)
    own = own.sort("id")
    labelled, guessed = (own[column].to_numpy() == name for column in ("truth", "guess"))
    count = {"precision": guessed, "recall": labelled, "F1": labelled | guessed}[measure]
    return np.where(count, (labelled & guessed) - hits / of, 0.0)


def apart(a: pl.DataFrame, b: pl.DataFrame, name: object, measure: str) -> tuple[float, float, float]:
    """B - A on the same images, with the limits of Zou and Donner (2008)."""
    (x, lx, ux), (y, ly, uy) = (estimate(own, name, measure) for own in (a, b))
    one, other = (additions(own, name, measure) for own in (a, b))
    scale = math.sqrt((one @ one) * (other @ other))
    r = float(one @ other) / scale if scale > 0 else 0.0

    def spread(p: float, q: float) -> float:
        return math.sqrt(max(0.0, p * p + q * q - 2 * r * p * q))

    return y - x, y - x - spread(y - ly, ux - x), y - x + spread(uy - y, x - lx)


def numbers(text: str) -> list[float]:
    """The value and the two limits of a cell's text."""
    return [float(each) for each in re.findall(r"[+-]?\d\.\d{4}", text.replace(MINUS, "-").replace(DASH, " "))]


def measured(page: Page) -> list[list[str]]:
    return page.locator("table.measures tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText))"
    )


def test_measures_and_their_intervals_are_those_of_the_tables(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&q=id+<+700")
    own = rows.filter(pl.col("id") < 700)
    a, b = table_of(own, A), table_of(own, B)
    found = measured(page)
    assert [line[0] for line in found] == [str(name) for name in range(10)]
    for name, line in enumerate(found):
        assert line[1] == str(a.filter(pl.col("truth") == name).height)
        expected = [estimate(side, name, measure) for side in (a, b) for measure in MEASURES]
        expected += [apart(a, b, name, measure) for measure in MEASURES]
        for text, values in zip(line[2:], expected, strict=True):
            assert np.abs(np.array(numbers(text)) - values).max() < 0.51e-4, (name, text, values)
    coloured = page.locator("table.measures td[class^=side]").count()
    outside = [apart(a, b, name, measure)[1:] for name in range(10) for measure in MEASURES]
    assert coloured == sum(low > 0 or high < 0 for low, high in outside)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_have_images(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&q=truth+<+4")
    own = rows.filter(pl.col("truth") < 4)
    means = []
    for side, table in (("a", A), ("b", B)):
        recalls = (
            table_of(own, table).group_by("truth").agg(pl.col("correct").mean(), n=pl.len(), x=pl.col("correct").sum())
        )
        adjusted = recalls.with_columns(p=(pl.col("x") + 0.5) / (pl.col("n") + 1))
        middle = adjusted["p"].mean()
        error = math.sqrt(adjusted.select((pl.col("p") * (1 - pl.col("p")) / (pl.col("n") + 1)).sum()).item()) / 4
        expected = [recalls["correct"].mean(), middle - Z * error, min(1, middle + Z * error)]
        text = page.locator(f"[data-balanced={side}]").inner_text()
        assert np.abs(np.array(numbers(text)) - expected).max() < 0.51e-4
        means.append(expected[0])
    value, low, high = numbers(page.locator("[data-balanced=apart]").inner_text())
    assert abs(value - (means[1] - means[0])) < 0.51e-4 and low < value < high
    expect(page.locator(".classes .summary .source")).to_contain_text("4 classes that have images")


def test_each_measure_opens_the_rows_that_it_is_of(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    state = f"{STATE}&q=id+<+700"
    a = table_of(rows, A).filter(pl.col("id") < 700)
    labelled, guessed = pl.col("truth") == 3, pl.col("guess") == 3
    condition = 'id < 700 and variant == "baseline" and epoch == 2 and '
    for measure, text, chosen in (
        ("precision", "guess == 3", guessed),
        ("recall", "truth == 3", labelled),
        ("F1", "(truth == 3 or guess == 3)", labelled | guessed),
    ):
        opened(page, explored / "explorer.html", state)
        page.get_by_role("button", name=f"{measure} of 3 in A:").click()
        expect(page.locator("#query")).to_have_value(condition + text)
        assert key(downloaded(page)) == key(a.filter(chosen))
    both = joined(rows, A, B).filter(pl.col("id") < 700)
    guesses = (pl.col("a.guess") == 3) | (pl.col("b.guess") == 3)
    for name, chosen in (
        (f"recall of 3, B {MINUS} A:", labelled),
        (f"precision of 3, B {MINUS} A:", guesses),
        (f"F1 of 3, B {MINUS} A:", labelled | guesses),
        ("3", labelled | guesses),
    ):
        opened(page, explored / "explorer.html", state)
        exact = name == "3"
        page.locator("table.measures").get_by_role("button", name=name, exact=exact).click()
        expect(page.locator("#query")).to_have_value(re.compile("^id < 700 and "))
        assert_rows(downloaded(page), both.filter(chosen))


def test_a_difference_is_of_the_images_that_both_have_and_opens_these(
    page: Page, explored: Path, rows: pl.DataFrame
) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&q=confidence+>+0.9")
    a, b = (table_of(rows, table).filter(pl.col("confidence") > 0.9) for table in (A, B))
    both = a.join(b, on="id", how="semi"), b.join(a, on="id", how="semi")
    assert len(both[0]) < min(len(a), len(b))
    expect(page.locator("[data-balanced=apart]")).to_contain_text(f"of {len(both[0])} images in both")
    cell = page.get_by_role("button", name=f"recall of 5, B {MINUS} A:")
    expected = apart(*both, 5, "recall")
    assert np.abs(np.array(numbers(cell.inner_text())) - expected).max() < 0.51e-4
    cell.click()
    ids = both[0].filter(pl.col("truth") == 5)["id"].to_list()
    expect(page.locator(".chosen-images span")).to_have_text(f"{len(ids)} images: recall of 5, B {MINUS} A")
    assert downloaded(page)["id"].to_list() == ids


def test_of_nothing_there_is_no_measure(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", f"{STATE}&q=epoch+==+1")
    expect(page.locator(".classes .empty")).to_have_text(
        "The query leaves no prediction of A (baseline:2) or B (double:3) whose truth is known."
    )
    expect(page.locator("table.measures, table.confusion, [data-balanced]")).to_have_count(0)
    query(page, 'variant == "double" and truth != 3')
    line = page.locator("table.measures tbody tr", has=page.locator("th", has_text="3"))
    expect(line.locator("td").nth(1)).to_have_text(DASH)
    recall = line.locator("td").nth(5)
    expect(recall).to_have_text(DASH)
    expect(page.locator("[data-balanced=a]")).to_contain_text("the query leaves no prediction")
    expect(page.locator("[data-balanced=apart]")).to_contain_text("the query leaves no image in both")
    expect(page.locator(".side .empty")).to_have_text("The query leaves no prediction of A.")
    query(page, "not correct")
    expect(page.locator(".classes h2 .caveat")).to_have_text("as selected by correct")
    opened(page, explored / "explorer.html", "#view=classes&a=double:3&b=double:3")
    expect(page.locator("[data-balanced=apart]")).to_contain_text("A and B are the same table")
    expect(page.locator("table.measures tbody tr").first.locator("td").last).to_have_text(DASH)


def test_images_whose_truth_is_not_known_do_not_count(page: Page, tmp_path: Path) -> None:
    frames = [
        predictions(NAMES, 200, seed).with_columns(pl.when(pl.col("id") % 4 != 1).then("truth")) for seed in (0, 1)
    ]
    opened(page, explore(dict(zip("ab", frames, strict=True))).write(tmp_path / "page.html"), "#view=classes")
    known = frames[0].drop_nulls("truth")
    hits, of = counts(known, "cat", "precision")
    assert of < frames[0].filter(guess="cat").height
    cell = page.get_by_role("button", name="precision of cat in A:")
    assert numbers(cell.inner_text())[0] == pytest.approx(hits / of, abs=0.51e-4)
    cell.click()
    assert downloaded(page)["id"].to_list() == known.filter(guess="cat")["id"].to_list()


@pytest.mark.parametrize("count", [2, 40, 1000])
def test_any_number_of_classes(page: Page, tmp_path: Path, count: int) -> None:
    names = [f"class {number}" for number in range(count)]
    frames = {name: predictions(names, 2000, seed) for seed, name in enumerate("ab")}
    opened(page, explore(frames).write(tmp_path / "page.html"), "#view=classes&order=worst")
    a, b = frames.values()
    found = measured(page)
    assert len(found) == min(count, 40)
    lowest = []
    for name in names:
        values = [estimate(own, name, "F1")[0] for own in (a, b) if counts(own, name, "F1")[1]]
        lowest += [min(values)] if values else []
    shown = [min(numbers(line[4])[0], numbers(line[7])[0]) for line in found if DASH not in (line[4], line[7])]
    if count < 1000:
        assert shown == pytest.approx(sorted(lowest)[: len(found)], abs=0.51e-4)
    expect(page.locator("table.confusion")).to_have_count(2 if count <= 25 else 0)
    assert page.evaluate("document.querySelectorAll('*').length") < 8000
    if len(lowest) > 40:
        more = page.get_by_role("button", name=f"{len(lowest) - 40} more", exact=True)
        more.click()
        expect(page.locator("table.measures tbody tr")).to_have_count(min(80, len(lowest)))
    wrong = pl.concat([a, b]).filter(pl.col("truth") != pl.col("guess"))
    pairs = wrong.group_by("truth", "guess").len().sort("len", descending=True)
    first = page.locator(".classes .pairs li").first
    counted = [int(text[2:]) for text in first.locator("[class*=side-]").all_inner_texts()]
    assert sum(counted) == pairs["len"][0]
