"""The tables of a comparison of any classes: their names, images of no known truth, many classes, variants that
diverged; and what the report says of them."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from mnist_viz.comparison.build import Counts, build
from mnist_viz.predict import columns
from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.upload.pictures import shown
from mnist_viz.wandb_report import answers, charts, texts
from mnist_viz.wandb_report.answers import Answer, Pair

NAMES = ["cat", "a < b", "dog"]
TRUTH = [0, 1, 2, tables.MISSING, 0, tables.MISSING]
GUESSES = {"a": [[1, 1, 0, 2, 1, 0], [0, 1, 1, 2, 1, 0]], "b": [[0, 2, 2, 1, 1, 0]]}


def predicted(folder: Path, variant: str, scores: list[np.ndarray], truth: list[int], names: list[str]) -> None:
    path = folder / variant / "predictions.parquet"
    table = columns(variant, scores, np.array(truth, np.int32), len(names))
    tables.write(path, table, tables.predictions, "pets", names)


def likely(guess: list[int], classes: int) -> np.ndarray:
    """Scores [N, K] whose highest is of the guess."""
    return np.eye(classes, dtype=np.float32)[guess] * np.float32(0.7) + np.float32(0.3 / classes)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two variants of three classes with names; of two images the truth is not known."""
    folder = tmp_path_factory.mktemp("results")
    for variant, guesses in GUESSES.items():
        predicted(folder, variant, [likely(guess, 3) for guess in guesses], TRUTH, NAMES)
    build(folder, {"a": ["a"], "b": ["b"]}, "a", folder)
    return folder


def test_files_have_the_names_of_the_classes_and_the_types_of_their_number(results: Path, tmp_path: Path) -> None:
    for name in KINDS:
        path = results / f"{name}.parquet"
        assert json.loads(pq.read_schema(path).metadata[b"classes"]) == NAMES
        assert tables.dataset(path) == "pets" and len(tables.read(path, KINDS[name])) > 0
    for variant, guess in (("a", [0, 299]), ("b", [299, 0])):
        predicted(tmp_path, variant, [likely(guess, 300)], [5, 299], list(map(str, range(300))))
    build(tmp_path, {"a": ["a"], "b": ["b"]}, "a", tmp_path)
    types = {name: pl.read_parquet_schema(tmp_path / f"{name}.parquet") for name in KINDS}
    assert {types["disagreements"][name] for name in ("truth", "a_guess", "b_guess")} == {pl.UInt16}
    assert types["errors_by_guess"]["guess"] == types["errors_by_guess"]["truth"] == pl.UInt16
    assert pl.read_parquet_schema(results / "errors_by_guess.parquet")["guess"] == pl.UInt8


def test_images_without_a_truth_are_shown_and_never_counted(results: Path) -> None:
    disagreements = pl.read_parquet(results / "disagreements.parquet").with_columns(pl.col("pair").cast(str))
    rows = disagreements.select("pair", "id", "truth", "a_guess", "b_guess").sort("pair", "id").rows()
    assert rows == [
        ("a:1 a:2", 0, 0, 1, 0),
        ("a:1 a:2", 2, 2, 0, 1),
        ("a:2 b:1", 1, 1, 1, 2),
        ("a:2 b:1", 2, 2, 1, 2),
        ("a:2 b:1", 3, None, 2, 1),
    ]
    course = pl.read_parquet(results / "errors_over_time.parquet").with_columns(pl.col("variant").cast(str))
    assert course.rows() == [
        ("a", 1, 3, [], [], [0, 2, 4]),
        ("a", 2, 2, [0], [], [2, 4]),
        ("b", 1, 2, [], [], [1, 4]),
    ]
    by_guess = pl.read_parquet(results / "errors_by_guess.parquet").with_columns(pl.col("variant").cast(str))
    assert by_guess.rows() == [
        ("a", 1, 0, 1, [4]),
        ("a", 1, 2, 1, [2]),
        ("b", 1, 0, 1, [4]),
        ("b", 2, 1, 1, [1]),
    ]


@pytest.mark.parametrize("classes", [2, 100, 101, 1000])
def test_scores_of_both_are_those_of_the_predictions(tmp_path: Path, classes: int) -> None:
    logits = np.random.default_rng(0).normal(size=(2, 40, classes)) * 3
    scores = (np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)).astype(np.float32)
    for variant, own in zip("ab", scores, strict=True):
        predicted(tmp_path, variant, [own], [0] * 40, [f"class {number}" for number in range(classes)])
    build(tmp_path, {"a": ["a"], "b": ["b"]}, "a", tmp_path)
    found = pl.read_parquet(tmp_path / "disagreements.parquet").sort("id")
    assert len(found) > 0 and len(found.columns) == 6 + 2 * (classes if classes <= 100 else 2)
    dense = []
    for side, own in zip("ab", scores, strict=True):
        rows = found["id"].to_numpy()
        if classes <= 100:
            shares = found.select(f"{side}_score_{number}" for number in range(classes)).to_numpy()
        else:
            shares = np.zeros((len(found), classes), np.float32)
            for row, (tops, values) in enumerate(found.select(f"{side}_top_class", f"{side}_top_score").rows()):
                assert len(tops) == 10 and tops == np.argsort(-own[rows[row]], kind="stable")[:10].tolist()
                shares[row, tops] = values
        wanted = own[rows] * (
            own[rows] >= -np.sort(-own[rows], axis=1)[:, [min(classes, 10 if classes > 100 else 100) - 1]]
        )
        assert np.array_equal(shares, wanted)
        dense.append(shares)
    apart = np.abs(dense[0] - dense[1]).sum(axis=1) / 2
    assert found["distance"].to_numpy() == pytest.approx(apart, abs=1e-6)


@pytest.mark.parametrize("classes", [3, 300])
def test_nothing_is_of_variants_that_diverged(tmp_path: Path, classes: int) -> None:
    names = list(map(str, range(classes)))
    for variant in ("a-0", "a-1", "b-0", "b-1"):
        epochs = 0 if variant in ("a-1", "b-0") else 2
        scores = [likely([epoch, 1], classes) for epoch in range(epochs)]
        predicted(tmp_path, variant, scores, [0, 0], names)
    groups = {"a": ["a-0", "a-1"], "b": ["b-0", "b-1"]}
    assert build(tmp_path, groups, "a", tmp_path, {"a-1", "b-0"}) == Counts(1, 1, 4, 2)
    course = pl.read_parquet(tmp_path / "errors_over_time.parquet")["variant"].cast(str)
    assert course.to_list() == ["a-0", "a-0", "b-1", "b-1"]
    assert build(tmp_path, groups, "a", tmp_path, {*groups["a"], *groups["b"]}) == Counts(0, 0, 0, 0)
    for name in KINDS:
        assert len(tables.read(tmp_path / f"{name}.parquet", KINDS[name])) == 0
        assert answers.worst(tmp_path, name) == Answer(name, [], 0)
    with pytest.raises(ValueError, match=r"b-0/predictions.parquet has no rows, and its record does not say"):
        build(tmp_path, groups, "a", tmp_path)


def test_the_report_shows_names(results: Path) -> None:
    rows = answers.worst(results, "errors_by_guess").rows
    assert [(row["truth"], row["guess"]) for row in rows] == [
        ("cat", "a < b"),
        ("dog", "a < b"),
        ("cat", "a < b"),
        ("a < b", "dog"),
    ]
    assert charts.by_guess(rows).rows[0] == ["a: cat taken for a < b", 1]
    said = texts.errors_by_guess(answers.worst(results, "errors_by_guess"))
    assert said.startswith("The most frequent error is of a, which takes cat for a < b on 1 image.")
    found = {row["id"]: row for row in answers.worst(results, "disagreements").rows if row["pair"] == "a:2 b:1"}
    assert [found[3][name] for name in ("truth", "a_guess", "b_guess")] == [None, "dog", "a < b"]


def test_the_report_does_not_count_images_without_a_truth(results: Path) -> None:
    pairs = answers.pairs(results)
    assert pairs == [Pair("a:1", "a:2", 2, 0, 1, 0), Pair("a:2", "b:1", 3, 1, 1, 1)]
    said = texts.disagreements(pairs, Answer("disagreements", [{}] * 5, 5), 6, "a")
    assert "on 3 images of 6: 1 only a:2 gets right, 1 only b:1, 0 neither; of 1 the truth is not known. " in said


def test_classes_are_numbers_where_all_names_are() -> None:
    assert shown(["0", "1", "2"]) == [0, 1, 2]
    assert shown(["0", "one"]) == ["0", "one"] and shown(["1", "0"]) == ["1", "0"]
