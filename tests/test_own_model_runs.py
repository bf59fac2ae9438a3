"""A model of the user's own in the workflow: what an edit reruns, and who runs its code."""

import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from mnist_viz.job import model_code
from mnist_viz.store import tensors
from mnist_viz.store.files import sha256
from tests import nets
from tests.conftest import Outcome, Project, copy_project, run
from tests.stages import after

MARK = "import sys\nfrom pathlib import Path\n\nfrom layers import blocks\n\n"
MARK += "with Path(__file__).with_name('marks.txt').open('a') as marks:\n    print(sys.orig_argv, file=marks)\n"
CODE = ("layers/__init__.py", "layers/blocks.py", "my_net.py")
CONFIG = [
    "dataset={name: sample}",
    "defaults={epochs: 1, l1_size: 4, l2_size: 8, threads: 1, batch_size: 100}",
    "variants={mine: {model: nets/my_net.py:Net, model_args: {width: 12}}}",
    "wandb={mode: offline}",
]


def python(project: Project, *arguments: str) -> Outcome:
    return run([sys.executable, *arguments], project.folder, PYTHONPATH=str(project.folder / "workflow"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which everything was made, with a model that says who has imported it. Not to be changed."""
    project = copy_project(tmp_path_factory.mktemp("net") / "project")
    nets.write(project.folder / "nets" / "my_net.py", MARK + nets.PLAIN.replace("nn.ReLU()", "blocks.middle()"))
    (project.folder / "nets" / "layers").mkdir()
    (project.folder / "nets" / "layers" / "__init__.py").write_text("")
    (project.folder / "nets" / "layers" / "blocks.py").write_text(
        "from torch import nn\n\n\ndef middle():\n    return nn.Dropout(0.1)\n"
    )
    (project.folder / "nets" / "unrelated.py").write_text("LIMIT = 3\n")
    assert project.dry_run(config=CONFIG) and not (project.folder / "nets" / "marks.txt").exists()
    outcome = project.snakemake(config=CONFIG)
    assert outcome.status == 0, outcome.text
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def marks(project: Project) -> list[str]:
    path = project.folder / "nets" / "marks.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_its_code_runs_in_training_and_inference_alone(finished: Project) -> None:
    commands = marks(finished)
    assert len(commands) == 2, commands
    assert "mnist_viz.train" in commands[0] and "mnist_viz.predict" in commands[1]
    said = python(finished, "-m", "mnist_viz.verify")
    assert said.status == 0, said.text
    said = python(finished, "-m", "mnist_viz.compare", "baseline:1", "mine:1", "--results", "demo/results")
    assert said.status == 0, said.text
    assert finished.dry_run(config=CONFIG) == set()
    assert len(marks(finished)) == 2
    assert not [*finished.folder.glob("nets/**/__pycache__")]


def test_it_is_trained_and_said_what_it_is(finished: Project) -> None:
    folder = finished.folder / "demo" / "results" / "mine"
    arrays, about = tensors.read(folder / "checkpoints" / "epoch_001.safetensors")
    assert arrays["layers.1.weight"].shape == (12, 784)
    key = json.loads((folder / "train.json").read_text())["key"]
    assert about["model_code"] == key["model"] == model_code.digest(f"{finished.folder}/nets/my_net.py:Net")
    assert key["config"]["model"] == "nets/my_net.py:Net" and key["config"]["model_args"] == {"width": 12}
    assert pl.read_parquet(folder / "metrics.parquet")["errors"].item() < 500  # of 1,000
    assert "model" not in json.loads((folder.parent / "baseline" / "train.json").read_text())["key"]


def test_provenance_holds_its_code_as_what_was_read(finished: Project) -> None:
    folder = finished.folder / "demo" / "results"
    text = (folder / "provenance" / "ro-crate-metadata.json").read_text()
    crate = {each["@id"]: each for each in json.loads(text)["@graph"]}
    digest = model_code.digest(f"{finished.folder}/nets/my_net.py:Net")
    own = {f"models/{digest}/{name}": finished.folder / "nets" / name for name in CODE}
    for place, path in own.items():
        assert (folder / "provenance" / place).read_bytes() == path.read_bytes()
        assert crate[place]["sha256"] == sha256(path)
    assert {place for place in crate if place.startswith("models/")} == own.keys()
    for stage, variant, read in [("train", "mine", True), ("predict", "mine", True), ("train", "baseline", False)]:
        job = next(each for each in crate.values() if each.get("name") == f"{stage} {variant}")
        assert (own.keys() <= {each["@id"] for each in job["object"]}) is read
        assert (f"#environment-model-{digest}" in {each["@id"] for each in job["environment"]}) is read
    assert str(finished.folder) not in text


@pytest.mark.parametrize(
    ("file", "text", "other", "jobs"),
    [
        ("my_net.py", "width=8", "width=9", after("train", "mine")),
        ("layers/blocks.py", "0.1", "0.2", after("train", "mine")),
        ("layers/__init__.py", "", "LIMIT = 4\n", after("train", "mine")),
        ("my_net.py", "class Net(nn.Module):\n", 'class Net(nn.Module):\n    """Mine."""\n\n    # A comment.\n', set()),
        ("unrelated.py", "3", "4", set()),
    ],
)
def test_an_edit_reruns_the_training_of_its_variants_alone(
    project: Project, file: str, text: str, other: str, jobs: set[str]
) -> None:
    project.edit(f"nets/{file}", lambda content: content.replace(text, other) if text else other)
    assert project.dry_run(config=CONFIG) == jobs
    if jobs:
        assert "the code of its model has changed" in project.snakemake("-n", config=CONFIG).text


def predict(project: Project, *options: str) -> Outcome:
    """Inference by hand, on what the training left."""
    folder = "demo/results/mine"
    told = ["--train-record", f"{folder}/train.json", "--config", f"{folder}/config.json"]
    told += ["--checkpoints", f"{folder}/checkpoints", "--test", "demo/resources/mnist/test.safetensors"]
    told += ["--data-record", "demo/results/data.json", "--predictions", "p", "--metrics", "m", "--record", "o"]
    return python(project, "-m", "mnist_viz.predict", *told, *options)


def test_predicting_with_other_code_than_that_of_the_training_is_refused(project: Project) -> None:
    asked = ["--model", "nets/my_net.py:Net", "--model-args", '{"width": 12}']
    project.edit("nets/layers/blocks.py", lambda content: content.replace("0.1", "0.2"))
    said = predict(project, *asked)
    assert said.status == 1 and "was trained with other code than that of nets/my_net.py:Net now" in said.text
    assert len(marks(project)) == 2 and not (project.folder / "p").exists()


def draw(project: Project) -> Outcome:
    """The map by hand, with the model of the configuration."""
    folder = "demo/results/mine"
    told = ["--train-record", f"{folder}/train.json", "--config", f"{folder}/config.json"]
    told += ["--checkpoints", f"{folder}/checkpoints", "--test", "demo/resources/mnist/test.safetensors"]
    told += ["--data-record", "demo/results/data.json", "--predict-record", f"{folder}/predict.json"]
    told += ["--metrics", f"{folder}/metrics.parquet", "--model", "nets/my_net.py:Net"]
    told += ["--model-args", '{"width": 12}', "--output", "map.parquet", "--record", "map.json"]
    return python(project, "-m", "mnist_viz.map", *told)


def test_a_map_is_of_the_code_that_was_trained(project: Project) -> None:
    said = draw(project)
    assert said.status == 0, said.text
    record = json.loads((project.folder / "map.json").read_text())
    assert (record["layer"], record["features"]) == ("layers.3", 12)
    assert len(marks(project)) == 3 and "mnist_viz.map" in marks(project)[-1]
    (project.folder / "map.parquet").unlink()
    project.edit("nets/layers/blocks.py", lambda content: content.replace("0.1", "0.2"))
    said = draw(project)
    assert said.status == 1 and "was trained with other code than that of nets/my_net.py:Net now" in said.text
    assert len(marks(project)) == 3 and not (project.folder / "map.parquet").exists()


def test_results_alone_do_not_make_code_run(project: Project) -> None:
    for options in ([], ["--model", "nets/my_net.py:Net"], ["--model", "nets/other.py:Net"]):
        said = predict(project, *options)
        assert said.status == 1 and "config.json is of the model nets/my_net.py:Net with" in said.text, said.text
    assert len(marks(project)) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda file: file.unlink(), "model: there is no "),
        (lambda file: file.write_text("class Net(:\n"), "my_net.py, line 1: invalid syntax. Correct the model's code"),
        (lambda file: file.write_text("from . import layers\n"), "an import that begins with a dot"),
        (lambda file: file.with_name("json.py").write_text(""), ""),
        (lambda file: (file.with_name("json.py").touch(), file.write_text("import json\n")), "installed module, json"),
    ],
    ids=["missing", "no Python", "relative", "beside json.py", "imports json.py"],
)
def test_what_is_wrong_with_a_file_is_said_before_anything_runs(project: Project, change: object, said: str) -> None:
    change(project.folder / "nets" / "my_net.py")
    outcome = project.snakemake("-n", config=CONFIG)
    assert (outcome.status != 0) == bool(said) and said in outcome.text
    assert "Traceback" not in outcome.text and len(marks(project)) == 2
