"""Every change that reruns an upload, as a second upload to the same project: a receipt, or a refusal and ways out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.wandb_server import Server
from tests.wandb_server.state import State
from tests.wandb_server.uploads import data_command, receipt, stages, train, upload

FIRST, OWN = "the first run's", "its own"
"""Who made an artifact. A checkpoint says what it was trained with, so that only predictions can be equal."""


class First(NamedTuple):
    """A folder whose variant baseline was uploaded, and what the server then had. Not to be changed."""

    root: Path
    state: State


@pytest.fixture(scope="module")
def first(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> First:
    root = tmp_path_factory.mktemp("first") / "project"
    shutil.copytree(trained, root)
    with Server() as server:
        done = upload(root, "baseline", server)
        assert done.status == 0, done.text
        return First(root, server.state)


@pytest.fixture
def root(first: First, server: Server, tmp_path: Path) -> Path:
    """A copy of the folder; the server has what it had."""
    shutil.copytree(first.root, tmp_path / "project", symlinks=True)
    server.state = first.state.copy()
    return tmp_path / "project"


def trained_again(code: dict[str, object] | None = None, **hyperparameters: object) -> Callable[[Path], None]:
    """Train baseline anew, with other hyperparameters or other code."""

    def change(root: Path) -> None:
        shutil.rmtree(root / "results" / "baseline")
        train(root, "baseline", code, **hyperparameters)

    return change


def another_dataset(root: Path) -> None:
    """A sample of 900 test images."""
    shutil.rmtree(root / "results" / "wandb")
    stages(data_command(root), code={"mnist_viz.datasets.sample.TEST_IMAGES": 90})
    trained_again()(root)


def as_it_was(root: Path) -> None:
    (root / "results" / "baseline" / "wandb.json").unlink()


def without_what_the_client_left(root: Path) -> None:
    as_it_was(root)
    shutil.rmtree(root / "results" / "wandb")


SAME_RUN: dict[str, tuple[Callable[[Path], None], dict[str, Any]]] = {
    "nothing": (as_it_was, {}),
    "another folder": (without_what_the_client_left, {}),
    "code that computes the same": (trained_again(), {}),
    "wandb: capture:": (as_it_was, {"wandb": {"capture": True}}),
}


@pytest.mark.parametrize(("change", "options"), SAME_RUN.values(), ids=SAME_RUN.keys())
def test_second_upload_of_the_same_sends_nothing(
    change: Callable[[Path], None], options: dict[str, Any], root: Path, server: Server
) -> None:
    change(root)
    before = server.state.picture()
    done = upload(root, "baseline", server, **options)
    assert done.status == 0, done.text
    assert server.state.picture() == before and server.uploaded == 0
    told = receipt(root, "baseline")
    assert {entry["made_by"] for entry in told["artifacts"][1:]} == {told["run_path"]}


ANOTHER_RUN: dict[str, tuple[Callable[[Path], None], dict[str, Any], list[str]]] = {
    "a hyperparameter": (trained_again(learning_rate=0.003), {}, [OWN] * 4),
    "the seed": (trained_again(seed=1), {}, [OWN] * 4),
    "more epochs": (trained_again(epochs=3), {}, [OWN, FIRST, OWN, FIRST, OWN, OWN]),
    "fewer epochs": (trained_again(epochs=1), {}, [OWN, FIRST]),
    "the device, to the same bits": (trained_again(device="auto"), {}, [OWN, FIRST] * 2),
    "the dataset": (another_dataset, {}, [OWN] * 4),
    "wandb: project:": (as_it_was, {"wandb": {"project": "another"}}, [OWN] * 4),
    "wandb: attempt:": (as_it_was, {"wandb": {"attempt": 2}}, [FIRST] * 4),
}


@pytest.mark.parametrize(("change", "options", "makers"), ANOTHER_RUN.values(), ids=ANOTHER_RUN.keys())
def test_second_upload_of_another_makes_another_run_and_names_whose_versions_it_has(
    change: Callable[[Path], None], options: dict[str, Any], makers: list[str], root: Path, server: Server
) -> None:
    ((place, _),) = server.state.runs.items()
    before = server.state.picture()
    change(root)
    done = upload(root, "baseline", server, **options)
    assert done.status == 0, done.text
    after, told = server.state.picture(), receipt(root, "baseline")
    assert set(after["runs"]) - set(before["runs"]) == {told["run_path"]}
    assert after["runs"]["/".join(place)] == before["runs"]["/".join(place)]
    assert len(after["runs"][told["run_path"]]["history"]) == told["history_rows"]
    named = {"/".join(place): FIRST, told["run_path"]: OWN}
    assert [named[entry["made_by"]] for entry in told["artifacts"][1:]] == makers
    for entry in told["artifacts"]:
        assert "epoch-" in " ".join(entry["aliases"]) or entry["type"] == "dataset"
    latest = [entry for entry in told["artifacts"] if "latest" in entry["aliases"]]
    assert [entry["type"] for entry in latest] == ["dataset", "model", "predictions"]


def test_a_renamed_variant_has_a_run_and_artifacts_of_its_own(root: Path, server: Server) -> None:
    train(root, "renamed")
    before = server.state.picture()
    done = upload(root, "renamed", server)
    assert done.status == 0, done.text
    after, told = server.state.picture(), receipt(root, "renamed")
    assert len(after["runs"]) == 2
    assert {name: after["artifacts"][name] for name in before["artifacts"]} == before["artifacts"]
    assert {entry["made_by"] for entry in told["artifacts"][1:]} == {told["run_path"]}


def test_more_epochs_and_back_again(root: Path, server: Server) -> None:
    before = server.state.picture()
    for epochs in (3, 2):
        trained_again(epochs=epochs)(root)
        done = upload(root, "baseline", server)
        assert done.status == 0, done.text
    after = server.state.picture()
    (place,) = before["runs"]
    assert after["runs"][place] == before["runs"][place] and len(after["runs"]) == 2
    assert {"latest", "epoch-2"} <= set(after["artifacts"]["model-baseline:v1"]["aliases"])
    told = receipt(root, "baseline")
    assert {entry["made_by"] for entry in told["artifacts"][1:]} == {place}


FEWER = {"tables": {"images": {"batches_to_log": 1, "images_per_batch": 100}}}
REFUSED: dict[str, tuple[Callable[[Path], None], dict[str, Any], str]] = {
    "tables: images:": (as_it_was, FEWER, "shows 1000 images, here 100"),
    "code of the training": (
        trained_again({"mnist_viz.training.optimizer.BETA1": 0.8}),
        {},
        "another training of the same configuration: its loss at step ",
    ),
    "code of the inference": (
        trained_again({"mnist_viz.training.evaluate.BINS": 1000}),
        {},
        "another training of the same configuration: its calibration_error at step 65",
    ),
}


@pytest.mark.parametrize(("change", "options", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_second_upload_of_what_the_run_cannot_become_is_refused_before_it_begins(
    change: Callable[[Path], None], options: dict[str, Any], said: str, root: Path, server: Server
) -> None:
    change(root)
    before = server.state.picture()
    done = upload(root, "baseline", server, **options)
    assert done.status == 1 and said in done.text and "pload again" not in done.text, done.text
    assert "et wandb: attempt: 2" in done.text and "another wandb: project:" in done.text
    assert server.state.picture() == before and server.count("UpsertBucket") == server.uploaded == 0
    assert not (root / "results" / "baseline" / "wandb.json").exists()
    done = upload(root, "baseline", server, wandb={"attempt": 2}, **options)
    assert done.status == 0, done.text
