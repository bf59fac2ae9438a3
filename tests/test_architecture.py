"""docs/architecture.md: its map is that of the package, and what it says of how to add something holds."""

import json
import re
import sys

import polars as pl
import pytest

from mnist_viz.job import records
from mnist_viz.store import tensors
from mnist_viz.store.formats import FORMATS
from tests.conftest import PROJECT, SMALL, Outcome, Project, run
from tests.documents import edits
from tests.stages import after
from tests.test_structure import graph

PAGE = "docs/architecture.md"
PACKAGE = "workflow/mnist_viz"
BOTH = ("baseline", "double")
ROWS = re.findall(r"^\| `(.*?)/` \|.*\| (.*?) ?\|$", (PROJECT / PAGE).read_text(), re.MULTILINE)


def python(project: Project, *arguments: str) -> Outcome:
    return run([sys.executable, *arguments], project.folder, PYTHONPATH=str(project.folder / "workflow"))


def test_map_names_every_folder_of_the_package_and_no_other() -> None:
    package = PROJECT / PACKAGE
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    folders = {parent for path in files for parent in path.relative_to(package).parents if parent.parts}
    assert sorted(name for name, _ in ROWS) == sorted(folder.as_posix() for folder in folders)


def test_folders_import_what_the_map_says() -> None:
    imported = graph(PROJECT / PACKAGE)
    for name, others in ROWS:
        if "/" not in name:
            assert imported[name] == set(filter(None, others.split(", "))), name


@pytest.fixture
def with_stage(project: Project) -> Project:
    """The finished project with the stage that the page adds."""
    for edit in edits(PAGE, "How to add a stage"):
        edit.make(project)
    return project


def test_a_stage_is_its_own_files_a_row_and_two_lines() -> None:
    shown = edits(PAGE, "How to add a stage")
    own = [edit.path for edit in shown if not edit.before]
    assert own == [f"{PACKAGE}/unsolved.py", "workflow/rules/unsolved.smk"]
    assert [edit.path for edit in shown if edit.before] == [f"{PACKAGE}/stages.py", "Snakefile", "Snakefile"]
    assert all(edit.code.count("\n") == 1 for edit in shown if edit.path == "Snakefile")


@pytest.mark.parametrize("heading", ["How to add a model", "How to add a stage"])
def test_files_that_the_page_shows_pass_the_linters(project: Project, heading: str) -> None:
    shown = edits(PAGE, heading)
    for edit in shown:
        edit.make(project)
    python_files, rules = ([edit.path for edit in shown if edit.path.endswith(ending)] for ending in (".py", ".smk"))
    for command in (["ruff", "check", *python_files], ["ruff", "format", "--check", *python_files]):
        outcome = run([sys.executable, "-m", *command], project.folder)
        assert outcome.status == 0, outcome.text
    outcome = run([sys.executable, "-m", "snakefmt", "--check", "Snakefile", *rules], project.folder)
    assert outcome.status == 0, outcome.text


def test_an_added_stage_runs_and_is_known_to_verify_and_provenance(with_stage: Project) -> None:
    assert with_stage.dry_run() == {"unsolved", "provenance"}
    outcome = with_stage.snakemake()
    assert outcome.status == 0, outcome.text
    assert with_stage.dry_run() == set()

    results = with_stage.folder / "demo" / "results"
    rows = pl.concat(pl.read_parquet(results / name / "predictions.parquet") for name in BOTH)
    wrong = rows.filter(pl.col("guess") != pl.col("truth")).group_by("id").len().filter(pl.col("len") == len(BOTH))
    ids = pl.read_csv(results / "unsolved.csv")["id"].to_list()
    assert ids and ids == sorted(wrong["id"].to_list())
    record = records.read(results / "unsolved.json")
    assert record["key"]["config"] == {"variants": list(BOTH)}
    assert record["key"]["formats"] == {"predictions": FORMATS["predictions"]}

    entities = json.loads((results / "provenance" / "ro-crate-metadata.json").read_text())["@graph"]
    (tool,) = [entity for entity in entities if entity.get("name") == "mnist_viz.unsolved"]
    assert tool["description"] == "List the test images that no variant gets right."
    jobs = [entity for entity in entities if entity.get("instrument") == {"@id": tool["@id"]}]
    assert [job["name"] for job in jobs] == ["unsolved"]

    said = python(with_stage, "-m", "mnist_viz.verify", "demo")
    assert said.status == 0 and "intact    demo/results/unsolved.csv  (unsolved)" in said.text
    (results / "unsolved.csv").write_text("id\n")
    said = python(with_stage, "-m", "mnist_viz.verify", "demo")
    assert said.status == 1 and "changed   demo/results/unsolved.csv  (unsolved)" in said.text
    assert "--force demo/results/unsolved.json" in said.text


def test_an_added_stage_is_keyed_like_the_others(with_stage: Project) -> None:
    assert with_stage.snakemake("unsolved").status == 0
    with_stage.edit(f"{PACKAGE}/unsolved.py", lambda text: text.replace("sorted(set", "list(set"))
    assert with_stage.dry_run("unsolved") == {"unsolved"}


def test_an_added_model_trains_and_predicts_and_retrains_no_other(project: Project) -> None:
    for edit in edits(PAGE, "How to add a model"):
        edit.make(project)
    project.edit(
        f"{PACKAGE}/training/models/__init__.py", lambda text: text.replace('("network",)', '("network", "linear")')
    )
    config = [*SMALL, "variants={linear: {model: linear}}"]
    assert project.dry_run(config=config) == after("train", "linear")
    outcome = project.snakemake("predict", config=config)
    assert outcome.status == 0, outcome.text

    folder = project.folder / "demo" / "results" / "linear"
    weights, _ = tensors.read(folder / "checkpoints" / "epoch_001.safetensors")
    assert weights.keys() == {"linear.weight", "linear.bias"}
    assert pl.read_parquet(folder / "metrics.parquet")["errors"].item() < 300  # of 1,000
    assert project.dry_run("predict", config=config) == set()


def test_another_model_for_all_is_trained_for_all(project: Project) -> None:
    for edit in edits(PAGE, "How to add a model"):
        edit.make(project)
    project.edit(
        f"{PACKAGE}/training/models/__init__.py", lambda text: text.replace('("network",)', '("network", "linear")')
    )
    config = [text.replace("defaults={", "defaults={model: linear, ") for text in SMALL]
    assert project.dry_run(config=config) == after("train", *BOTH)
    assert "model was None, is linear" in project.snakemake("-n", config=config).text


def test_an_added_column_needs_a_version_and_reruns_what_writes_it(project: Project) -> None:
    for edit in edits(PAGE, "How to add a column"):
        edit.make(project)
    project.edit(
        f"{PACKAGE}/store/formats.py",
        lambda text: text.replace(f'"metrics": {FORMATS["metrics"]},', f'"metrics": {FORMATS["metrics"] + 1},'),
    )
    assert project.dry_run() == after("predict", *BOTH)
    outcome = project.snakemake("predict")
    assert outcome.status == 0, outcome.text
    table = pl.read_parquet(project.folder / "demo" / "results" / "double" / "metrics.parquet")
    assert 0 <= table["sure_errors"].item() <= table["errors"].item()


def test_an_added_key_reruns_nothing_until_it_has_another_value(project: Project) -> None:
    for edit in edits(PAGE, "How to add a key"):
        edit.make(project)
    assert project.dry_run() == set()
    (variant,) = (text for text in SMALL if text.startswith("variants"))
    other = [*SMALL, variant.replace("{l1_size", "{beta1: 0.8, l1_size")]
    assert project.dry_run(config=other) == after("train", "double")
    assert "beta1 was None, is 0.8" in project.snakemake("-n", config=other).text
    wrong = project.snakemake("-n", config=[*SMALL, "defaults={beta1: 1}"])
    assert wrong.status != 0 and "at least 0" in wrong.text


def test_the_schema_for_editors_is_made_of_an_added_key(project: Project) -> None:
    for edit in edits(PAGE, "How to add a key"):
        edit.make(project)
    schema = python(project, "-m", "mnist_viz.config", "--schema")
    assert schema.status == 0 and "Adam's decay of the mean of the gradients." in schema.text.replace("''", "'")
    shipped = python(project, "-m", "mnist_viz.config", "config.yaml")
    assert json.loads(shipped.text)["variants"]["baseline"]["beta1"] == 0.9
