"""The whole pipeline on pictures of the user's own: in colour, of no square, with names that are hard to write."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_viz.store import tables, tensors
from mnist_viz.store.comparisons import KINDS
from tests.conftest import SMALL, Outcome, Project, copy_project, run
from tests.pictures import classes
from tests.stages import everything

NAMES = ["2", "10", 'a "dog"', "cat <é> &amp;", "z | *b* $x_1$ \\ `c`\nline \u202e"]


def python(project: Project, *arguments: str) -> Outcome:
    return run([sys.executable, *arguments], project.folder, PYTHONPATH=str(project.folder / "workflow"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path, list[str]]:
    """A project in which everything was made of a folder of classes, that folder, and the configuration."""
    folder = tmp_path_factory.mktemp("own")
    path = classes(folder / "pets", {name: 15 + len(name) % 7 for name in NAMES}, size=(22, 14))
    project = copy_project(folder / "project")
    config = [f"dataset={{name: pets, path: {path}}}", *SMALL[1:]]
    outcome = project.snakemake(config=config)
    assert outcome.status == 0, outcome.text
    return project, path, config


def test_every_stage_has_run_and_verify_finds_all_intact(made: tuple[Project, Path, list[str]]) -> None:
    project, _, config = made
    assert project.dry_run(config=config) == set()
    said = python(project, "-m", "mnist_viz.verify")
    assert said.status == 0, said.text
    assert not (project.folder / "results").exists() and not (project.folder / "demo").exists()


def test_names_are_in_tables_weights_and_records(made: tuple[Project, Path, list[str]]) -> None:
    results = made[0].folder / "own" / "pets" / "results"
    assert pl.read_parquet(results / "classes.parquet")["name"].to_list() == NAMES
    for table in ("predictions", "metrics", "history"):
        assert tables.classes(results / "double" / f"{table}.parquet") == tuple(NAMES)
    about = tensors.read(results / "double" / "checkpoints" / "epoch_001.safetensors")[1]
    assert json.loads(about["classes"]) == NAMES and json.loads(about["shape"]) == [3, 14, 22]
    for record in ("data.json", "double/train.json", "double/predict.json"):
        assert json.loads((results / record).read_text())["classes"] == NAMES
    predictions = pl.read_parquet(results / "double" / "predictions.parquet")
    assert predictions.columns[5:] == [f"score_{number}" for number in range(len(NAMES))]


def test_every_table_and_file_of_tensors_has_the_names(made: tuple[Project, Path, list[str]]) -> None:
    """But for the state of a training, which only that training reads."""
    own = made[0].folder / "own" / "pets"
    assert {tables.classes(path) for path in own.rglob("*.parquet")} == {tuple(NAMES)}
    files = [path for path in own.rglob("*.safetensors") if path.name != "state.safetensors"]
    assert {path.name for path in files} >= {"train.safetensors", "test.safetensors", "epoch_001.safetensors"}
    assert {tensors.read(path)[1]["classes"] for path in files} == {json.dumps(NAMES, ensure_ascii=False)}


def test_the_tables_of_weights_and_biases_show_names(made: tuple[Project, Path, list[str]]) -> None:
    found = [*(made[0].folder / "own" / "pets" / "results" / "wandb").rglob("*.table.json")]
    assert found
    texts = {str(cell) for file in found for row in json.loads(file.read_text())["data"] for cell in row}
    assert {*NAMES} <= texts


def test_the_explorer_and_the_crate_hold_names_as_data(made: tuple[Project, Path, list[str]]) -> None:
    results = made[0].folder / "own" / "pets" / "results"
    page = (results / "explorer.html").read_text()
    assert "cat <é>" not in page and "&amp;amp;" not in page
    crate = json.loads((results / "provenance" / "ro-crate-metadata.json").read_text())
    (dataset,) = [entity for entity in crate["@graph"] if entity["@id"] == "#dataset"]
    digest = json.loads((results / "data.json").read_text())["dataset_sha256"]
    assert dataset["name"] == "pets" and dataset["identifier"] == f"sha256:{digest}"
    assert dataset["description"].endswith("pictures of 5 classes")


def test_the_comparison_shows_names(made: tuple[Project, Path, list[str]]) -> None:
    results = "own/pets/results"
    said = python(made[0], "-m", "mnist_viz.compare", "baseline:1", "double:1", "--results", results)
    assert said.status == 0 and "McNemar" in said.text
    for name in KINDS:
        path = made[0].folder / results / "comparison" / f"{name}.parquet"
        assert tables.classes(path) == tuple(NAMES)


@pytest.mark.parametrize("count", [2, 300])
def test_few_and_many_classes(tmp_path: Path, count: int) -> None:
    """Of Parquet, with a truth that is not known, and with a map; of two classes a test split of five pictures."""
    random = np.random.default_rng(0)
    (tmp_path / "p").mkdir()
    for split in ("train", "test"):
        size = 5 if (count, split) == (2, "test") else 2 * count + 4
        labels: list[int | None] = [number % count for number in range(size)]
        labels[3] = None
        images = [ppm(random.integers(0, 256, (9, 9), np.uint8)) for _ in labels]
        table = pa.table({"image": images, "label": labels})
        pq.write_table(table, tmp_path / "p" / f"{split}.parquet")
    project = copy_project(tmp_path / "project")
    config = [f"dataset={{name: many, path: {tmp_path / 'p'}}}", *SMALL[1:], "explorer={map: true}"]
    outcome = project.snakemake(config=config)
    assert outcome.status == 0, outcome.text
    assert project.dry_run(config=config) == set()
    said = python(project, "-m", "mnist_viz.verify")
    assert said.status == 0, said.text
    results = project.folder / "own" / "many" / "results" / "double"
    assert pl.read_parquet(results / "predictions.parquet")["truth"].null_count() == 1
    assert pl.read_parquet(results / "metrics.parquet")["images"].item() == size - 1
    errors = pl.read_parquet(results / "metrics.parquet")["errors"].item()
    by_guess = pl.read_parquet(results.parent / "comparison" / "errors_by_guess.parquet")
    assert by_guess.filter(pl.col("variant").cast(str) == "double")["count"].sum() == errors
    assert pl.read_parquet(results.parent / "baseline" / "map.parquet").height == size
    assert 'id="data-map_0"' in (results.parent / "explorer.html").read_text()


def test_touched_files_rerun_nothing_however_large(made: tuple[Project, Path, list[str]]) -> None:
    """Pictures and splits; Snakemake compares contents up to a size alone."""
    project, path, config = made
    project.edit("profiles/default/config.yaml", lambda text: text.replace("size: 1000000000", "size: 1"))
    for file in [*path.rglob("*.png"), *(project.folder / "own" / "pets" / "resources").rglob("*.safetensors")]:
        os.utime(file)
    assert project.dry_run(config=config) == set()
    assert project.snakemake("train", config=config).jobs() == set()


@pytest.mark.parametrize(
    ("file", "text", "replacement"),
    [
        ("pictures", "Resampling.BILINEAR", "Resampling.BICUBIC"),
        ("folders", 'LABELS = ("label"', 'LABELS = ("name", "label"'),
        ("order", "images * share + 0.5", "images * share + 0.4"),
    ],
)
def test_other_code_that_reads_pictures_reruns_everything(
    made: tuple[Project, Path, list[str]], file: str, text: str, replacement: str
) -> None:
    project, _, config = made
    place = f"workflow/mnist_viz/datasets/own/{file}.py"
    project.edit(place, lambda source: source.replace(text, replacement))
    assert project.dry_run(config=config) == everything("baseline", "double")
    project.edit(place, lambda source: source.replace(replacement, text))
    assert project.dry_run(config=config) == set()


def ppm(image: np.ndarray) -> bytes:
    height, width = image.shape
    return f"P5 {width} {height} 255\n".encode() + image.tobytes()


def test_a_changed_picture_reruns_everything_and_it_back_nothing(made: tuple[Project, Path, list[str]]) -> None:
    project, path, config = made
    file = path / "2" / "0.png"
    before = file.read_bytes()
    file.write_bytes((path / "2" / "1.png").read_bytes())
    assert project.dry_run(config=config) == everything("baseline", "double")
    file.write_bytes(before)
    assert project.dry_run(config=config) == set()
