"""What identifies a training stays when hyperparameters are added: W&B runs' ids, the values and their types."""

import json

import yaml
from pydantic import Field

from mnist_viz.config import Hyperparameters, identity, resolve
from mnist_viz.config.hyperparameters import FIRST
from mnist_viz.upload.variant import run_id
from tests.conftest import PROJECT

MNIST_SHA256 = "0354647cf18a5af21b1abb2cad452982da3d2d52b9be49b654343b0f20c67b39"
RUN_IDS = {"baseline": "1d530065f214626c", "double": "7d67b1545959b28d"}  # of commit e9b0fb0, as is BASELINE
BASELINE = (
    '{"augment": "none", "batch_size": 32, "conv_kernel": 5, "device": "auto", "epochs": 5, "l1_size": 32, '
    '"l2_size": 64, "label_smoothing": 0.0, "learning_rate": 0.001, "precision": "auto", "schedule": "constant", '
    '"seed": 0, "threads": 2, "weight_decay": 0.0}'
)


class Wider(Hyperparameters):
    """With a hyperparameter more, as a later version of the pipeline may have it."""

    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of the activations that is set to zero.")


def shipped(**defaults: object) -> dict[str, Hyperparameters]:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    return resolve({**config, "defaults": {**config["defaults"], **defaults}}, "config.yaml").variants


def test_run_ids_of_the_shipped_variants_stay() -> None:
    for name, variant in shipped().items():
        content = {"variant": name, **variant.model_dump(), "dataset": "mnist"}  # of config.json
        assert run_id(identity(content), MNIST_SHA256) == RUN_IDS[name] == run_id(identity(content), MNIST_SHA256, 1)
        assert len({run_id(identity(content), MNIST_SHA256, attempt) for attempt in (1, 2, 3)}) == 3
        assert identity(content) == {"variant": name, **identity(variant), "dataset": "mnist"}


def test_values_and_types_stay_however_they_are_written() -> None:
    spelt = {"epochs": "5", "batch_size": 32.0, "learning_rate": "1e-3", "weight_decay": 0, "label_smoothing": "0"}
    for variant in (shipped()["baseline"], shipped(**spelt)["baseline"]):
        assert json.dumps(identity(variant), sort_keys=True) == BASELINE


def test_first_hyperparameters_are_always_part_of_it() -> None:
    assert identity(Hyperparameters()).keys() == FIRST <= Hyperparameters.model_fields.keys()


def test_added_hyperparameter_is_part_of_it_only_beside_its_default() -> None:
    assert identity(Wider()) == identity(Hyperparameters())
    assert identity(Wider(dropout=0.5)) == {**identity(Hyperparameters()), "dropout": 0.5}
