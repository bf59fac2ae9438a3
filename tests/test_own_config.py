"""The section `dataset` for pictures of the user's own, and the plan of Snakemake."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_viz.config import ConfigError, resolve
from mnist_viz.datasets import NAMES, owner
from mnist_viz.job.remedy import command
from tests.conftest import SMALL, Project, copy_project, run
from tests.pictures import classes
from tests.stages import everything


def section(**given: Any) -> Any:
    return resolve({"dataset": given, "variants": {"a": {}}}, "c.yaml").dataset


def test_keys_of_the_users_own() -> None:
    found = section(name="pets", path="/data/pets", size=["64", 48], channels="3", test="0.25", classes=["b", "a"])
    assert (found.size, found.channels, found.test, found.classes) == ([64, 48], 3, 0.25, ["b", "a"])
    found = section(name="pets", path="x")
    assert (found.size, found.channels, found.test, found.classes, found.mirrors) == (None, None, 0.2, None, [])
    assert section(name="fashion_mnist").mirrors and section(path=None).name == "mnist"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "pets"}, f"name: .*{', '.join(NAMES)}; or with path:"),
        ({"name": "mnist", "path": "/x"}, "name: .*a name of your own"),
        ({"name": "KMNIST", "path": "/x"}, "name: .*a name of your own"),
        ({"path": "/x"}, "name: .*a name of your own"),
        ({"name": "../pets", "path": "/x"}, "name: .*letters, digits"),
        ({"name": "pets", "path": ""}, "path: "),
        ({"name": "pets", "path": "/x", "size": [64]}, "size: "),
        ({"name": "pets", "path": "/x", "size": [64, 0]}, "size: 1: 0 is not allowed"),
        ({"name": "pets", "path": "/x", "channels": 2}, "channels: 2 is not allowed here. Allowed: 1, 3"),
        ({"name": "pets", "path": "/x", "test": 1}, "test: .*below 1"),
        ({"name": "pets", "path": "/x", "classes": ["a"]}, "classes: "),
        ({"name": "pets", "path": "/x", "classes": ["a", "a"]}, "classes: .*without repetition"),
        ({"name": "mnist", "size": [28, 28]}, "size: .*null, as this is for your own pictures"),
        ({"name": "pets", "pathh": "/x"}, "pathh"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=f"c.yaml: dataset: .*{said}|c.yaml: dataset: {said}"):
        section(**given)


def test_owner_of_files_of_the_users_own() -> None:
    assert owner(Path("own/pets/results/data.json")) == "pets"
    assert owner(Path("/home/x/own/a.b/resources/mnist/train.safetensors")) == "a.b"


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path, list[str]]:
    """A project in which the data of a folder of classes is read, that folder, and its configuration."""
    folder = tmp_path_factory.mktemp("own")
    path = classes(folder / "my pets", {"cat": 6, "dog": 6})
    project = copy_project(folder / "project")
    config = [f'dataset={{name: pets, path: "{path}", size: [12, 12]}}', *SMALL[1:]]
    outcome = project.snakemake("data", config=config)
    assert outcome.status == 0, outcome.text
    return project, path, config


def test_touched_pictures_rerun_nothing_and_others_rerun_data(read: tuple[Project, Path, list[str]]) -> None:
    project, path, config = read
    assert project.dry_run("data", config=config) == set()
    for file in path.rglob("*.png"):
        os.utime(file)
    assert project.dry_run("data", config=config) == set()
    new = path / "cat" / "new.png"
    new.write_bytes((path / "cat" / "0.png").read_bytes())
    assert project.dry_run(config=config) == everything("baseline", "double")
    new.unlink()
    assert project.dry_run("data", config=config) == set()
    other = [config[0].replace("size: [12, 12]", "size: [12, 10]"), *config[1:]]
    assert project.dry_run("data", config=other) == {"data"}


def test_the_command_that_makes_it_anew_names_the_pictures(
    read: tuple[Project, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, path, _ = read
    monkeypatch.chdir(project.folder)
    said = command(Path("own/pets/results/data.json"))
    assert said.startswith("snakemake --cores 4 --force own/pets/results/data.json --config ")
    assert f'path: "{path}"' in said and "size: [12, 12]" in said and "name: pets" in said
    environment = {"PYTHONPATH": str(project.folder / "workflow")}
    verified = run([sys.executable, "-m", "mnist_viz.verify"], project.folder, **environment)
    assert verified.status == 0 and "intact    own/pets/results/classes.parquet  (data)" in verified.text


def test_a_path_that_is_not_there_ends_the_plan_in_a_sentence(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    outcome = project.snakemake("-n", config=["dataset={name: pets, path: /not/there}", *SMALL[1:]])
    assert outcome.status != 0 and "dataset: path: there is no /not/there" in outcome.text
    assert "Traceback" not in outcome.text
