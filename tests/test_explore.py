"""The explorer of tables that were made elsewhere: what is read, what is named, what is refused."""

import base64
import gzip
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from mnist_viz.explore import explore
from mnist_viz.explore.measure import measure
from mnist_viz.explore.scores import Scores
from mnist_viz.training import evaluate
from tests.conftest import PROJECT, inherited
from tests.explored import NAMES, predictions
from tests.explorer.decoded import score_columns

ENVIRONMENT = inherited(PYTHONPATH=str(PROJECT / "workflow"))
DIGITS = [str(digit) for digit in range(10)]
ABSENT = ("no column variant", "no column epoch", "no pictures")


def element(html: str, name: str) -> str:
    found = re.search(rf'<(script|template) [^>]*id="data-{name}">(?:<!--)?([^<]*?)(?:-->)?</\1>', html)
    assert found is not None, name
    return found[2]


def description(html: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(element(html, "description"))
    return found


def packed(html: str, name: str) -> bytes:
    return gzip.decompress(base64.b64decode(element(html, name)))


def scores(html: str, classes: int) -> np.ndarray:
    about = description(html)
    return score_columns(lambda name: packed(html, name), classes, about["order"], about["completed"])


def png(level: int, size: tuple[int, int] = (8, 8), mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, level if mode == "L" else (level, 0, 0)).save(file, "PNG")
    return file.getvalue()


def holds(html: str, frame: pl.DataFrame, names: tuple[str, ...] = NAMES) -> None:
    assert description(html)["classes"] == list(names)
    for column in ("truth", "guess"):
        assert [names[place] for place in packed(html, column)] == frame[column].to_list()
    expected = frame.select(each for each in frame.columns if each.startswith("score_")).to_numpy()
    assert np.abs(scores(html, len(names)) - expected).max() < 5e-5


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_file_gives_its_classes_guesses_and_scores(tmp_path: Path, ending: str) -> None:
    frame = predictions(NAMES)
    path = tmp_path / f"my model.{ending}"
    if ending == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if ending == "tsv" else ",")
    page = explore(path)
    holds(page.html, frame)
    assert description(page.html)["variants"][0]["name"] == "my model"
    assert [note.partition(":")[0] for note in sorted(page.notes)] == sorted(ABSENT)


def test_pandas_polars_and_arrow_give_the_same_page() -> None:
    frame = predictions(NAMES)
    pages = [explore(table).html for table in (frame, frame.to_arrow(), frame.to_pandas())]
    holds(pages[0], frame)
    assert pages[0] == pages[1] == pages[2]


@pytest.mark.parametrize("prefix", ["score_", "prob_", ""])
def test_scores_may_be_called_in_several_ways(prefix: str) -> None:
    page = explore(predictions(NAMES, prefix=prefix))
    assert description(page.html)["classes"] == list(NAMES)
    assert np.abs(scores(page.html, 5) - predictions(NAMES)[:, 3:].to_numpy()).max() < 5e-5


@pytest.mark.parametrize("prefix", ["logit_", "score_", ""])
def test_logits_become_probabilities(prefix: str) -> None:
    frame = predictions(NAMES, prefix=prefix)
    logits = frame.with_columns(pl.col(frame.columns[3:]).log() - 1)
    page = explore(logits)
    assert np.abs(scores(page.html, 5) - frame[:, 3:].to_numpy()).max() < 5e-5
    assert any("softmax" in note for note in page.notes)


def test_columns_may_have_their_usual_other_names() -> None:
    frame = predictions(NAMES)
    other = frame.rename({"id": "Image_ID", "truth": "label", "guess": "predicted"})
    assert explore(other).html == explore(frame).html


def test_numbers_are_taken_as_numbers_in_their_order() -> None:
    frame = predictions([str(number) for number in (2, 10, 1)])
    page = explore(frame.with_columns(pl.col("truth", "guess").cast(pl.Int64)))
    assert description(page.html)["classes"] == ["1", "2", "10"]
    assert [("1", "2", "10")[place] for place in packed(page.html, "guess")] == frame["guess"].to_list()


def test_numbers_that_pandas_made_floats_are_whole(tmp_path: Path) -> None:
    frame = predictions(DIGITS)
    frame.with_columns(pl.col("truth").cast(pl.Float64)).write_csv(tmp_path / "a.csv")
    assert packed(explore(tmp_path / "a.csv").html, "truth") == bytes(frame["truth"].cast(pl.UInt8))


@pytest.mark.parametrize("names", [("007", "012"), ("007", "7", "NA", "null")])
def test_a_class_007_is_not_7_and_na_is_a_name(tmp_path: Path, names: tuple[str, ...]) -> None:
    frame = predictions(names)
    frame.write_csv(tmp_path / "a.csv")
    holds(explore(tmp_path / "a.csv").html, frame, names)


def test_numbers_beside_names_are_places_and_a_note_says_so() -> None:
    frame = predictions(NAMES)
    places = frame.with_columns(pl.col("truth").replace_strict({name: place for place, name in enumerate(NAMES)}))
    page = explore(places)
    holds(page.html, frame)
    assert any("0 is cat" in note for note in page.notes)


def test_a_missing_guess_is_the_highest_score() -> None:
    frame = predictions(NAMES)
    page = explore(frame.drop("guess"))
    holds(page.html, frame)
    assert any("highest score is the guess" in note for note in page.notes)


def test_variants_and_epochs_are_tables_in_any_order_of_rows(tmp_path: Path) -> None:
    parts = [
        predictions(NAMES, seed=seed).with_columns(variant=pl.lit(variant), epoch=pl.lit(epoch))
        for seed, (variant, epoch) in enumerate([("b", 1), ("b", 2), ("a", 1)])
    ]
    whole = pl.concat(parts)
    whole.write_parquet(tmp_path / "whole.parquet")
    page = explore(tmp_path / "whole.parquet").html
    shuffled = pl.concat([parts[0], pl.concat(parts[1:]).sample(fraction=1, shuffle=True, seed=1)])
    assert [(each["name"], len(each["metrics"])) for each in description(page)["variants"]] == [("b", 2), ("a", 1)]
    assert description(page)["tables"] == [[0, 1], [0, 2], [1, 1]]
    assert [NAMES[place] for place in packed(page, "guess")] == whole["guess"].to_list()
    assert packed(explore(shuffled).html, "guess") == packed(page, "guess")


def test_a_folder_gives_a_variant_a_file(tmp_path: Path) -> None:
    frames = [predictions(NAMES, seed=seed) for seed in (0, 1)]
    frames[0].write_csv(tmp_path / "first.csv")
    (tmp_path / "deeper").mkdir()
    order = ["id", "truth", "guess", *(f"score_{name}" for name in reversed(NAMES))]
    frames[1].select(order).write_parquet(tmp_path / "deeper" / "second.parquet")
    page = explore(tmp_path).html
    assert [each["name"] for each in description(page)["variants"]] == ["second", "first"]
    names = description(page)["classes"]
    assert [names[place] for place in packed(page, "guess")] == pl.concat(reversed(frames))["guess"].to_list()
    by_hand = explore({"second": frames[1].select(order), "first": frames[0]}).html
    assert packed(by_hand, "guess") == packed(page, "guess")


def test_errors_and_loss_are_those_of_the_pipeline() -> None:
    frame = predictions(NAMES, rows=400)
    shares = frame[:, 3:].to_numpy()
    truth = np.array([NAMES.index(name) for name in frame["truth"]])
    expected = evaluate.measure(shares, truth)
    assert measure(Scores(shares), shares.argmax(axis=1), truth) == expected
    own = description(explore(frame).html)["variants"][0]["metrics"][0]
    assert own["errors"] == expected["errors"] and own["loss"] == pytest.approx(expected["loss"], rel=1e-5)


@pytest.mark.parametrize("kind", ["bytes", "struct", "path"])
def test_pictures_are_bytes_structs_or_paths(tmp_path: Path, kind: str) -> None:
    files = [png(4 * number) for number in range(60)]
    for number, content in enumerate(files):
        (tmp_path / f"{number}.png").write_bytes(content)
    cells = {
        "bytes": pl.Series("image", files),
        "struct": pl.Series("image", [{"bytes": content, "path": None} for content in files]),
        "path": pl.Series("file_name", [f"{number}.png" for number in range(60)]),
    }
    page = explore(predictions(NAMES).with_columns(cells[kind]), images=tmp_path if kind == "path" else None)
    assert not any("picture" in note for note in page.notes)
    about = description(page.html)
    assert (about["tiles"], about["width"], about["height"], about["lossless"]) == (1, 8, 8, True)
    with Image.open(io.BytesIO(base64.b64decode(element(page.html, "sheet-0")))) as sheet:
        pixels = np.asarray(sheet.convert("L"))
    for number in range(60):
        row, column = divmod(number, about["across"])
        assert (pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] == 4 * number).all()


def test_pictures_that_are_not_there_are_named_and_the_others_shown(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(png(200, (300, 100), "RGB"))
    (tmp_path / "damaged.png").write_bytes(png(200)[:40])
    frame = predictions(NAMES, rows=3).with_columns(file_name=pl.Series(["good.png", "lost.png", "damaged.png"]))
    page = explore(frame, images=tmp_path)
    (note,) = [note for note in page.notes if "can't be shown" in note]
    assert "2" in note and "lost.png" in note
    assert (description(page.html)["width"], description(page.html)["height"]) == (96, 32)


def test_a_table_of_wandb_is_read_with_its_media(tmp_path: Path) -> None:
    frame = predictions(NAMES, rows=3)
    (tmp_path / "media" / "images").mkdir(parents=True)
    cells = []
    for number in range(3):
        (tmp_path / "media" / "images" / f"{number}.png").write_bytes(png(80 * number))
        cells.append({"_type": "image-file", "path": f"media/images/{number}.png", "format": "png"})
    rows = [[*row, cell] for row, cell in zip(frame.iter_rows(), cells, strict=True)]
    content = {"_type": "table", "columns": [*frame.columns, "image"], "data": rows, "ncols": 9, "nrows": 3}
    (tmp_path / "predictions.table.json").write_text(json.dumps(content))
    page = explore(tmp_path)
    holds(page.html, frame)
    assert description(page.html)["variants"][0]["name"] == "predictions" and description(page.html)["tiles"] == 1
    assert not any("picture" in note for note in page.notes)


def test_the_pipelines_own_predictions_are_a_table_too(tmp_path: Path) -> None:
    frame = predictions(DIGITS).with_columns(pl.col("truth", "guess").cast(pl.UInt8))
    table = frame.to_arrow().replace_schema_metadata({"classes": json.dumps([*NAMES, *"vwxyz"])})
    page = explore(table)
    assert description(page.html)["classes"] == [*NAMES, *"vwxyz"]
    assert packed(page.html, "guess") == frame["guess"].to_numpy().tobytes()


FRAME = predictions(NAMES)
REFUSED: list[tuple[Any, str]] = [
    (FRAME.select("id", "truth", "guess"), "no scores"),
    (FRAME.head(0), "no rows"),
    (FRAME.with_columns(truth=pl.lit("horse")), "horse"),
    (FRAME.drop("truth").with_columns(label=pl.col("guess"), target=pl.col("guess")), "label, target"),
    (FRAME.with_columns(score_cat=pl.lit(float("nan"))), "score_cat holds nan in row 1"),
    (FRAME.with_columns(score_cat=pl.when(pl.col("id") != 4).then("score_cat")), "score_cat is empty in row 5"),
    (FRAME.with_columns(score_cat=pl.lit("much")), "score_cat holds"),
    (FRAME.with_columns(guess=pl.when(pl.col("id") != 4).then("guess")), "guess is empty in row 5"),
    (FRAME.with_columns(epoch=pl.lit("last")), "epoch"),
    (pl.concat([FRAME, FRAME]), "several predictions of 60 images"),
    ({"a": FRAME, "b": FRAME.head(59)}, "b after epoch 1 has no prediction of 1 images, the first of which is 59"),
    ({"a": FRAME, "b": FRAME.with_columns(truth=pl.lit("cat"))}, "differ in the truth"),
    ({"a": FRAME, "b": predictions(("cow", *NAMES[1:]))}, "not in both: ['cat', 'cow']"),
    (predictions([str(number) for number in range(1001)], rows=3), "1,001 classes"),
    (predictions(NAMES, prefix="prob_").with_columns(prob_cat=pl.lit(1.5)), "not within 0 and 1"),
    ([1, 2], "list"),
    ({}, "empty"),
    (pa.table({"x": [1]}), "it has x"),
]


@pytest.mark.parametrize(("table", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_is_missing_or_contradicts_itself_is_named(table: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        explore(table)


def test_files_that_are_no_tables_are_named(tmp_path: Path) -> None:
    for name, content in {"a.parquet": "no", "b.table.json": "{}", "c.txt": "", "d.csv": '"a\n'}.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(ValueError, match=re.escape(name)):
            explore(tmp_path / name)
    with pytest.raises(ValueError, match="does not exist"):
        explore(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no table"):
        explore(tmp_path / "empty")
    with pytest.raises(ValueError, match="is no folder"):
        explore(FRAME, images=tmp_path / "none")


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "mnist_viz.explore", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)


def test_the_command_writes_the_page_and_prints_the_notes(tmp_path: Path) -> None:
    FRAME.write_csv(tmp_path / "a.csv")
    done = run(tmp_path / "a.csv", "--output", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    holds((tmp_path / "page.html").read_text(), FRAME)
    assert all(f"note: {absent}" in done.stdout for absent in ABSENT)


def test_the_command_says_what_is_wrong_in_a_line(tmp_path: Path) -> None:
    FRAME.select("id", "truth").write_csv(tmp_path / "a.csv")
    done = run(tmp_path / "a.csv", "--output", tmp_path / "page.html")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("explore: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_the_command_does_without_pytorch() -> None:
    code = "import sys, mnist_viz.explore; assert not {'torch', 'pandas', 'polars', 'wandb'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
