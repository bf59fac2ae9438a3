"""What the report shows and says, and when it is a part of a run. What arrives at W&B: tests/uploads/test_report.py."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mnist_viz.comparison.build import build
from mnist_viz.job import records
from mnist_viz.overview import report_url
from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.store.files import write_json
from mnist_viz.wandb_report import answers, charts, texts
from mnist_viz.wandb_report.answers import Answer, Pair
from mnist_viz.wandb_report.variants import is_uploaded, uploaded
from tests.conftest import SMALL, Project
from tests.explorer.expected import VARIANTS

ONLINE = [text.replace("mode: offline", "mode: online") for text in SMALL]


@pytest.fixture(scope="module")
def folder(explored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three tables of VARIANTS."""
    made = tmp_path_factory.mktemp("comparison")
    build(explored, {name: [name] for name in VARIANTS}, "baseline", made)
    return made


@pytest.mark.parametrize("parts", ["one part", "many parts"])
@pytest.mark.parametrize("name", KINDS)
def test_the_worst_rows_are_shown_and_the_others_counted(
    explored: Path, folder: Path, tmp_path: Path, name: str, parts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parts == "many parts":
        monkeypatch.setattr(tables, "ROW_GROUP", 1)
        build(explored, {name: [name] for name in VARIANTS}, "baseline", tmp_path)
        folder = tmp_path
    whole = pl.read_parquet(folder / f"{name}.parquet")
    answer = answers.worst(folder, name, most=5)
    expected = whole.sort(answers.WORST[name], descending=True, maintain_order=True).head(5)
    assert answer.rows == expected.to_dicts() and len(answer.rows) == 5
    assert (answer.total, answer.left_out) == (len(whole), len(whole) - 5)
    assert f"{len(whole) - 5} are left out." in texts.errors_over_time(answers.epochs(folder), answer, 1000)


def test_pairs_are_counted_by_who_is_right(folder: Path) -> None:
    rows = pl.read_parquet(folder / "disagreements.parquet").with_columns(pl.col("pair").cast(str))
    expected = []
    for name in rows["pair"].unique(maintain_order=True):
        own = rows.filter(pl.col("pair") == name)
        right = [own.filter(pl.col(f"{side}_guess") == pl.col("truth")).height for side in "ab"]
        expected.append(Pair(*name.split(" "), own.height, *right))
    assert answers.pairs(folder) == expected and len(expected) == 2


def test_sentences_have_the_numbers(folder: Path) -> None:
    pairs = [Pair("a:1", "a:3", 12, 2, 9), Pair("a:3", "b:3", 1200, 200, 500)]
    said = texts.disagreements(pairs, Answer("disagreements", [{}] * 1000, 1212), 10_000, "a")
    assert said == (
        "a:3 and b:3 disagree the most, on 1,200 images of 10,000: 200 only a:3 gets right, 500 only b:3, 500 neither. "
        "The table has 1,000 of 1,212 rows of 2 pairs with a, the furthest apart first; 212 are left out."
    )
    row = {"epoch": 1, "errors": 30, "learned": 0, "forgotten": 0, "never_learned": 30}
    last = {"epoch": 2, "errors": 20, "learned": 15, "forgotten": 5, "never_learned": 12}
    epochs = {"a": [row, last], "b": [row]}
    said = texts.errors_over_time(epochs, Answer("errors_over_time", [{}] * 3, 3), 1000)
    assert said == (
        "a makes the fewest errors after its last epoch, 20 of 1,000, and b the most, 30; a has learned 15 images "
        "since its first epoch, forgotten 5 again and never learned 12. The table has 3 rows of 2 variants, the most "
        "errors first, with 20 pictures in a cell at most."
    )
    found = [{"variant": "b", "guess": 9, "truth": 4, "count": 7}]
    said = texts.errors_by_guess(Answer("errors_by_guess", found, 1))
    assert said.startswith("The most frequent error is of b, which takes a 4 for a 9 on 7 images. The table has 1 row ")


def test_what_is_empty_is_said() -> None:
    nothing = texts.disagreements([], Answer("disagreements", [], 0), 1000, "a")
    assert nothing.startswith("No two models have different guesses of the 1,000 test images: ")
    assert texts.errors_by_guess(Answer("errors_by_guess", [], 0)).startswith("No variant makes an error")


def test_lines_are_of_whole_variants_with_the_most_errors(folder: Path) -> None:
    epochs = answers.epochs(folder)
    chart = charts.over_time(epochs, most=7)
    worst = max(epochs, key=lambda variant: epochs[variant][-1]["errors"])
    assert chart.rows == [[worst, row["epoch"], row["errors"]] for row in epochs[worst]]
    assert len(charts.over_time(epochs).rows) == sum(VARIANTS.values())


def test_bars_are_the_most_frequent_errors() -> None:
    rows: list[dict[str, Any]] = [
        {"variant": "a", "truth": 4, "guess": 9, "count": count} for count in range(30, 0, -1)
    ]
    chart = charts.by_guess(rows)
    assert chart.rows[0] == ["a: 4 taken for 9", 30] and len(chart.rows) == charts.MOST_BARS
    assert chart.title == "The 20 most frequent errors after the last epoch"


def receipt(path: Path, place: str) -> Path:
    content = {"mode": "online", "variant": path.parent.name, "run": "1f", "run_path": f"{place}/1f"}
    content |= {"lineage": {"input": "sample:v0"}}
    content["artifacts"] = [
        {"name": f"{kind}-a", "type": kind, "version": f"v{epoch}"}
        for epoch in (0, 1)
        for kind in ("model", "predictions")
    ]
    path.parent.mkdir()
    path.write_bytes(records.sealed(content))
    return path


def test_runs_are_those_of_the_receipts_and_in_one_project(tmp_path: Path) -> None:
    ours = receipt(tmp_path / "a" / "wandb.json", "person/mnist-viz")
    (found,) = uploaded([ours])
    assert found == ("a", "1f", "person/mnist-viz", "sample:v0", ["predictions-a:v0", "predictions-a:v1"])
    theirs = receipt(tmp_path / "b" / "wandb.json", "team/mnist-viz")
    with pytest.raises(ValueError, match=r"b/wandb.json is of a run in team/mnist-viz, .* of one in person/mnist-viz"):
        uploaded([ours, theirs])


def test_it_is_a_part_of_an_online_run_alone(finished_project: Project) -> None:
    uploads = {"upload_variant:baseline", "upload_variant:double"}
    assert finished_project.dry_run() == set()
    assert finished_project.dry_run(config=ONLINE) == {*uploads, "wandb_report", "provenance"}
    assert finished_project.dry_run(WANDB_MODE="online") == {*uploads, "wandb_report", "provenance"}
    off = [text.replace("mode: online", "mode: online, report: false") for text in ONLINE]
    assert finished_project.dry_run(config=off) == {*uploads, "provenance"}


def test_asked_for_offline_it_says_that_there_is_none(project: Project) -> None:
    outcome = project.snakemake("wandb_report")
    assert outcome.status == 0 and "no report: mode offline" in outcome.text
    results = project.folder / "demo" / "results"
    assert records.read(results / "wandb_report.json")["report"] is None and report_url(results) == ""
    assert project.dry_run("wandb_report") == set() and project.dry_run() == set()


def test_the_last_table_names_the_report(tmp_path: Path) -> None:
    assert report_url(tmp_path) == ""
    write_json(tmp_path / "wandb_report.json", {"report": {"url": "https://server/person/mnist-viz/reports/1"}})
    assert report_url(tmp_path) == "https://server/person/mnist-viz/reports/1"


def test_what_diverged_is_named_and_has_no_run(tmp_path: Path) -> None:
    path = tmp_path / "a" / "wandb.json"
    path.parent.mkdir()
    path.write_bytes(records.sealed({"mode": "online", "variant": "a", "not_uploaded": "it diverged"}))
    assert not is_uploaded(path) and is_uploaded(receipt(tmp_path / "b" / "wandb.json", "person/mnist-viz"))
    assert texts.introduction(1, "sample", ["a"]) == (
        "The predictions of 1 variant on the test images of sample, compared. a diverged; nothing here is of it."
    )
    assert ", and 2 more" not in texts.introduction(2, "sample", []) and "diverged" not in texts.introduction(
        2, "s", []
    )
    assert "9 and 2 more diverged" in texts.introduction(2, "sample", [str(number) for number in range(12)])
