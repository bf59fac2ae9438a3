"""What the explorer takes the columns of a table for: classes alone, names of any characters, numbers, no truth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from mnist_viz.explore import explore
from mnist_viz.explore.roles import ALIASES
from tests.explored import ANY, NAMES, predictions
from tests.test_explore import description, holds, packed, png, scores


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "json"])
def test_names_of_any_characters_are_kept_as_they_are(tmp_path: Path, ending: str) -> None:
    frame = predictions(ANY)
    path = tmp_path / f"a.{'table.' * (ending == 'json')}{ending}"
    if ending == "parquet":
        frame.write_parquet(path)
    elif ending == "json":
        path.write_text(wandb(frame))
    else:
        frame.write_csv(path, separator="\t" if ending == "tsv" else ",")
    page = explore(path)
    holds(page.html, frame, ANY)
    assert page.html.count("<script") == page.html.count("</script>")


def wandb(frame: pl.DataFrame) -> str:
    return json.dumps({"_type": "table", "columns": frame.columns, "data": [list(row) for row in frame.iter_rows()]})


@pytest.mark.parametrize(("role", "alias"), [(role, alias) for role, names in ALIASES.items() for alias in names])
def test_every_alias_is_its_role(role: str, alias: str) -> None:
    whole = predictions(NAMES, rows=4).with_columns(
        variant=pl.lit("mine"), epoch=pl.lit(3), image=pl.Series(["a.png", "b.png", "c.png", "d.png"])
    )
    page = explore(whole.rename({role: f" {alias.upper()} "}))
    assert description(page.html)["tables"] == [[0, 3]] and description(page.html)["variants"][0]["name"] == "mine"
    holds(page.html, whole)
    assert [note.partition(":")[0] for note in page.notes] == ["pictures that can't be shown"]


def test_several_columns_that_could_be_the_truth_are_refused_unless_one_is_called_so() -> None:
    frame = predictions(NAMES)
    both = frame.with_columns(label=pl.col("guess"), target=pl.col("guess"))
    holds(explore(both).html, frame)
    with pytest.raises(ValueError, match="label, target could each be the truth; rename"):
        explore(both.drop("truth"))


def test_classes_alone_with_truths_as_places_as_scikit_learn_has_them(tmp_path: Path) -> None:
    """`DataFrame(model.predict_proba(x), columns=names).assign(target=y).to_csv(path)`: numbers, and an index."""
    names = ("setosa", "versicolor", "virginica")
    frame = predictions(names, prefix="")
    places = {name: place for place, name in enumerate(names)}
    numbers = frame.select(*names, target=pl.col("truth").replace_strict(places))
    numbers.to_pandas().to_csv(tmp_path / "a.csv")
    page = explore(tmp_path / "a.csv")
    holds(page.html, predictions(names), names)
    assert any("of which 0 is setosa" in note for note in page.notes)
    assert not any("not shown" in note for note in page.notes)


def test_a_class_of_which_there_is_no_example_has_scores_all_the_same() -> None:
    frame = predictions(NAMES, prefix="").filter(pl.col("truth") != "dog", pl.col("guess") != "dog")
    assert len(frame) > 20
    page = explore(frame)
    assert description(page.html)["classes"] == list(NAMES)
    assert np.abs(scores(page.html, len(NAMES)) - frame[:, 3:].to_numpy()).max() < 5e-5


@pytest.mark.parametrize("prefix", ["score_", "prob_", "logit_", ""])
def test_scores_alone_are_shown_without_truth_and_guess(prefix: str) -> None:
    frame = predictions(NAMES, prefix=prefix)
    page = explore(frame.drop("truth", "guess"))
    about = description(page.html)
    assert about["classes"] == list(NAMES)
    assert packed(page.html, "truth") == bytes([len(NAMES)] * 60) and about["omitted"] == [0] * len(NAMES)
    if prefix != "logit_":
        assert [NAMES[place] for place in packed(page.html, "guess")] == frame["guess"].to_list()
    (metrics,) = about["variants"][0]["metrics"]
    assert (metrics["images"], metrics["errors"], metrics["loss"], metrics["accuracy"]) == (0, 0, None, None)
    assert any("no truth is known" in note for note in page.notes)


def test_columns_of_other_numbers_are_no_scores() -> None:
    frame = pl.DataFrame({"width": [1.5, 2.5], "height": [0.2, 0.4], "truth": ["a", "b"]})
    with pytest.raises(ValueError, match="no scores"):
        explore(frame)


def test_the_truth_of_one_table_is_that_of_the_others() -> None:
    frames = {"a": predictions(NAMES), "b": predictions(NAMES, seed=1).drop("truth")}
    page = explore(frames)
    assert [NAMES[place] for place in packed(page.html, "truth")] == frames["a"]["truth"].to_list()
    errors = [each["metrics"][0]["errors"] for each in description(page.html)["variants"]]
    truth = frames["a"]["truth"]
    assert errors == [int((each["guess"] != truth).sum()) for each in frames.values()]


def test_pictures_of_one_table_are_those_of_all() -> None:
    frames = {"a": predictions(NAMES), "b": predictions(NAMES).with_columns(image=pl.lit(png(100)))}
    page = explore(frames)
    assert description(page.html)["tiles"] == 1 and not any("pictures" in note for note in page.notes)


def test_tables_of_a_folder_that_are_no_predictions_are_left_out_and_named(tmp_path: Path) -> None:
    predictions(NAMES).write_csv(tmp_path / "mine.csv")
    pl.DataFrame({"epoch": [1, 2], "loss": [0.5, 0.4]}).write_csv(tmp_path / "history.csv")
    page = explore(tmp_path)
    holds(page.html, predictions(NAMES))
    assert any("left out" in note and "history.csv" in note for note in page.notes)
    (tmp_path / "mine.csv").unlink()
    with pytest.raises(ValueError, match=r"history\.csv has no scores"):
        explore(tmp_path)


@pytest.mark.parametrize("kind", ["pandas categorical", "polars enum", "arrow dictionary", "pandas string index"])
def test_tables_in_memory_may_hold_categories(kind: str) -> None:
    frame = predictions(NAMES)
    names = ["truth", "guess"]
    tables: dict[str, Any] = {
        "pandas categorical": lambda: frame.to_pandas().astype(dict.fromkeys(names, "category")),
        "polars enum": lambda: frame.with_columns(pl.col(names).cast(pl.Enum(NAMES))),
        "arrow dictionary": lambda: frame.with_columns(pl.col(names).cast(pl.Categorical)).to_arrow(),
        "pandas string index": lambda: frame.to_pandas().set_index(frame["truth"].to_pandas() + " x"),
    }
    holds(explore(tables[kind]()).html, frame)


@pytest.mark.parametrize("count", [100, 101, 300])
def test_of_many_classes_the_highest_scores_and_those_of_truth_and_guess_are_kept(count: int) -> None:
    names = [f"class {number}" for number in range(count)]
    frame = predictions(names, rows=50)
    shares = frame.select(pl.col("^score_.*$")).to_numpy()
    truth = np.array([names.index(name) for name in frame["truth"]])
    page = explore(frame.with_columns(guess=pl.lit(names[7])))
    about = description(page.html)
    assert about["top"] == (0 if count == 100 else 10)
    kept = scores(page.html, count)
    ranks = np.argsort(np.argsort(-shares, axis=1), axis=1)
    every = np.arange(count)
    known = (ranks < 10) | (every == truth[:, None]) | (every == 7) | (count == 100)
    assert np.abs(kept - np.where(known, shares, 0)).max() < 5e-5
    (metrics,) = about["variants"][0]["metrics"]
    likelihood = shares[np.arange(50), truth]
    assert metrics["loss"] == pytest.approx(-np.log(likelihood).mean(), rel=1e-5)
    assert metrics["errors"] == int((truth != 7).sum())
