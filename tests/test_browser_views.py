"""The explorer's views of errors over time, patterns, hard images, calibration and models, and an image's details."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect
from scipy.stats import binomtest

from tests.explorer.browser import downloaded, opened, query, show
from tests.explorer.expected import VARIANTS, joined, key


def test_errors_over_time(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.get_by_role("link", name="Errors over time").first.click()
    errors = rows.group_by("variant", "epoch").agg(wrong=(pl.col("correct") == 0).sum())
    by_table = {(variant, epoch): wrong for variant, epoch, wrong in errors.rows()}
    lines = [line.split("\t") for line in page.locator("#errors-by-epoch tbody").inner_text().split("\n")]
    expected = [[name, *(str(by_table.get((name, epoch), "–")) for epoch in range(1, 6))] for name in VARIANTS]  # noqa: RUF001
    assert [[text.strip() for text in line] for line in lines] == expected
    points = page.locator(".chart circle title").all_text_contents()
    assert points == [
        f"{name}, epoch {epoch}: {by_table[name, epoch]}"
        for name, last in VARIANTS.items()
        for epoch in range(1, last + 1)
    ]
    page.locator("#from").select_option("2")
    page.locator("#to").select_option("4")
    wide = rows.filter(pl.col("variant") == "baseline").pivot("epoch", index="id", values="correct").sort("id")
    history = wide.drop("id").to_numpy()
    ids = wide["id"].to_numpy()
    right_before = np.maximum.accumulate(history, axis=1)[:, :-1]
    lists = {
        "learned": ids[(history[:, 1] == 0) & (history[:, 3] == 1)],
        "never": ids[(history == 0).all(axis=1)],
        "forgotten": ids[((right_before == 1) & (history[:, 1:] == 0)).any(axis=1)],
    }
    for name, wanted in lists.items():
        assert len(wanted) > 0
        assert page.locator(f"#{name}").get_attribute("data-ids").split() == [str(each) for each in wanted]
        expect(page.locator(f"#{name} h2 small")).to_have_text(re.compile(f"^{len(wanted)} images? of baseline; "))


def test_patterns_and_a_cell_that_filters(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html")
    page.get_by_role("link", name="Patterns").first.click()
    expect(page.locator(".confusion[data-side=b] tbody td")).to_have_count(100)
    for side, (variant, epoch) in (("a", ("baseline", 5)), ("b", ("double", 3))):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        counts = np.zeros((10, 10), int)
        np.add.at(counts, (own["truth"].to_numpy(), own["guess"].to_numpy()), 1)
        cells = page.locator(f".confusion[data-side={side}] tbody td").all_inner_texts()
        assert [int(text.replace("·", "0")) for text in cells] == counts.ravel().tolist()
        wrong = own.filter(pl.col("correct") == 0).group_by("guess").len().sort("guess")
        heads = page.locator(f".by-guess[data-side={side}] .guess-head").all_inner_texts()
        assert [tuple(int(number) for number in re.findall(r"\d+", head)) for head in heads] == wrong.rows()
        for (guess, _), item in zip(wrong.rows(), page.locator(f".by-guess[data-side={side}] > li").all(), strict=True):
            mistaken = own.filter(pl.col("correct") == 0, pl.col("guess") == guess)
            labels = re.findall(r"(\d) (\d+) times", item.locator(".labels").get_attribute("aria-label"))
            expected = mistaken.group_by("truth").len().sort("truth").rows()
            assert sorted((int(label), int(count)) for label, count in labels) == expected
            expect(item.locator(".digit")).to_have_count(min(14, len(mistaken)))
            samples = [button.get_attribute("aria-label") for button in item.locator(".digit").all()]
            assert [int(re.match(r"image (\d+),", text)[1]) for text in samples] == mistaken["id"].to_list()[:14]
    worst = rows.filter(pl.col("correct") == 0, pl.col("variant") == "baseline", pl.col("epoch") == 5)
    label, guess, _ = worst.group_by("truth", "guess").len().sort("len", "truth", "guess", descending=True).row(0)
    page.locator(".confusion[data-side=a]").get_by_role("button", name=f"labelled {label}, guessed {guess}:").click()
    expect(page.locator("#query")).to_have_value(f"truth == {label} and guess == {guess}")
    show(page, "Table")
    assert key(downloaded(page)) == key(rows.filter(pl.col("truth") == label, pl.col("guess") == guess))


def test_a_cell_takes_the_place_of_another_however_the_query_is_written(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=patterns&q=(guess+==+3+and+(truth+==+5))+and+epoch+in+(3,+5)")
    matrix = page.locator(".confusion[data-side=a]")
    expect(matrix.locator("[aria-pressed=true]")).to_have_attribute("aria-label", re.compile("^labelled 5, guessed 3:"))
    matrix.get_by_role("button", name="labelled 4, guessed 9:").click()
    expect(page.locator("#query")).to_have_value("epoch in (3, 5) and truth == 4 and guess == 9")
    matrix.get_by_role("button", name="labelled 4, guessed 9:").click()
    expect(page.locator("#query")).to_have_value("epoch in (3, 5)")


def test_hard_images_and_likely_label_errors(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=images")
    hard = rows.group_by("id").agg(wrong=(pl.col("correct") == 0).sum(), loss=pl.col("loss").mean())
    hard = hard.filter(pl.col("wrong") > 0).sort("wrong", "loss", descending=True)
    shown = [int(tile.get_attribute("data-id")) for tile in page.locator("#hardest .tile").all()]
    assert shown == hard["id"][:48].to_list()
    expect(page.locator("#hardest h2 small")).to_contain_text(f"{len(hard)} images")
    last = joined(rows, ("baseline", 5), ("double", 3))
    sure = last.filter(pl.col("a.guess") == pl.col("b.guess"), pl.col("a.guess") != pl.col("truth"))
    sure = sure.with_columns(least=pl.min_horizontal("a.confidence", "b.confidence")).sort("least", descending=True)
    shown = [int(tile.get_attribute("data-id")) for tile in page.locator("#likely .tile").all()]
    assert len(sure) > 0
    assert shown == sure["id"].to_list()


def test_calibration(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=calibration")
    for side, (variant, epoch) in (("a", ("baseline", 5)), ("b", ("double", 3))):
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == epoch))
        part = np.ceil(own["confidence"].to_numpy() * 15).clip(1, 15)
        grouped = (
            own.with_columns(part=pl.Series(part)).group_by("part").agg(pl.len(), pl.mean("confidence", "correct"))
        )
        error = (grouped["len"] * (grouped["correct"] - grouped["confidence"]).abs()).sum() / len(own)
        text = page.locator(f"[data-calibration={side}]").inner_text()
        assert float(text.split()[0]) == pytest.approx(error, abs=6e-6)
        first = 2 if side == "a" else 6
        by_part = {int(part): numbers for part, *numbers in grouped.iter_rows()}
        for part in range(1, 16):
            line = page.locator("main .numbers tbody tr").nth(part - 1)
            cells = [line.locator(f":nth-child({first + column})").inner_text() for column in range(3)]
            expected = by_part.get(part)
            assert [float(cell.replace(",", "")) for cell in cells if cell != "–"] == (  # noqa: RUF001
                pytest.approx(expected, abs=6e-4) if expected else []
            )


def test_models_show_intervals_differences_and_provenance(page: Page, explored: Path, rows: pl.DataFrame) -> None:
    opened(page, explored / "explorer.html", "#view=models")
    for line in page.locator("#errors tbody tr").all():
        name, images, errors, share, interval, *_ = line.locator("th, td").all_inner_texts()
        variant, epoch = name.split(":")
        own = rows.filter((pl.col("variant") == variant) & (pl.col("epoch") == int(epoch)))
        wrong = len(own) - own["correct"].sum()
        assert (images, errors, share) == ("1,000", str(wrong), f"{wrong / 10:.2f} %")
        wilson = binomtest(int(wrong), 1000).proportion_ci(method="wilson")
        assert [float(number) for number in re.findall(r"[\d.]+", interval)] == pytest.approx(
            [100 * wilson.low, 100 * wilson.high], abs=0.006
        )
    metrics = pl.concat(pl.read_parquet(explored / name / "metrics.parquet") for name in VARIANTS)
    for title, column in (("Test loss", "loss"), ("Expected calibration error", "calibration_error")):
        chart = page.locator(".chart", has_text=title)
        points = [float(text.split(": ")[1]) for text in chart.locator("circle title").all_text_contents()]
        assert points == metrics[column].to_list()
    differing = page.locator("#configuration .differs th").all_inner_texts()
    assert sorted(differing) == ["epochs", "learning_rate", "variant"]
    expect(page.locator("#provenance")).to_contain_text("checkpoints / epoch_001.safetensors")
    expect(page.locator("#provenance")).to_contain_text(f"{1:064x}")
    recorded = json.loads((explored / "baseline" / "train.json").read_text())
    for text in (
        "commit",
        "dirty",
        "software / numpy",
        recorded["software"]["numpy"],
        recorded["ended"],
        "predict / commit",
    ):
        expect(page.locator("#provenance")).to_contain_text(text)
    data = json.loads((explored / "data.json").read_text())
    for text in (data["dataset_sha256"], data["source"], data["outputs"]["images.parquet"]):
        expect(page.locator("#data-record")).to_contain_text(text)
    query(page, "truth == 3")
    images = rows.filter(pl.col("truth") == 3)["id"].n_unique()
    expect(page.locator("#errors tbody tr").first.locator("td").first).to_have_text(str(images))
