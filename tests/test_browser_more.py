"""More than two models at once: images as strips, how many models are wrong, and variants that differ by their seed."""

import json
import statistics
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from mnist_viz.explorer import build
from mnist_viz.store.tables import SCORES
from tests.explorer.browser import downloaded, opened, query
from tests.explorer.expected import derived, kept, key
from tests.explorer.generate import generate

SEEDS = {"plain-seed_0": 3, "plain-seed_3": 3, "plain-seed_12": 3, "wide": 2}
STRIP = """(fold) => [...fold.querySelectorAll(".strip > span")].map((cell) => [
    cell.innerText, getComputedStyle(cell).textDecorationLine === "underline",
])"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The explorer of three seeds of one configuration, and of another configuration with the last seed."""
    folder = tmp_path_factory.mktemp("seeded")
    generate(folder, SEEDS, images=400)
    for name in SEEDS:
        file = folder / name / "config.json"
        config = json.loads(file.read_text())
        seed = int(name.partition("-seed_")[2] or 12)
        file.write_text(json.dumps(config | {"seed": seed, "learning_rate": 0.1 if name == "wide" else 0.2}))
    build(folder, list(SEEDS), folder / "explorer.html")
    return folder


@pytest.fixture(scope="module")
def tables(seeded: Path) -> pl.DataFrame:
    parts = [pl.read_parquet(seeded / name / "predictions.parquet").sort("epoch", "id") for name in SEEDS]
    whole = pl.concat([part.with_columns(pl.col("variant").cast(str)) for part in parts])
    return derived(whole.with_columns(map(pl.Series, SCORES, kept(whole))))


def last(tables: pl.DataFrame) -> pl.DataFrame:
    return tables.filter(pl.col("epoch") == pl.col("epoch").max().over("variant"))


def models_wrong(tables: pl.DataFrame) -> pl.DataFrame:
    """By image, how many variants guess it wrong after their last epochs."""
    counts = last(tables).group_by("id").agg(models_wrong=(pl.col("correct") == 0).sum().cast(pl.Int64))
    return tables.join(counts, on="id", maintain_order="left")


def test_rows_are_sorted_filtered_and_grouped_by_how_many_models_are_wrong(
    page: Page, seeded: Path, tables: pl.DataFrame
) -> None:
    expected = models_wrong(tables)
    assert set(expected["models_wrong"].unique()) == {0, 1, 2, 3, 4}
    state = "#view=table&columns=variant,epoch,id,models_wrong&sort=-models_wrong,id&q=models_wrong+>=+2"
    opened(page, seeded / "explorer.html", state)
    few = expected.filter(pl.col("models_wrong") >= 2)
    found = downloaded(page)
    order = few.sort("models_wrong", "id", descending=[True, False], maintain_order=True)
    assert key(found) == key(order)
    assert found["models_wrong"].to_list() == order["models_wrong"].to_list()
    opened(page, seeded / "explorer.html", "#view=table&rows=joined&columns=id,models_wrong&group=models_wrong")
    images = expected.unique("id").group_by("models_wrong").len().sort("models_wrong")
    for line, (count, size) in zip(page.locator(".grid-row.group").all(), images.rows(), strict=True):
        expect(line).to_contain_text(f"models_wrong {count}")
        expect(line.locator(".members").first).to_have_text(f"{size} image{'' if size == 1 else 's'}")
    page.get_by_role("button", name="help").click()
    expect(page.locator("#help dt", has_text="models_wrong")).to_be_visible()
    page.keyboard.press("Escape")
    opened(page, seeded / "explorer.html", "#view=gallery&sort=-models_wrong,-loss")
    expect(page.locator("#order option:checked")).to_have_text("wrong in most models")
    by_loss = expected.sort("models_wrong", "loss", descending=True, maintain_order=True)
    ids = by_loss["id"].unique(maintain_order=True).to_list()
    for place in range(5):
        expect(page.locator(f'.box[data-index="{place}"]')).to_have_attribute("data-id", str(ids[place]))


def test_an_image_is_a_strip_of_variants_and_epochs_with_seeds_together(
    page: Page, seeded: Path, tables: pl.DataFrame
) -> None:
    wrong = models_wrong(tables).filter(pl.col("models_wrong") == 2)["id"][0]
    own = tables.filter(pl.col("id") == wrong)
    opened(page, seeded / "explorer.html", f"#view=overview&id={wrong}&a=wide:1&b=plain-seed_3:3")
    expect(page.locator(".strip.head > span")).to_have_text(["1", "2", "3"])
    folds = page.locator(".folds details")
    expect(folds.locator("summary strong")).to_have_text(["plain-seed_0", "plain-seed_3", "plain-seed_12", "wide"])
    for fold in folds.all():
        name = fold.locator("summary strong").inner_text()
        guesses = own.filter(pl.col("variant") == name).sort("epoch").select("guess", "correct").rows()
        expected = [[f"{guess}{'' if right else '✗'}", not right] for guess, right in guesses]
        assert fold.evaluate(STRIP) == expected + [["", False]] * (3 - len(expected))
    seeds = last(own).filter(pl.col("variant") != "wide")
    errors = len(seeds) - seeds["correct"].sum()
    expect(page.locator(".folds .seeds")).to_have_text(f"plain 3 seeds, {errors} wrong after the last epoch")


def test_seeds_are_one_line_with_mean_and_deviation(page: Page, seeded: Path, tables: pl.DataFrame) -> None:
    opened(page, seeded / "explorer.html", "#view=overview&q=truth+<+7")
    final = last(tables).filter(pl.col("variant") != "wide", pl.col("truth") < 7)
    errors = final.group_by("variant").agg((pl.col("correct") == 0).sum())["correct"].to_list()
    images = final["id"].n_unique()
    rates = 100 * np.array(errors) / images
    line = page.locator("#replicates tbody tr")
    expect(line).to_have_count(1)
    expect(line.locator("th")).to_have_text("plain")
    cells = [
        "0, 3, 12",
        f"{statistics.fmean(errors):.1f} ± {statistics.stdev(errors):.1f}",
        f"{rates.mean():.2f} % ± {rates.std(ddof=1):.2f} %",
        f"{sum(errors)} in the table",
    ]
    expect(line.locator("td")).to_have_text(cells)
    line.get_by_role("button").click()
    query = (
        'truth < 7 and variant in ("plain-seed_0", "plain-seed_3", "plain-seed_12") and epoch in (3) and not correct'
    )
    expect(page.locator("#query")).to_have_value(query)
    assert key(downloaded(page)) == key(final.filter(pl.col("correct") == 0))


def test_seeds_are_counted_after_the_last_epoch_that_the_query_leaves(
    page: Page,
    seeded: Path,
    tables: pl.DataFrame,
) -> None:
    opened(page, seeded / "explorer.html", "#view=overview&q=epoch+<=+2")
    names = [name for name in SEEDS if "seed" in name]
    wrong = tables.filter(pl.col("epoch") == 2, pl.col("variant").is_in(names), pl.col("correct") == 0)
    table = page.locator("#replicates")
    expect(table.locator("caption")).to_contain_text("after the last epoch that the query leaves")
    expect(page.locator(".panel.errors caption").first).to_contain_text("after the last epoch that the query leaves")
    table.get_by_role("button", name=f"{wrong.height} in the table").click()
    assert downloaded(page)["id"].to_list() == wrong["id"].to_list()
    opened(page, seeded / "explorer.html", "#view=overview")
    query(page, 'epoch <= 2 and not (variant == "plain-seed_3" and epoch == 2)')
    mixed = tables.filter(
        ((pl.col("epoch") == 1) & (pl.col("variant") == "plain-seed_3"))
        | ((pl.col("epoch") == 2) & pl.col("variant").is_in(["plain-seed_0", "plain-seed_12"])),
        pl.col("correct") == 0,
    )
    table.get_by_role("button", name=f"{mixed.height} in the table").click()
    found = downloaded(page).select("variant", "epoch", "id").sort("variant", "epoch", "id")
    assert found.rows() == mixed.select("variant", "epoch", "id").sort("variant", "epoch", "id").rows()


def test_without_replicates_there_is_no_such_line(page: Page, explored: Path) -> None:
    opened(page, explored / "explorer.html", "#view=overview&id=3")
    expect(page.locator(".panel.errors table")).to_have_count(1)
    expect(page.locator(".folds .seeds")).to_have_count(0)
