"""The explorer's comparison of two models on the same images."""

import itertools
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import binomtest

from mnist_viz.explorer import build
from mnist_viz.store import tables
from tests.explorer.browser import downloaded, opened
from tests.explorer.expected import derived, joined, kept
from tests.explorer.generate import generate


def test_a_long_list_of_tables_keeps_no_frame_waiting(page: Page, tmp_path: Path) -> None:
    """Only what the select shows is there at first, in the width that it keeps; all tables come after that frame."""
    generate(tmp_path, {"a": 12, "longer": 12}, images=50)
    build(tmp_path, ["a", "longer"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=table&b=a:3")
    first = page.evaluate(
        """() => {
          const list = document.getElementById("rows");
          list.value = "joined";
          list.dispatchEvent(new Event("change"));
          return ["a", "b"].map((id) => document.getElementById(id)).map((list) => [
            list.value, list.options.length, list.getBoundingClientRect().width
          ]);
        }"""
    )
    assert [(value, count) for value, count, _ in first] == [("a:12", 2), ("a:3", 2)]
    labels = [f"{name}:{epoch}" for name in ("a", "longer") for epoch in range(1, 13)]
    for name, (value, _, width) in zip("ab", first, strict=True):
        expect(page.locator(f"#{name} option")).to_have_text(labels)
        expect(page.locator(f"#{name}")).to_have_value(value)
        assert page.locator(f"#{name}").bounding_box()["width"] == width
    page.locator("#b").select_option("longer:7")
    expect(page.locator("#b option")).to_have_text(labels)
    expect(page.locator("#b")).to_have_value("longer:7")


@pytest.mark.parametrize(("a", "b"), [(("baseline", 1), ("double", 3)), (("baseline", 1), ("baseline", 5))])
def test_two_models(page: Page, explored: Path, rows: pl.DataFrame, a: tuple[str, int], b: tuple[str, int]) -> None:
    opened(page, explored / "explorer.html", "#")
    page.get_by_role("link", name="Same images, two models").click()
    page.locator("#a").select_option(f"{a[0]}:{a[1]}")
    page.locator("#b").select_option(f"{b[0]}:{b[1]}")
    both = joined(rows, a, b)
    right_a, right_b = pl.col("a.correct") == 1, pl.col("b.correct") == 1
    cells = [both.filter(first, second).height for first in (right_a, ~right_a) for second in (right_b, ~right_b)]
    assert [int(text.replace(",", "")) for text in page.locator(".four tbody td").all_inner_texts()] == cells
    p = binomtest(cells[1], cells[1] + cells[2]).pvalue
    assert float(page.locator("#p-value").inner_text().split()[0]) == pytest.approx(p, rel=5e-3, abs=5e-5)
    expect(page.locator(".summary")).to_contain_text("McNemar 1947")
    differing = both.filter(pl.col("a.guess") != pl.col("b.guess")).sort("distance", descending=True)
    filters = {
        "all disagreements": pl.lit(True),
        "A right, B wrong": right_a & ~right_b,
        "A wrong, B right": ~right_a & right_b,
        "both wrong": ~right_a & ~right_b,
    }
    for name, condition in filters.items():
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        expected = differing.filter(condition)
        expect(page.get_by_role("button", name=name)).to_have_text(f"{name} {len(expected)}")
        expect(page.locator("main h2")).to_contain_text(f"{len(expected)} image")
        expect(page.locator(".card")).to_have_count(min(60, len(expected)))
        found = [int(card.get_attribute("data-id")) for card in page.locator(".card").all()]
        assert sorted(found) == sorted(expected["id"][: len(found)].to_list())
        assert len(found) == min(60, len(expected))
        apart = dict(expected.select("id", "distance").rows())
        assert all(apart[x] >= apart[y] - 1e-4 for x, y in itertools.pairwise(found))
        assert [int(text.replace(",", "")) for text in page.locator(".four tbody td").all_inner_texts()] == cells
    page.get_by_role("button", name="all disagreements").click()
    first = differing.filter(pl.col("id") == int(page.locator(".card").first.get_attribute("data-id")))
    label = page.locator(".card svg").first.get_attribute("aria-label")
    for side in "ab":
        best = sorted(((first[f"{side}.{name}"][0], digit) for digit, name in enumerate(tables.SCORES)), reverse=True)
        assert f"{side.upper()} " + ", ".join(f"{digit}: {score:.3f}" for score, digit in best[:2]) in label
        heights = bar_heights(page.locator(f".card svg .{side}").first.get_attribute("d"))
        scores = [first[f"{side}.{name}"][0] for name in tables.SCORES]
        assert heights == pytest.approx(scores, abs=0.002)


def test_one_cell_takes_the_place_of_another_beside_an_or(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=compare&a=baseline:1&b=double:3&q=truth+==+3+or+truth+in+(5,+8)")
    either = "(truth == 3 or truth in (5, 8))"
    both = joined(rows.filter(pl.col("truth").is_in([3, 5, 8])), ("baseline", 1), ("double", 3))
    right_a, right_b = pl.col("a.correct") == 1, pl.col("b.correct") == 1
    cells = [both.filter(first, second).height for first in (right_a, ~right_a) for second in (right_b, ~right_b)]
    differing = both.filter(pl.col("a.guess") != pl.col("b.guess"))
    for name, condition, text in (
        ("A right, B wrong", right_a & ~right_b, "a.correct and not b.correct"),
        ("A wrong, B right", ~right_a & right_b, "not a.correct and b.correct"),
    ):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#query")).to_have_value(f"{either} and {text}")
        expect(page.locator("[aria-pressed=true]")).to_have_text(f"{name} {differing.filter(condition).height}")
        assert [int(count.replace(",", "")) for count in page.locator(".four tbody td").all_inner_texts()] == cells
    page.get_by_role("button", name="all disagreements").click()
    expect(page.locator("#query")).to_have_value("truth == 3 or truth in (5, 8)")


def bar_heights(path: str) -> list[float]:
    """The ten bars of a path as shares of the highest possible bar, 40 pixels."""
    return [float(height) / 40 for height in re.findall(r"v-?(\d+\.\d)h", path)]


def test_every_disagreement_can_be_scrolled_to(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "two": 1}, images=5000)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=compare")
    count = int(re.match(r"\d+", page.locator("main h2").inner_text())[0])
    assert count > 120
    while page.locator(".card").count() < count:
        before = page.locator(".card").count()
        page.locator(".end").scroll_into_view_if_needed()
        expect(page.locator(".card").nth(before)).to_be_attached()
    expect(page.locator(".end")).to_be_empty()
    shown = [card.get_attribute("data-id") for card in page.locator(".card").all()]
    assert len(set(shown)) == len(shown) == count


def test_two_tables_that_agree_are_told_apart_from_one_table_twice(page: Page, tmp_path: Path) -> None:
    generate(tmp_path, {"one": 1, "same": 1}, images=60)
    shutil.copy(tmp_path / "one" / "predictions.parquet", tmp_path / "same" / "predictions.parquet")
    build(tmp_path, ["one", "same"], tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=compare")
    expect(page.locator("main h2 small")).to_have_text("A and B agree on every image")
    expect(page.locator("#p-value")).to_have_text("– nothing to test: no image that only one of them gets right")  # noqa: RUF001
    page.locator("#b").select_option("one:1")
    expect(page.locator("main h2 small")).to_have_text("A and B are the same table; choose another")
    opened(page, tmp_path / "explorer.html", "#sort=confidence&columns=variant,id,confidence")
    both = pl.read_parquet(tmp_path / "one" / "predictions.parquet").sort("id")
    twice = pl.concat([both, both])
    twice = derived(twice.with_columns(map(pl.Series, tables.SCORES, kept(twice))))
    assert downloaded(page)["id"].to_list() == twice.sort("confidence", maintain_order=True)["id"].to_list()
