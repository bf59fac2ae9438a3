"""A variant that diverged, beside others: all is made of the others, and everything says of it what it has, and why."""

import csv
import json
import sys
from pathlib import Path

import polars as pl
import pytest

from mnist_viz import overview, summary
from mnist_viz.compare import compare, load
from mnist_viz.comparison.build import build as build_comparison
from mnist_viz.explorer import build
from mnist_viz.explorer.collect import collect
from mnist_viz.job import divergence, records
from mnist_viz.job.divergence import Divergence
from mnist_viz.upload import diverged
from tests.conftest import PROJECT, Project, run
from tests.diverged import REASON, diverge
from tests.explorer.generate import generate

NAMES = ["a-seed_0", "a-seed_1", "a-seed_2", "b-seed_0", "b-seed_1", "b-seed_2", "c"]
GROUPS = {"a": NAMES[:3], "b": NAMES[3:6]}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results in which one replicate of a diverged at once, one of b after an epoch, and c. Not to be changed."""
    folder = tmp_path_factory.mktemp("results")
    generate(folder, dict.fromkeys(NAMES, 3), images=300)
    for number, name in enumerate(NAMES):
        path = folder / name / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "seed": number % 3, "learning_rate": 0.001}))
        facts = {"variant": name, "dataset": "sample", "parameters": 9, "seconds": {"1": 1.0, "2": 1.0, "3": 1.0}}
        facts |= {"torch": "2", "device": "cpu", "device_name": "", "cpu_flags": "", "precision": "", "threads": 1}
        records.write(folder / name / "train.json", "train", 0.0, {}, [path, folder / name / "history.parquet"], facts)
    diverge(folder / "a-seed_1", 0)
    diverge(folder / "b-seed_2", 1)
    diverge(folder / "c", 2)
    return folder


def test_records_tell_which_and_why(results: Path) -> None:
    found = divergence.among(results, NAMES)
    assert found == {
        name: Divergence(REASON, epochs, 9) for name, epochs in (("a-seed_1", 0), ("b-seed_2", 1), ("c", 2))
    }


def test_means_over_seeds_leave_out_those_that_diverged_and_say_so(results: Path) -> None:
    whole = {
        name: [member for member in members if member not in divergence.among(results, members)]
        for name, members in GROUPS.items()
    }
    rows = summary.summarise(results, GROUPS, "a")
    kept = {row["variant"]: row for row in summary.summarise(results, {"a": whole["a"], "b": whole["b"]}, "a")}
    same = ("errors", "errors_sd", "accuracy", "accuracy_low", "training_seconds", "seeds", "test_images")
    for row in rows:
        assert {name: row[name] for name in same} == {name: kept[row["variant"]][name] for name in same}
    assert [(row["seeds"], row["seeds_diverged"]) for row in rows] == [("0 2", "1"), ("0 1", "2")]
    assert rows[1]["diverged"] == f"b-seed_2: 1 of 9 epochs: {REASON}"
    text = summary.to_markdown(rows, "sample", [])
    assert f"- b diverged, and no number is of that: b-seed_2: 1 of 9 epochs: {REASON}." in text
    assert "| 0 1; diverged: 2 |" in text


def test_replicates_are_paired_where_both_have_a_last_epoch(results: Path) -> None:
    """Seed 1 of a and seed 2 of b have none: seed 0 alone is a pair."""
    rows = summary.summarise(results, GROUPS, "a")
    (alone,) = summary.summarise(results, {"a": ["a-seed_0"], "b": ["b-seed_0"]}, "a")[1:]
    names = ("p", "p_holm", "only_this_right", "only_reference_right")
    assert {name: rows[1][name] for name in names} == {name: alone[name] for name in names}


def test_one_without_a_last_epoch_is_a_row_without_numbers(results: Path) -> None:
    groups = {"a-seed_0": ["a-seed_0"], "b-seed_0": ["b-seed_0"], "c": ["c"]}
    rows = {row["variant"]: row for row in summary.summarise(results, groups, "a-seed_0")}
    numbers = ("errors", "accuracy", "training_seconds", "p", "p_holm", "only_this_right", "test_images")
    assert all(rows["c"][name] is None for name in numbers)
    assert rows["c"]["diverged"] == f"2 of 9 epochs: {REASON}" and rows["c"]["epochs"] == 3
    assert rows["b-seed_0"]["p_holm"] == rows["b-seed_0"]["p"]  # one comparison, not two
    read = list(csv.DictReader(summary.to_csv([*rows.values()]).splitlines()))
    assert read[2]["errors"] == "" and read[2]["diverged"] == rows["c"]["diverged"]


@pytest.mark.parametrize("groups", [{"c": ["c"], "a-seed_0": ["a-seed_0"]}, {"c": ["c"]}])
def test_a_reference_that_diverged_is_compared_with_nothing(results: Path, groups: dict[str, list[str]]) -> None:
    rows = summary.summarise(results, groups, "c")
    assert all(row["p"] is None for row in rows)
    text = summary.to_markdown(rows, "sample", [])
    assert "The reference is c" in text and "It diverged, so no other is compared with it." in text
    assert ("Every variant diverged." in text) == (len(groups) == 1)


def test_overview_names_them(results: Path) -> None:
    shown = overview.show(results, NAMES)
    assert f"diverged  a-seed_1  0 of 9 epochs: {REASON}" in shown
    assert sum(line.startswith("c ") for line in shown.splitlines()) == 2
    assert overview.show(results, ["a-seed_1"]).strip() == f"diverged  a-seed_1  0 of 9 epochs: {REASON}"


def test_end_of_a_run_names_each_once(results: Path) -> None:
    made = [results / name / f"{stage}.json" for name in NAMES for stage in ("train", "predict")]
    lines = divergence.end_of_run(made).splitlines()
    assert lines[0] == "3 variants diverged; all else is made:"
    assert [line.split()[0] for line in lines[1:4]] == ["a-seed_1", "b-seed_2", "c"]
    assert divergence.end_of_run(results / name / "predict.json" for name in GROUPS["a"][:1]) == ""


def test_compare_says_what_there_is(results: Path) -> None:
    told = Divergence(REASON, 2, 9)
    printed = compare(load(results, "a-seed_0:3"), load(results, "c:2"))
    assert printed.startswith(f"c:2 is of a variant that diverged, with {told}\n")
    assert "diverged" not in compare(load(results, "a-seed_0:3"), load(results, "b-seed_0:3"))
    with pytest.raises(ValueError, match=f"c has no predictions after epoch 3; it has those after 1, 2: it .*{told}"):
        load(results, "c:3")
    with pytest.raises(ValueError, match="a-seed_1 has no predictions after epoch 1; it has none: it diverged"):
        load(results, "a-seed_1:1")


def test_explorer_has_the_epochs_that_there_are(results: Path, tmp_path: Path) -> None:
    found = collect(results, NAMES)
    owners = [NAMES[variant] for variant, _ in found.tables]
    assert {name: owners.count(name) for name in NAMES} == {
        **dict.fromkeys(NAMES, 3),
        "a-seed_1": 0,
        "b-seed_2": 1,
        "c": 2,
    }
    assert found.guess.shape == (len(owners), 300) and found.scores.shape == (10, len(owners), 300)
    assert found.variants[1]["predict"]["diverged"] == {"reason": REASON, "epochs": 0, "of": 9}
    assert found.variants[1]["history"]["step"] == found.variants[1]["metrics"] == []
    build(results, NAMES, tmp_path / "explorer.html")
    for file in ("curves.svg", "metrics.html"):
        text = (tmp_path / file).read_text()
        assert f"c{' (' if file == 'curves.svg' else ''}" in text and f"diverged, with 2 of 9 epochs: {REASON}" in text


def test_explorer_of_none_but_such_variants_is_made(results: Path, tmp_path: Path) -> None:
    build(results, ["a-seed_1"], tmp_path / "explorer.html")
    assert "no epoch" in (tmp_path / "curves.svg").read_text()


def test_receipt_says_that_nothing_is_uploaded_and_why(results: Path) -> None:
    told = diverged.told(results, "c", "online")
    assert told is not None and list(told.inputs) == [results / "c" / "predict.json"]
    assert REASON in told.facts["not_uploaded"] and told.facts["mode"] == "online" and "streamed_run" not in told.facts
    assert diverged.told(results, "a-seed_0", "online") is None


def test_a_run_ends_with_1_and_the_names_where_there_is_nothing_to_do(project: Project) -> None:
    folder = project.folder / "demo" / "results" / "double"
    path = folder / "predict.json"
    content = records.read(path) | {"diverged": Divergence(REASON, 0, 1)._asdict()}
    path.write_bytes(records.sealed(content))
    for target in ("predict", "demo/results/double/predictions.parquet"):
        outcome = project.snakemake(target)
        assert outcome.status == 1 and "Nothing to be done" in outcome.text
        assert f"1 variant diverged; all else is made:\ndouble  0 of 1 epochs: {REASON}\n" in outcome.text
        assert "Traceback" not in outcome.text and "File " not in outcome.text
    assert project.snakemake("predict", "-n").status == 0
    for target in ("train", "data", "demo/results/baseline/predictions.parquet"):
        assert project.snakemake(target).status == 0


def test_comparison_is_of_those_that_have_a_last_epoch(results: Path, tmp_path: Path) -> None:
    diverged = divergence.among(results, NAMES)
    build_comparison(results, GROUPS, "a", tmp_path, diverged)
    pairs = pl.read_parquet(tmp_path / "disagreements.parquet")["pair"].cast(str).unique(maintain_order=True)
    assert pairs.to_list() == [
        "a-seed_0:1 a-seed_0:3",
        "a-seed_0:3 b-seed_0:3",
        "a-seed_2:1 a-seed_2:3",
    ]  # not of b-seed_1, whose reference diverged, nor of b-seed_2
    for name in ("errors_over_time", "errors_by_guess"):
        found = set(pl.read_parquet(tmp_path / f"{name}.parquet")["variant"].cast(str))
        assert found == set(NAMES) - diverged.keys()


def test_comparison_of_none_but_such_variants_is_empty(results: Path, tmp_path: Path) -> None:
    told = ["--groups", "c", "a=a-seed_1", "--reference", "c", "--folder", str(tmp_path)]
    command = [sys.executable, "-m", "mnist_viz.comparison", "--results", str(results), *told]
    outcome = run([*command, "--record", str(tmp_path / "c.json")], tmp_path, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 0 and "; without c, a-seed_1, which diverged" in outcome.text, outcome.text
    assert [len(pl.read_parquet(path)) for path in tmp_path.glob("*.parquet")] == [0, 0, 0]
    assert records.read(tmp_path / "c.json")["variants_diverged"].keys() == {"c", "a-seed_1"}
