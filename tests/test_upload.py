"""The upload in mode offline, parsed back by W&B's own reader, and in mode disabled."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import wandb
from PIL import Image

from mnist_viz.store import tables
from mnist_viz.upload import offline
from mnist_viz.upload.variant import run_id, shown_images
from tests.conftest import PROJECT, Project

VARIANT = "baseline"


def inspect(run: Path) -> list[dict]:
    """The records of an offline run's log."""
    command = [str(Path(sys.executable).with_name("wandb")), "leet", "inspect", "--json", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def results(finished_project: Project) -> Path:
    return finished_project.folder / "demo" / "results"


@pytest.fixture(scope="module")
def receipt(results: Path) -> dict:
    return json.loads((results / VARIANT / "wandb.json").read_text())


@pytest.fixture(scope="module")
def records(results: Path, receipt: dict) -> list[dict]:
    return inspect(results / receipt["folder"])


def test_run_carries_the_configuration(results: Path, receipt: dict, records: list[dict]) -> None:
    (run,) = [record["run"] for record in records if record["type"] == "run"]
    config = json.loads((results / VARIANT / "config.json").read_text())
    assert {name: run["config"]["update"][name] for name in config} == config
    assert {"lr", "img_count", "epochs", "batch_size", "l1_size", "l2_size", "conv_kernel"} <= run["config"][
        "update"
    ].keys()
    assert (run["run_id"], run["display_name"], run["run_group"]) == (receipt["run"], VARIANT, "sample")
    assert run["project"] == "mnist-viz"


IDS = {"baseline": "52ecf49a5051d871", "double": "804e7bac7164a925"}


def test_run_ids_are_those_of_earlier_releases(results: Path) -> None:
    """Another id would make another run of what has been uploaded already."""
    told = [json.loads((results / variant / "wandb.json").read_text()) for variant in IDS]
    assert {receipt["variant"]: receipt["run"] for receipt in told} == IDS


def test_a_key_at_its_default_changes_no_run_id_and_any_other_value_does(results: Path) -> None:
    config = json.loads((results / VARIANT / "config.json").read_text())
    dataset = json.loads((results / VARIANT / "train.json").read_text())["dataset_sha256"]
    assert run_id({**config, "model": "network"}, dataset) == IDS[VARIANT]
    others = [{**config, "model": "another"}, {**config, "seed": config["seed"] + 1}]
    assert len({IDS[VARIANT], *(run_id(other, dataset) for other in others), run_id(config, "0" * 64)}) == 4


def test_history_has_every_step_and_epoch(results: Path, records: list[dict]) -> None:
    logged = [record["history"]["item"] for record in records if record["type"] == "history"]
    expected = pl.read_parquet(results / VARIANT / "history.parquet")
    *trained, evaluated = logged
    assert [row["_step"] for row in trained] == expected["step"].to_list()
    assert [row["loss"] for row in trained] == expected["loss"].to_list()
    record = json.loads((results / VARIANT / "train.json").read_text())
    times = [row["_timestamp"] for row in trained]
    assert times == sorted(set(times)) and times[0] > record["started"]["1"]
    assert times[-1] == pytest.approx(record["started"]["1"] + record["seconds"]["1"])
    (metrics,) = pl.read_parquet(results / VARIANT / "metrics.parquet").to_dicts()
    assert (evaluated["_step"], evaluated["epoch"]) == (expected.height + 1, 1)
    assert (evaluated["accuracy"], evaluated["errors"]) == (metrics["accuracy"], metrics["errors"])
    assert evaluated["acc"] == 100 * (metrics["images"] - metrics["errors"]) / metrics["images"]
    axes = {
        record["metric"]["name"]: record["metric"].get("step_metric")
        for record in records
        if record["type"] == "metric"
    }
    assert axes["acc"] == axes["test_loss"] == "epoch"


def test_artifacts_have_types_aliases_and_digests(receipt: dict, records: list[dict]) -> None:
    artifacts = {record["artifact"]["name"]: record["artifact"] for record in records if record["type"] == "artifact"}
    assert artifacts["sample"]["type"] == "dataset"
    assert artifacts[f"model-{VARIANT}"]["type"] == "model"
    assert artifacts[f"predictions-{VARIANT}"]["type"] == "predictions"
    for name in (f"model-{VARIANT}", f"predictions-{VARIANT}"):
        assert set(artifacts[name]["aliases"]) == {"latest", "epoch-1", "best"}
    assert {entry["name"]: entry["digest"] for entry in receipt["artifacts"]} == {
        name: artifact["digest"] for name, artifact in artifacts.items() if not name.startswith("run-")
    }


def test_every_cell_of_the_table_is_that_of_the_parquet_file(results: Path, receipt: dict, records: list[dict]) -> None:
    artifacts = {record["artifact"]["name"]: record["artifact"] for record in records if record["type"] == "artifact"}
    contents = {entry["path"]: entry for entry in artifacts[f"predictions-{VARIANT}"]["manifest"]["contents"]}
    assert len([path for path in contents if path.endswith(".png")]) == 1000
    table = json.loads((results.parents[1] / contents["test_predictions.table.json"]["local_path"]).read_text())
    assert table["columns"] == ["id", "image", "guess", "truth", *tables.SCORES]
    expected = pl.read_parquet(results / VARIANT / "predictions.parquet")
    assert len(table["data"]) == expected.height == receipt["table_rows"] == 1000
    for row, wanted in zip(table["data"], expected.to_dicts(), strict=True):
        assert (row[0], row[2], row[3]) == (wanted["id"], wanted["guess"], wanted["truth"])
        assert row[4:] == pytest.approx([wanted[name] for name in tables.SCORES], rel=1e-6)
        assert row[1]["path"] == f"images/{wanted['id']:05d}.png" in contents


def test_images_are_stored_once(results: Path) -> None:
    pictures = sorted((results / "wandb").rglob("*.png"))
    assert len(pictures) == 1000
    stored = tables.read(results / "images.parquet", tables.IMAGES)["image"][7].as_py()["bytes"]
    assert pictures[7].read_bytes() == stored
    assert Image.open(io.BytesIO(stored)).size == (28, 28)


def test_nothing_private_and_nothing_outside(results: Path, records: list[dict]) -> None:
    (run,) = [record["run"] for record in records if record["type"] == "run"]
    assert run.get("host") == "hidden"
    assert not any(record["type"] in ("environment", "output", "output_raw", "stats") for record in records)
    assert "git" not in run
    project = results.parents[1]
    assert not [path for path in project.rglob("requirements.txt") if "wandb" in path.parts]
    texts = [json.dumps(record) for record in records if record["type"] != "artifact"]
    assert not any(socket.gethostname() in text.split('"') or str(Path.home()) in text for text in texts)


def upload(project: Project, tmp_path: Path, tables_section: str, wandb_section: str, **environment: str) -> dict:
    """Run the stage without Snakemake, with a home and a temporary folder that must stay empty."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    results = project.folder / "demo" / "results"
    command = [sys.executable, "-m", "mnist_viz.upload", "--variant", VARIANT, "--results", str(results)]
    command += ["--resources", str(project.folder / "demo" / "resources"), "--tables", tables_section]
    command += ["--wandb", wandb_section, "--record", str(results / VARIANT / "wandb.json")]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    own = {"PYTHONPATH": str(PROJECT / "workflow"), "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(command, env={**inherited, **own, **environment}, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert [path for name in ("home", "tmp") for path in (tmp_path / name).iterdir()] == []
    return json.loads((results / VARIANT / "wandb.json").read_text())


SOCKET = """
import os, sys
from pathlib import Path
from mnist_viz.upload import client
client.confine(Path(sys.argv[1]), "v" * 100)
client.start_service(client.Destination("mnist-viz", None, "offline", capture=False))
print(os.environ["WANDB_SERVICE"])
os._exit(0)
"""


def test_socket_of_the_client_is_in_the_results_folder_however_long_its_path_is(tmp_path: Path) -> None:
    folder = tmp_path / ("p" * 200) / "results" / "wandb"
    folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "workflow")}
    command = [sys.executable, "-c", SOCKET, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert re.search(r"-wandb/client/[0-9a-f]{12}-[0-9]+/tmp/wandb-[^/]+/socket$", done.stdout.strip()), (
        done.stdout + done.stderr
    )


SETTINGS = '{"mode": "offline", "project": "mnist-viz", "entity": null, "capture": false}'


def test_again_replaces_the_offline_run_and_shows_the_images_asked_for(project: Project, tmp_path: Path) -> None:
    receipt = upload(project, tmp_path, '{"images": {"batches_to_log": 2, "images_per_batch": 32}}', SETTINGS)
    results = project.folder / "demo" / "results"
    assert len(list((results / "wandb").glob(f"offline-run-*-{receipt['run']}"))) == 1
    (path,) = (results / receipt["folder"]).glob("files/media/table/*.table.json")
    assert [row[0] for row in json.loads(path.read_text())["data"]] == list(range(64))


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.01])
def test_log_that_is_not_whole_is_no_upload(results: Path, receipt: dict, tmp_path: Path, kept: float) -> None:
    run = shutil.copytree(results / receipt["folder"], tmp_path / Path(receipt["folder"]).name)
    offline.check_log(run, last_step=receipt["history_rows"])
    (log,) = run.glob("*.wandb")
    os.truncate(log, int(kept * log.stat().st_size))
    with pytest.raises(wandb.errors.CommError, match=r"is not whole|can't be read"):
        offline.check_log(run, last_step=receipt["history_rows"])


def test_disabled_says_so_and_does_not_import_wandb(project: Project, tmp_path: Path) -> None:
    (tmp_path / "block" / "wandb").mkdir(parents=True)
    (tmp_path / "block" / "wandb" / "__init__.py").write_text("raise RuntimeError('imported')")
    path = os.pathsep.join([str(tmp_path / "block"), str(PROJECT / "workflow")])
    receipt = upload(project, tmp_path, '{"images": "all"}', SETTINGS, WANDB_MODE="disabled", PYTHONPATH=path)
    assert {"mode": "disabled", "variant": VARIANT, "dataset": "sample"}.items() <= receipt.items()
    assert not receipt.keys() & {"run", "artifacts", "folder"}


def test_online_without_a_key_ends_at_once_with_what_to_do(project: Project) -> None:
    outcome = project.snakemake("demo/results/baseline/wandb.json", WANDB_MODE="online", HOME=str(project.folder))
    assert outcome.status != 0
    assert "Set WANDB_API_KEY" in outcome.text
    assert not (project.folder / "demo/results/baseline/wandb.json").exists()


TUTORIAL = {"batches_to_log": 10, "images_per_batch": 32}


@pytest.mark.parametrize(("choice", "count", "shown"), [("all", 1000, 1000), (TUTORIAL, 1000, 320), (TUTORIAL, 50, 50)])
def test_images_shown(choice: str | dict[str, int], count: int, shown: int) -> None:
    assert shown_images(choice, count) == shown
