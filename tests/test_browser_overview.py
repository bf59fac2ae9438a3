"""The explorer's first view, and the low bar of the others."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import binomtest

from mnist_viz.explorer import build
from tests.explorer.browser import VIEWS, downloaded, opened, query, show
from tests.explorer.expected import joined
from tests.explorer.generate import generate


def last(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What baseline says after epoch 5, and double after epoch 3."""
    both = (("baseline", 5), ("double", 3))
    first, second = (rows.filter(pl.col("variant") == name, pl.col("epoch") == epoch) for name, epoch in both)
    return first, second


def test_the_overview_comes_first_and_says_what_there_is(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "")
    expect(page.locator("[aria-current=page]")).to_have_text("Overview")
    expect(page.locator("h1")).to_have_text("Predictions on sample")
    expect(page.locator(".facts")).to_contain_text(
        "8,000 predictions: 2 variants, 8 tables (a variant after an epoch), 1,000 test images."
    )
    expect(page.locator(".facts")).to_contain_text("the help says how far scores are rounded")
    for own, line in zip(last(rows), ("baseline", "double"), strict=True):
        errors = len(own) - int(own["correct"].sum())
        found = page.locator(".panel.errors tbody tr", has_text=line)
        epoch = str(own["epoch"][0])
        cells = found.locator("td").all_inner_texts()
        assert [cells[0], *cells[2:5]] == [f"{errors / 10:.2f} %", str(errors), "1,000", epoch]
        wilson = binomtest(errors, 1000).proportion_ci(method="wilson")
        label = found.locator(".interval").get_attribute("aria-label")
        bounds = [float(number) for number in re.findall(r"[\d.]+(?= %)", label)][1:]
        assert bounds == pytest.approx([100 * wilson.low, 100 * wilson.high], abs=0.006)
        curve = (
            rows.filter(pl.col("variant") == line).group_by("epoch").agg((pl.col("correct") == 0).sum()).sort("epoch")
        )
        words = ", ".join(map(str, curve["correct"].to_list()))
        expect(found.locator(".sparkline")).to_have_attribute("aria-label", f"errors by epoch: {words}")


def test_the_verdict_is_a_sentence(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=overview")
    for a, b in (
        (("baseline", 1), ("baseline", 5)),
        (("baseline", 5), ("double", 3)),
        (("double", 3), ("baseline", 1)),
    ):
        page.locator("#a").select_option(f"{a[0]}:{a[1]}")
        page.locator("#b").select_option(f"{b[0]}:{b[1]}")
        both = joined(rows, a, b)
        only_a = both.filter(pl.col("a.correct") == 1, pl.col("b.correct") == 0).height
        only_b = both.filter(pl.col("a.correct") == 0, pl.col("b.correct") == 1).height
        p = binomtest(only_a, only_a + only_b).pvalue
        better = f"{'A' if only_a > only_b else 'B'} is better."
        expected = better if p < 0.05 else "The difference between A and B could be chance."
        expect(page.locator(".panel.verdict .sentence")).to_have_text(expected)
        wrong = [1000 - int(both[f"{side}.correct"].sum()) for side in "ab"]
        expect(page.locator(".panel.verdict .source")).to_contain_text(
            f"A gets {wrong[0]} ({wrong[0] / 10:.2f} %) and B {wrong[1]} ({wrong[1] / 10:.2f} %) of 1,000 images "
            "wrong; "
            f"only A is right on {only_a}, only B on {only_b}"
        )
        written = float(re.search(r"p = ([\de.-]+)\.", page.locator(".panel.verdict").inner_text())[1])
        assert written == pytest.approx(p, rel=5e-3, abs=5e-5)
    page.locator("#b").select_option("double:3")
    expect(page.locator(".panel.verdict .sentence")).to_have_text("A and B are the same table; choose another.")


def test_confusions_doubtful_labels_and_what_was_learned(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=overview&q=score_0+<+0.9")
    left = rows.filter(pl.col("score_0") < 0.9)
    counts = np.zeros((2, 10, 10), int)
    for side, own in enumerate(last(left)):
        np.add.at(counts[side], (own["truth"].to_numpy(), own["guess"].to_numpy()), 1)
    items = page.locator(".pairs li")
    expect(items).to_have_count(6)
    together = counts.sum(axis=0)
    np.fill_diagonal(together, 0)
    highest = sorted(together.ravel().tolist(), reverse=True)[:6]
    for item, count in zip(items.all(), highest, strict=True):
        label, guess, a, b = map(int, re.findall(r"\d+", item.inner_text())[:4])
        assert (a, b) == (counts[0, label, guess], counts[1, label, guess])
        assert a + b == count
    first, second = last(left)
    both = first.join(second, on="id", suffix="_b")
    sure = both.filter(pl.col("guess") == pl.col("guess_b"), pl.col("guess") != pl.col("truth"))
    expect(page.locator(".panel.doubtful .tile")).to_have_count(6)
    expect(page.locator(".panel.doubtful .source")).to_contain_text(
        re.compile(r"^\d+ images on which all models agree")
    )
    surest = sure.with_columns(least=pl.min_horizontal("confidence", "confidence_b")).sort("least", descending=True)
    tiles = [int(tile.get_attribute("data-id")) for tile in page.locator(".panel.doubtful .tile").all()]
    assert set(surest["id"][:3]) <= set(tiles)
    page.get_by_role("button", name="clear", exact=True).click()
    for name, final in (("baseline", 5), ("double", 3)):
        wide = rows.filter(pl.col("variant") == name).pivot("epoch", index="id", values="correct").sort("id").drop("id")
        history = wide.to_numpy()
        learned = int(((history[:, 0] == 0) & (history[:, -1] == 1)).sum())
        never = int((history == 0).all(axis=1).sum())
        before = np.maximum.accumulate(history, axis=1)[:, :-1]
        forgotten = int(((before == 1) & (history[:, 1:] == 0)).any(axis=1).sum())
        expect(page.locator(f".panel.learned [data-variant={name}]")).to_have_text(
            f"{name}: {learned} images learned from epoch 1 to {final}, {never} never learned, "
            f"{forgotten} forgotten again"
        )


def test_every_part_links_to_what_has_more_of_it_and_keeps_what_is_set_up(page: Page, explored: Path) -> None:
    state = "#view=overview&a=double:1&b=baseline:2&q=epoch+<+3"
    links = {
        "compare": page.get_by_role("link", name="Same images, two models"),
        "epochs": page.locator(".starts").get_by_role("link", name="Errors over time"),
        "patterns": page.locator(".starts").get_by_role("link", name="Patterns"),
        "models": page.locator(".panel.errors header a"),
        "images": page.locator(".panel.doubtful header a"),
    }
    for view, link in links.items():
        opened(page, explored / "explorer.html", state)
        link.click()
        expect(page.locator("[aria-current=page]")).to_have_text(VIEWS[view])
        expect(page.locator("#query")).to_have_value("epoch < 3")
        if view != "epochs" and view != "images":
            expect(page.locator("#a")).to_have_value("double:1")
            expect(page.locator("#b")).to_have_value("baseline:2")
    opened(page, explored / "explorer.html", state)
    page.locator(".panel.errors tbody a", has_text="double").click()
    expect(page.locator("#variant")).to_have_value("double")
    page.go_back()
    link = page.locator(".pairs a").first
    label, guess = re.findall(r"\d", link.inner_text())
    link.click()
    expect(page.locator("#query")).to_have_value(f"epoch < 3 and truth == {label} and guess == {guess}")
    expect(page.locator("#b")).to_have_value("baseline:2")
    page.go_back()
    page.locator(".pairs .digit").first.click()
    detail = page.get_by_role("complementary", name="image details")
    expect(detail.locator(".place")).to_contain_text(f"{label} taken for {guess}")


def test_links_of_the_help_keep_what_is_set_up(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=patterns&a=double:1&q=epoch+<+3")
    page.get_by_role("button", name="help").click()
    address = page.locator("#help dl a").first.get_attribute("href")
    opened(page, explored / "explorer.html", address)
    expect(page.locator("[aria-current=page]")).to_have_text("Patterns")
    expect(page.locator("#a")).to_have_value("double:1")
    expect(page.locator("#query")).to_have_value("guess != truth and score_3 > 0.4")


def test_other_rows_keep_sorting_columns_and_groups(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=table&columns=id,truth,guess,loss&sort=-loss&group=guess")
    page.locator("#rows").select_option("joined")
    expect(page.locator("#group")).to_have_value("a.guess")
    heads = page.locator(".sort")
    expect(heads).to_have_text(
        ["id", "truth", "a.guess", "b.guess", re.compile(r"a\.loss\s*↓1"), re.compile(r"b\.loss\s*↓2")]
    )
    page.locator("#rows").select_option("all")
    expect(heads).to_have_text(["id", "truth", "guess", re.compile(r"loss\s*↓")])
    expect(page.locator("#group")).to_have_value("guess")
    assert downloaded(page).columns == ["id", "truth", "guess", "loss"]


def test_the_best_variants_and_those_of_a_and_b_are_there_among_many(page: Page, tmp_path: Path) -> None:
    names = [f"model_{number:02}" for number in range(30)]
    generate(tmp_path, dict.fromkeys(names, 1), images=200)
    build(tmp_path, names, tmp_path / "explorer.html")
    opened(page, tmp_path / "explorer.html", "#view=overview&a=model_00:1&b=model_04:1")
    expect(page.locator(".panel.errors tbody tr")).to_have_count(12)
    for name in ("model_00", "model_04"):
        expect(page.locator(".panel.errors tbody")).to_contain_text(name)
    expect(page.locator(".panel.errors .source")).to_contain_text("18 more in Models")
    query(page, "truth == 3")
    show(page, "Models")
    show(page, "Overview")
    expect(page.locator(".panel.errors tbody tr")).to_have_count(12)
