"""The summary's numbers, against scipy and against definitions written out; the files as a person finds them."""

import csv
import itertools
import json
import math
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.stats

from mnist_viz.config import resolve
from mnist_viz.job import frame, records
from mnist_viz.statistics import combined, holm, mcnemar, wilson
from mnist_viz.summary import COLUMNS, Row, environments, summarise, to_csv, to_markdown
from tests.conftest import PROJECT, Project, run
from tests.explorer.generate import generate

COUNTS = [(0, 0), (0, 1), (1, 0), (5, 5), (3, 17), (38, 12), (98, 229), (1, 900)]


@pytest.mark.parametrize(("only_a", "only_b"), COUNTS)
def test_mcnemar_is_the_two_sided_binomial_test(only_a: int, only_b: int) -> None:
    expected = scipy.stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("successes", "count"), [(0, 10), (10, 10), (1, 1000), (991, 1000), (9911, 10_000), (1, 2)])
def test_wilson_is_scipys(successes: int, count: int) -> None:
    expected = scipy.stats.binomtest(successes, count).proportion_ci(method="wilson")
    assert wilson(successes / count, count) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_covers_as_often_as_it_says() -> None:
    """Of 20,000 samples of 10,000 images at 99.1 %, 95 % of the intervals hold 99.1 %."""
    draws = np.random.default_rng(0).binomial(10_000, 0.991, 20_000)
    held = [low <= 0.991 <= high for low, high in (wilson(draw / 10_000, 10_000) for draw in draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)


def closed_testing(p: list[float]) -> list[float]:
    """Holm's method by its definition: the closed test of all intersections, each by Bonferroni."""
    subsets = [subset for size in range(1, len(p) + 1) for subset in itertools.combinations(range(len(p)), size)]
    bonferroni = {subset: min(1.0, len(subset) * min(p[i] for i in subset)) for subset in subsets}
    return [max(value for subset, value in bonferroni.items() if index in subset) for index in range(len(p))]


def test_holm_is_the_closed_bonferroni_test() -> None:
    choose = random.Random(0)
    for count in range(8):
        p = [choose.choice([choose.random(), choose.random() / 100, 0.02]) for _ in range(count)]
        assert holm(p) == pytest.approx(closed_testing(p))


def test_combined_p_keeps_the_level_however_the_tests_depend() -> None:
    generator = np.random.default_rng(0)
    shared = generator.random(20_000)
    dependent = [(u, 1 - u, u) for u in shared] + [tuple(row) for row in generator.random((20_000, 3))]
    for level in (0.05, 0.2):
        for half in (dependent[:20_000], dependent[20_000:]):
            assert np.mean([combined(p) <= level for p in half]) <= level + 0.005
    assert combined([0.03]) == 0.03


def test_groups_and_reference_are_in_the_resolved_configuration() -> None:
    config = resolve({"variants": {"b": {}, "a": {"epochs": 2}}, "seeds": [3, 1]}, "c")
    assert config.groups == {"a": ["a-seed_1", "a-seed_3"], "b": ["b-seed_1", "b-seed_3"]}
    assert config.reference == "b"
    named = resolve({"variants": {"a": {}, "baseline": {}}, "sweep": {"l1_size": [8, 16]}}, "c")
    assert named.groups == {name: [name] for name in ("a", "baseline", "l1_size_16", "l1_size_8")}
    assert named.reference == "baseline"
    assert frame.group("a=a-seed_3,a-seed_1") == ("a", ["a-seed_3", "a-seed_1"])
    assert frame.group("a") == ("a", ["a"])


GROUPS = {"baseline": ["baseline-seed_0", "baseline-seed_1"], "wide": ["wide-seed_0", "wide-seed_1"]}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated tables of two groups of two replicates, the trainings recorded."""
    folder = tmp_path_factory.mktemp("results")
    names = [name for members in GROUPS.values() for name in members]
    generate(folder, dict.fromkeys(names, 2))
    for number, name in enumerate(names):
        config = json.loads((folder / name / "config.json").read_text())
        seed = number % 2
        changed = {**config, "seed": seed, "learning_rate": 0.001 * (1 + number // 2)}
        (folder / name / "config.json").write_text(json.dumps(changed))
        environment = {"device_name": "a CPU", "cpu_flags": "avx2", "precision": "float32", "threads": "2"}
        facts = {**json.loads((folder / name / "train.json").read_text()), **environment, "parameters": 1000 + number}
        facts["seconds"] = {"1": 10.0 + number, "2": 20.0}
        outputs = [folder / name / "config.json", folder / name / "history.parquet"]
        records.write(folder / name / "train.json", "train", 0.0, {}, outputs, facts)
    return folder


@pytest.fixture(scope="module")
def rows(results: Path) -> list[Row]:
    return summarise(results, GROUPS, "baseline")


def right(results: Path, variant: str) -> list[bool]:
    last = pl.read_parquet(results / variant / "predictions.parquet").filter(pl.col("epoch") == 2).sort("id")
    return (last["guess"] == last["truth"]).to_list()


def test_rows_are_what_the_tables_say(results: Path, rows: list[Row]) -> None:
    assert [row["variant"] for row in rows] == ["baseline", "wide"]
    for number, row in enumerate(rows):
        correct = [right(results, name) for name in GROUPS[row["variant"]]]
        errors = [each.count(False) for each in correct]
        assert row["errors"] == sum(errors) / 2
        assert row["errors_sd"] == pytest.approx(abs(errors[0] - errors[1]) / math.sqrt(2))
        assert row["accuracy"] == pytest.approx(1 - sum(errors) / 2000)
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
        assert row["training_seconds"] == 30.5 + 2 * number
        assert (row["seeds"], row["epochs"], row["test_images"]) == ("0 1", 2, 1000)
        assert row["parameters"] == 1000 + 2 * number
    assert rows[0]["differs_in"] == "" and rows[1]["differs_in"] == "learning_rate=0.002"
    assert rows[0]["p"] is None and rows[0]["p_holm"] is None


def test_paired_test_is_of_the_same_images_seed_by_seed(results: Path, rows: list[Row]) -> None:
    p, alone = [], []
    for ours, theirs in zip(GROUPS["wide"], GROUPS["baseline"], strict=True):
        pairs = list(zip(right(results, ours), right(results, theirs), strict=True))
        alone.append((pairs.count((True, False)), pairs.count((False, True))))
        p.append(scipy.stats.binomtest(alone[-1][0], sum(alone[-1])).pvalue)
    assert rows[1]["p"] == pytest.approx(min(1.0, 2 * sum(p) / 2))
    assert rows[1]["p_holm"] == rows[1]["p"]
    assert rows[1]["only_this_right"] == sum(ours for ours, _ in alone) / 2
    assert rows[1]["only_reference_right"] == sum(theirs for _, theirs in alone) / 2


def test_other_images_are_refused(results: Path, tmp_path: Path) -> None:
    generate(tmp_path / "other", {"wide-seed_0": 2}, images=900)
    shutil.copytree(results, tmp_path / "results")
    path = tmp_path / "results" / "wide-seed_0"
    shutil.copy(tmp_path / "other" / "wide-seed_0" / "predictions.parquet", path)
    with pytest.raises(ValueError, match="not evaluated on the same test images"):
        summarise(tmp_path / "results", GROUPS, "baseline")


def test_markdown_has_a_row_a_group_and_names_its_sources(results: Path, rows: list[Row]) -> None:
    trained = [records.read(path) for path in results.glob("*/train.json")]
    text = to_markdown(rows, "sample", environments(trained))
    table = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    assert {len(line) for line in table[:2]} == {13} and len(table) == 4
    assert table[3][:3] == ["wide", "learning_rate=0.002", "1,002"]
    assert "±" in table[2][5] and "standard deviation over the seeds" in text
    for source in ("Wilson 1927", "McNemar 1947", "Fagerland et al. 2013", "Holm 1979", "Vovk and Wang 2020"):
        assert source in text
    assert "The reference is baseline" in text
    assert "torch 2.14.1 on cpu (a CPU, avx2), float32, 2 threads." in text


def test_csv_can_be_read_back(rows: list[Row]) -> None:
    read = list(csv.DictReader(to_csv(rows).splitlines()))
    assert list(read[0]) == list(COLUMNS)
    assert float(read[1]["p"]) == rows[1]["p"] and read[0]["p"] == ""
    assert pl.read_csv(to_csv(rows).encode())["errors"].to_list() == [row["errors"] for row in rows]


def test_pipeline_writes_both_files(finished_project: Project) -> None:
    folder = finished_project.folder / "demo" / "results"
    read = {row["variant"]: row for row in csv.DictReader((folder / "summary.csv").open())}
    for variant in ("baseline", "double"):
        (metrics,) = pl.read_parquet(folder / variant / "metrics.parquet").to_dicts()
        assert float(read[variant]["errors"]) == metrics["errors"]
        assert float(read[variant]["accuracy"]) == metrics["accuracy"]
        assert read[variant]["seeds"] == "0" and read[variant]["errors_sd"] == ""
    assert float(read["double"]["p_holm"]) == float(read["double"]["p"])
    assert read["double"]["differs_in"] == "l1_size=8 l2_size=16 learning_rate=0.002"
    text = (folder / "summary.md").read_text()
    assert text.startswith("# Summary\n") and "Vovk" not in text and "±" not in text


def test_damaged_predictions_are_refused_by_name(project: Project) -> None:
    path = project.folder / "demo/results/double/predictions.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    arguments = ["--groups", "baseline", "double", "--reference", "baseline", "--results", "demo/results"]
    arguments += ["--markdown", "summary.md", "--csv", "summary.csv", "--record", "summary.json"]
    command = [sys.executable, "-m", "mnist_viz.summary", *arguments]
    outcome = run(command, project.folder, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 1
    assert outcome.text.startswith("error: demo/results/double/predictions.parquet is damaged or replaced")
    assert not (project.folder / "summary.md").exists()
