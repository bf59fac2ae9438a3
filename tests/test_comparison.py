"""The tables of a comparison say what compare, the summary and the explorer say, and what the predictions say."""

import re
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page

from mnist_viz.compare import compare, load
from mnist_viz.comparison.build import NAMES, build
from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.summary import summarise
from tests.conftest import PROJECT, Outcome, run
from tests.explorer.browser import opened
from tests.explorer.expected import VARIANTS
from tests.explorer.generate import generate

GROUPS = {name: [name] for name in VARIANTS}
PAIRS = [("baseline:1", "baseline:5"), ("baseline:5", "double:3")]


@pytest.fixture(scope="module")
def folder(explored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three tables of the variants that the explorer of `explored` shows."""
    made = tmp_path_factory.mktemp("comparison")
    build(explored, GROUPS, "baseline", made)
    return made


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def pair(folder: Path, a: str, b: str) -> pl.DataFrame:
    return table(folder, "disagreements").filter(pl.col("pair").cast(str) == f"{a} {b}")


def of(frame: pl.DataFrame, variant: str) -> pl.DataFrame:
    return frame.filter(pl.col("variant").cast(str) == variant)


def predicted(results: Path, model: str) -> pl.DataFrame:
    variant, epoch = model.split(":")
    rows = pl.read_parquet(results / variant / "predictions.parquet")
    return rows.filter(pl.col("epoch") == int(epoch)).drop("variant", "epoch")


def test_the_pairs_are_first_and_last_epoch_and_reference_and_variant(folder: Path) -> None:
    names = table(folder, "disagreements")["pair"].cast(str).unique(maintain_order=True)
    assert names.to_list() == [" ".join(pair) for pair in PAIRS]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_disagreements_are_those_of_compare(explored: Path, folder: Path, a: str, b: str) -> None:
    printed = compare(load(explored, a), load(explored, b))
    own = pair(folder, a, b)
    assert f"\n{len(own):,} images have different guesses" in printed
    lines = [line.split() for line in printed.splitlines()[8:28]]
    shown = [(line[0], line[1], line[2], line[4], line[6]) for line in lines]
    columns = own.select("id", "truth", "a_guess", "b_guess", "distance").head(20).rows()
    assert shown == [(*map(str, row[:4]), f"{row[4]:.3f}") for row in columns] and len(shown) == 20


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_disagreements_have_the_scores_of_the_predictions(explored: Path, folder: Path, a: str, b: str) -> None:
    both = predicted(explored, a).join(predicted(explored, b), on=["id", "truth"], suffix="_b")
    own = pair(folder, a, b)
    assert set(own["id"]) == set(both.filter(pl.col("guess") != pl.col("guess_b"))["id"])
    there = own.select("id").join(both, on="id", maintain_order="left")
    assert own["a_guess"].to_list() == there["guess"].to_list()
    assert own["b_guess"].to_list() == there["guess_b"].to_list()
    for score in tables.SCORES:
        assert own[f"a_{score}"].to_list() == there[score].to_list()
        assert own[f"b_{score}"].to_list() == there[f"{score}_b"].to_list()


def test_errors_are_those_of_the_metrics(explored: Path, folder: Path) -> None:
    for variant in VARIANTS:
        own = of(table(folder, "errors_over_time"), variant).select("epoch", "errors")
        metrics = pl.read_parquet(explored / variant / "metrics.parquet", columns=["epoch", "errors"])
        assert own.rows() == metrics.rows()


def test_last_errors_and_disagreements_are_those_of_the_summary(explored: Path, folder: Path) -> None:
    baseline, double = summarise(explored, GROUPS, "baseline")
    for row in (baseline, double):
        last = of(table(folder, "errors_over_time"), row["variant"])["errors"][-1]
        assert last == of(table(folder, "errors_by_guess"), row["variant"])["count"].sum() == row["errors"]
    own = pair(folder, *PAIRS[1])
    assert own.filter(pl.col("b_guess") == pl.col("truth")).height == double["only_this_right"] > 0
    assert own.filter(pl.col("a_guess") == pl.col("truth")).height == double["only_reference_right"] > 0


@pytest.mark.parametrize(("variant", "epochs"), VARIANTS.items())
def test_learned_and_forgotten_are_those_of_the_explorer(
    page: Page, explored: Path, folder: Path, variant: str, epochs: int
) -> None:
    own = of(table(folder, "errors_over_time"), variant).to_dicts()
    opened(page, explored / "explorer.html", f"#view=epochs&variant={variant}")

    def listed(name: str) -> list[int]:
        return [int(text) for text in (page.locator(f"#{name}").get_attribute("data-ids") or "").split()]

    assert listed("learned") == own[-1]["learned"] and own[-1]["learned"]
    assert listed("forgotten") == own[-1]["forgotten"] and own[-1]["forgotten"]
    assert listed("never") == own[-1]["never_learned"] and own[-1]["never_learned"]
    for epoch in range(1, epochs + 1):
        page.locator("#to").select_option(str(epoch))
        assert listed("learned") == own[epoch - 1]["learned"]


def test_what_is_learned_so_far_is_what_the_explorer_shows_of_a_shorter_training(
    explored: Path, folder: Path, tmp_path: Path
) -> None:
    """A row of an epoch is the last row of a variant whose training ended there."""
    rows = pl.read_parquet(explored / "baseline" / "predictions.parquet")
    for epochs in range(1, 6):
        shorter = rows.filter(pl.col("epoch") <= epochs)
        columns = {name: shorter[name].to_arrow() for name in shorter.columns}
        columns["variant"] = tables.repeat("baseline", len(shorter))
        tables.write(tmp_path / "baseline" / "predictions.parquet", columns, tables.PREDICTIONS, "sample")
        build(tmp_path, {"baseline": ["baseline"]}, "baseline", tmp_path)
        assert (
            table(tmp_path, "errors_over_time").to_dicts()
            == of(table(folder, "errors_over_time"), "baseline").head(epochs).to_dicts()
        )


def test_errors_by_guess_are_those_of_the_explorer(page: Page, explored: Path, folder: Path) -> None:
    opened(page, explored / "explorer.html", "#view=patterns")
    for side, variant in (("a", "baseline"), ("b", "double")):
        found = []
        for item in page.locator(f".by-guess[data-side={side}] > li").all():
            (guess, count) = map(int, re.findall(r"\d+", item.locator(".guess-head").inner_text()))
            labels = re.findall(r"(\d) (\d+) times", item.locator(".labels").get_attribute("aria-label") or "")
            found += [(guess, int(truth), int(times)) for truth, times in labels]
            assert sum(int(times) for _, times in labels) == count
        own = of(table(folder, "errors_by_guess"), variant)
        assert sorted(own.select("guess", "truth", "count").rows()) == sorted(found) and found
        assert own["ids"].list.len().to_list() == own["count"].to_list()
        wrong = predicted(explored, f"{variant}:{VARIANTS[variant]}").filter(pl.col("guess") != pl.col("truth"))
        listed = own.explode("ids").select("ids", "guess", "truth").sort("ids").rows()
        assert listed == wrong.select("id", "guess", "truth").sort("id").rows()


def test_replicates_are_compared_at_the_same_place_as_in_the_summary(tmp_path: Path) -> None:
    names = {f"{name}-seed_{seed}": 2 for name in ("baseline", "wide") for seed in (0, 1)}
    generate(tmp_path, names, images=300)
    build(tmp_path, {name: [f"{name}-seed_0", f"{name}-seed_1"] for name in ("baseline", "wide")}, "baseline", tmp_path)
    pairs = table(tmp_path, "disagreements")["pair"].cast(str).unique(maintain_order=True).to_list()
    assert pairs == [
        "baseline-seed_0:1 baseline-seed_0:2",
        "baseline-seed_0:2 wide-seed_0:2",
        "baseline-seed_1:1 baseline-seed_1:2",
        "baseline-seed_1:2 wide-seed_1:2",
    ]
    assert set(table(tmp_path, "errors_over_time")["variant"].cast(str)) == names.keys()


def test_many_parts_are_many_row_groups_of_the_same_rows(
    explored: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROW_GROUP", 1)
    build(explored, GROUPS, "baseline", tmp_path)
    for name in NAMES:
        assert pq.ParquetFile(tmp_path / f"{name}.parquet").num_row_groups == 2
        assert pq.ParquetFile(folder / f"{name}.parquet").num_row_groups == 1
        whole, parts = (tables.read(place / f"{name}.parquet", KINDS[name]) for place in (folder, tmp_path))
        assert whole.to_pylist() == parts.to_pylist() and len(whole) > 0


def command(results: Path, *groups: str) -> Outcome:
    told = ["--results", str(results), "--groups", *groups, "--reference", groups[0], "--folder", str(results / "c")]
    return run(
        [sys.executable, "-m", "mnist_viz.comparison", *told, "--record", str(results / "comparison.json")],
        results,
        PYTHONPATH=str(PROJECT / "workflow"),
    )


def test_one_variant_with_one_epoch_has_no_disagreements_and_is_told_so(tmp_path: Path) -> None:
    generate(tmp_path, {"only": 1}, images=300)
    outcome = command(tmp_path, "only")
    assert outcome.status == 0, outcome.text
    assert "no disagreements, as there are no two models to compare, 1 epoch, " in outcome.text
    assert len(tables.read(tmp_path / "c/disagreements.parquet", KINDS["disagreements"])) == 0
    (row,) = table(tmp_path / "c", "errors_over_time").to_dicts()
    assert row["learned"] == row["forgotten"] == [] and len(row["never_learned"]) == row["errors"] > 0
    assert table(tmp_path / "c", "errors_by_guess")["count"].sum() == row["errors"]


def test_other_images_are_refused(tmp_path: Path) -> None:
    generate(tmp_path / "other", {"b": 1}, images=200)
    generate(tmp_path, {"a": 1, "b": 1}, images=300)
    for file in ("predictions.parquet", "predict.json", "metrics.parquet"):
        (tmp_path / "other" / "b" / file).replace(tmp_path / "b" / file)
    outcome = command(tmp_path, "a", "b")
    assert outcome.status == 1 and "error: a:1 and b:1 are predictions of different images" in outcome.text
    assert not (tmp_path / "c" / "disagreements.parquet").exists()


def test_damaged_predictions_are_refused_by_name(tmp_path: Path) -> None:
    generate(tmp_path, {"a": 1}, images=300)
    path = tmp_path / "a" / "predictions.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    outcome = command(tmp_path, "a")
    assert outcome.status == 1 and f"error: {path} is damaged or replaced" in outcome.text
