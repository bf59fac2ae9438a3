"""The schema for editors is made of the models, describes every key, and takes what the models take."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from mnist_viz.config import Hyperparameters
from mnist_viz.config.models import Configuration
from mnist_viz.config.schema import as_yaml
from mnist_viz.config.sweep import NEVER_SWEPT
from tests.conftest import PROJECT

PATH = PROJECT / "workflow" / "schemas" / "config.schema.yaml"
SCHEMA: dict[str, Any] = yaml.safe_load(PATH.read_text())
FILES = [PROJECT / "config.yaml", *sorted((PROJECT / "workflow" / "examples").glob("*.yaml"))]


def test_file_is_up_to_date() -> None:
    assert PATH.read_text() == as_yaml(), "run make schema"


def test_every_key_is_described_and_every_hyperparameter_has_a_default() -> None:
    parts = {"": SCHEMA, "sweep.": SCHEMA["properties"]["sweep"], **SCHEMA["$defs"]}
    for name, part in parts.items():
        assert "description" in part, name
        for key, entry in part["properties"].items():
            assert "description" in entry or "$ref" in entry, f"{name}{key} has no description"
    assert SCHEMA["properties"].keys() == Configuration.model_fields.keys()
    entries = SCHEMA["$defs"]["Hyperparameters"]["properties"]
    assert {name: entry["default"] for name, entry in entries.items()} == Hyperparameters().model_dump()
    swept = SCHEMA["properties"]["sweep"]["properties"]
    assert swept.keys() == {*entries, "except"} - NEVER_SWEPT
    assert swept["except"]["items"]["properties"].keys() == entries.keys() - NEVER_SWEPT


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_shipped_files_are_valid(file: Any) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(file.read_text()))


WRONG = [
    "variants: {a: {epoch: 1}}",
    "variants: {../a: {}}",
    "variants: {a: {conv_kernel: 4}}",
    "defaults: {learning_rate: 0}",
    "sweep: {epochs: [1, 0]}",
    "sweep: {epochs: [1, 1]}",
    "sweep: {epoch: [1]}",
    "sweep: {epochs: [1], except: {epochs: 1}}",
    "sweep: {epochs: [1], except: [{epoch: 1}]}",
    "sweep: {epochs: [1], except: [{epochs: [1]}]}",
    "sweep: {epochs: [1], except: [{epochs: 0}]}",
    "seeds: [-1]",
    "dataset: {mirrors: ['ftp://host/']}",
    "tables: {images: {batches_to_log: 1}}",
    "wandb: {project: a b}",
    "wandb: {entity: 5}",
]


@pytest.mark.parametrize("text", WRONG)
def test_wrong_values_are_not_valid(text: str) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))
