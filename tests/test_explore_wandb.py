"""The explorer of tables of W&B: those that this pipeline uploads, however many classes, and those of other runs."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from mnist_viz.explore import explore
from mnist_viz.predict import columns
from mnist_viz.store import tables
from mnist_viz.upload.artifacts import score_columns
from mnist_viz.upload.pictures import Pictures
from tests.conftest import inherited
from tests.explored import HOSTILE
from tests.test_explore import description, packed, png
from tests.test_explore import scores as all_scores

IMAGES = 60


def named(count: int) -> list[str]:
    return [HOSTILE, *(f"class {number}" for number in range(1, count))]


def artifact(folder: Path, names: Sequence[str], epoch: int = 1, rows: bool = True) -> np.ndarray:
    """A folder as an artifact of predictions is downloaded: what the upload makes of the tables that a variant has.
    Gives the scores."""
    count = len(names)
    truth = np.random.default_rng(7).integers(0, count, IMAGES).astype(np.int32)
    truth[5] = tables.MISSING
    logits = np.random.default_rng(epoch).normal(0, 1, (IMAGES, count))
    logits[np.arange(IMAGES), truth] += 6
    scores = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    made = columns("wide", [scores], truth, count) | {"epoch": pa.array(np.full(IMAGES, epoch, np.int16))}
    folder.mkdir(parents=True)
    tables.write(folder / "predictions.parquet", made, tables.predictions, "pets", names)
    pictures = [{"bytes": png(4 * number), "path": f"{number:05}.png"} for number in range(IMAGES)]
    images = {"id": np.arange(IMAGES, dtype=np.int32), "image": pictures, "truth": tables.labels(truth, count)}
    tables.write(folder / "images.parquet", images, tables.images, "pets", names)
    shown = Pictures(folder / "images.parquet", folder / "pictures")
    (folder / "images.parquet").unlink()
    shown.folder.rename(folder / "images")
    table = tables.read(folder / "predictions.parquet", tables.predictions)
    guesses, truths = (list(map(shown.named, table[name].to_pylist())) for name in ("guess", "truth"))
    extra = score_columns(table, shown)
    cells = zip(range(IMAGES), shown.cells, guesses, truths, *extra.values(), strict=True)
    content = {"_type": "table", "columns": ["id", "image", "guess", "truth", *extra], "data": list(map(list, cells))}
    (folder / "test_predictions.table.json").write_text(json.dumps(content))
    if not rows:
        (folder / "predictions.parquet").unlink()
    return scores


def classes_of(html: str, name: str) -> list[str]:
    names = description(html)["classes"]
    content = packed(html, name)
    numbers = np.frombuffer(content, np.uint8).astype(int)
    if len(names) > 255:
        high, low = numbers.reshape(2, -1)
        numbers = 256 * high + low
    return [names[number] if number < len(names) else "" for number in numbers]


def scores_of(html: str, name: str) -> np.ndarray:
    names = description(html)["classes"]
    return all_scores(html, len(names))[:, names.index(name)]


@pytest.mark.parametrize("count", [2, 10, 32, 33, 100, 101, 300])
def test_an_artifact_of_predictions_has_its_names_epochs_scores_and_pictures(tmp_path: Path, count: int) -> None:
    names = named(count)
    scores = [artifact(tmp_path / f"predictions-wide:v{epoch}", names, epoch) for epoch in (1, 2)]
    page = explore(tmp_path)
    html = page.html
    about = description(html)
    assert about["classes"] == names and about["tables"] == [[0, 1], [0, 2]] and about["tiles"] == 1
    assert [each["name"] for each in about["variants"]] == ["wide"]
    best = np.concatenate([each.argmax(axis=1) for each in scores])
    assert classes_of(html, "guess") == [names[number] for number in best]
    assert classes_of(html, "truth")[5] == "" and not any("can't be shown" in note for note in page.notes)
    assert about["top"] == (0 if count <= 100 else 10)
    bound = about["scoreError"] * 1.001
    assert bound < 2e-4
    for number in {0, int(best[0])}:
        expected = np.concatenate([each[:, number] for each in scores])
        known = scores_of(html, names[number])
        clear = best == number
        assert np.abs(known - expected)[clear].max(initial=0) < bound
        assert count > 100 or np.abs(known - expected).max() < bound


@pytest.mark.parametrize("count", [2, 10, 32, 33, 300])
def test_its_table_alone_is_enough(tmp_path: Path, count: int) -> None:
    names = named(count)
    scores = artifact(tmp_path / "a", names, rows=False)
    page = explore(tmp_path / "a" / "test_predictions.table.json")
    best = scores.argmax(axis=1)
    assert classes_of(page.html, "guess") == [names[number] for number in best]
    assert description(page.html)["tiles"] == 1
    assert description(page.html)["top"] == (0 if count <= 32 else 5)
    known = scores_of(page.html, names[int(best[0])])
    assert np.abs(known - scores[:, best[0]])[best == best[0]].max() < 5e-5
    if count <= 32:
        assert not any("numbered" in note for note in page.notes)
    else:
        assert any("5 highest scores are known" in note for note in page.notes)


def test_an_artifact_beside_a_table_with_all_scores(tmp_path: Path) -> None:
    """The one knows all scores of 40 classes, the other the five highest."""
    names = named(40)
    scores = artifact(tmp_path / "a", names)
    artifact(tmp_path / "b", names, rows=False)
    page = explore({"a": pl.read_parquet(tmp_path / "a" / "predictions.parquet").to_arrow()})
    assert description(page.html)["top"] == 0
    both = explore(tmp_path)
    assert description(both.html)["top"] == 5
    order = [description(both.html)["classes"].index(name) for name in names]
    assert len(order) == 40
    known = scores_of(both.html, names[7]).reshape(2, -1)
    assert np.abs(known[0] - scores[:, 7]).max() < 5e-5 and (known[1] > 0).sum() < IMAGES


def test_tables_of_classes_that_each_has_seen_are_united(tmp_path: Path) -> None:
    names = named(300)
    for epoch in (1, 2):
        artifact(tmp_path / f"v{epoch}", names, epoch, rows=False)
    page = explore(tmp_path)
    about = description(page.html)
    assert [each["name"] for each in about["variants"]] == ["v1_test_predictions", "v2_test_predictions"]
    assert set(about["classes"]) < set(names) and classes_of(page.html, "truth")[5] == ""


@pytest.mark.parametrize(("guesses", "words"), [(["a", "a", "b"], "a"), (["a", "b", "a"], "a, b")])
def test_numbered_scores_whose_classes_the_guesses_do_not_tell_are_refused(guesses: list[str], words: str) -> None:
    frame = pl.DataFrame({"truth": ["a", "b", "c"], "guess": guesses})
    shares = np.array([[0.8, 0.1, 0.1, 0], [0.8, 0.1, 0.1, 0], [0.1, 0.8, 0.1, 0]])
    frame = frame.with_columns(**{f"score_{number}": shares[:, number] for number in range(4)})
    with pytest.raises(ValueError, match=f"no column of scores: {words}"):
        explore(frame)


RUN = """
import json, sys
import numpy as np, wandb
names = json.loads(sys.argv[1])
run = wandb.init(project="p", dir=sys.argv[2], mode="offline", settings=wandb.Settings(console="off"))
random = np.random.default_rng(0)
columns = ["image", "label", "pred", *(f"prob_{name}" for name in names), "comment", "loss"]
table = wandb.Table(columns=columns, allow_mixed_types=True)
for number in range(9):
    shares = random.dirichlet(np.ones(len(names)))
    picture = wandb.Image(random.integers(0, 255, (20, 24, 3)).astype(np.uint8), caption=f"number {number}")
    label = names[number % len(names)] if number != 5 else None
    loss = float("nan") if number == 2 else 0.5
    row = [picture, label, names[int(shares.argmax())], *map(float, shares), number if number % 2 else "odd", loss]
    table.add_data(*row)
artifact = wandb.Artifact("predictions", "predictions")
artifact.add(table, "validation")
for name, entry in artifact.manifest.entries.items():
    print(json.dumps([name, entry.local_path]))
run.log({"val/predictions": table})
run.finish()
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What W&B's client makes of a table: `artifact`, as it would be downloaded, and `wandb`, the folder of the run."""
    folder = tmp_path_factory.mktemp("run")
    private = {f"WANDB_{name}_DIR": str(folder / name.lower()) for name in ("CACHE", "DATA", "CONFIG")}
    command = [sys.executable, "-c", RUN, json.dumps(["cat", HOSTILE, "owl"]), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=inherited(**private))
    for name, path in (json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")):
        file = folder / "artifact" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(Path(path).read_bytes())
    return folder


def test_a_table_as_the_client_writes_it_into_an_artifact(run: Path) -> None:
    assert (run / "artifact" / "validation.table.json").is_file()
    page = explore(run / "artifact")
    about = description(page.html)
    assert about["classes"] == ["cat", HOSTILE, "owl"]
    assert (about["tiles"], about["width"], about["height"]) == (1, 24, 20)
    assert classes_of(page.html, "truth") == ["cat", HOSTILE, "owl", "cat", HOSTILE, "", "cat", HOSTILE, "owl"]
    assert "columns that are not shown: comment, loss" in page.notes
    assert not any("picture" in note for note in page.notes)


def test_the_copy_of_a_table_in_a_runs_folder_has_no_pictures_and_that_is_said(run: Path) -> None:
    page = explore(run / "wandb")
    about = description(page.html)
    assert about["classes"] == ["cat", HOSTILE, "owl"] and about["images"] == 9 and about["tiles"] == 0
    assert any("no pictures: the column image is empty" in note for note in page.notes)
