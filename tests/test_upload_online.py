"""The upload with the real client against the stand-in server: complete, repeatable, and honest when it fails."""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl

from mnist_viz.store import tables
from tests.wandb_server import Server
from tests.wandb_server.state import md5
from tests.wandb_server.uploads import PROJECT, Picture, check_complete, receipt, upload


def test_everything_arrives_equal_to_the_files(root: Path, server: Server) -> None:
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    ((place, run),) = server.state.picture()["runs"].items()
    config = json.loads((root / "results" / "baseline" / "config.json").read_text())
    assert {key: run["config"][key] for key in config} == config
    assert (run["config"]["lr"], run["config"]["img_count"]) == (0.002, 1000)
    assert (run["display_name"], run["group"], run["state"]) == ("baseline", "sample", "finished")
    assert run["used"] == ["sample:v0"]
    history = pl.read_parquet(root / "results" / "baseline" / "history.parquet")
    trained = [row for row in run["history"] if "loss" in row]
    assert [row["loss"] for row in trained] == history["loss"].to_list()
    steps, half = [row["_step"] for row in run["history"]], history.height // 2
    assert steps == list(range(1, history.height + 3))
    assert [row["_step"] for row in run["history"] if "loss" not in row] == [half + 1, 2 * half + 2]
    assert [row["epoch"] for row in run["history"] if "loss" not in row] == [1, 2]
    metrics = pl.read_parquet(root / "results" / "baseline" / "metrics.parquet")
    evaluated = [row for row in run["history"] if "loss" not in row]
    assert [row["accuracy"] for row in evaluated] == metrics["accuracy"].to_list()
    assert [row["acc"] for row in evaluated] == [100 * (1000 - errors) / 1000 for errors in metrics["errors"]]
    told = receipt(root, "baseline")
    assert told["run_path"] == place and told["url"].startswith(server.url)
    sources = {path: digest for entry in told["artifacts"] for path, digest in entry["made_from"].items()}
    assert set(sources) == {
        "results/images.parquet",
        "results/baseline/predictions.parquet",
        *(f"results/baseline/checkpoints/epoch_00{epoch}.safetensors" for epoch in (1, 2)),
    }
    check_bytes_and_cells(root, server)
    check_images_are_stored_once(root, server)


def check_bytes_and_cells(root: Path, server: Server) -> None:
    images = pl.read_parquet(root / "results" / "images.parquet")
    pictures = {f"images/{image['path']}": image["bytes"] for image in images["image"]}
    dataset = server.files("sample:latest")
    assert {path: dataset[path] for path in pictures} == pictures
    listed = json.loads(dataset["test_images.table.json"])
    assert [(row[0], row[1]["path"], row[2]) for row in listed["data"]] == [
        (number, f"images/{number:05d}.png", truth) for number, truth in images.select("id", "truth").iter_rows()
    ]
    every = pl.read_parquet(root / "results" / "baseline" / "predictions.parquet")
    for epoch in (1, 2):
        checkpoint = root / "results" / "baseline" / "checkpoints" / f"epoch_00{epoch}.safetensors"
        assert server.files(f"model-baseline:epoch-{epoch}") == {"model.safetensors": checkpoint.read_bytes()}
        predicted = server.files(f"predictions-baseline:epoch-{epoch}")
        table = json.loads(predicted["test_predictions.table.json"])
        assert table["columns"] == ["id", "image", "guess", "truth", *tables.SCORES]
        rows = every.filter(pl.col("epoch") == epoch)
        wanted = rows.select("id", "guess", "truth", *tables.SCORES).rows()
        assert [(row[0], *row[2:]) for row in table["data"]] == wanted
        assert all(predicted[row[1]["path"]] == pictures[row[1]["path"]] for row in table["data"])
        parquet = root / f"{epoch}.parquet"
        parquet.write_bytes(predicted["predictions.parquet"])
        assert pl.read_parquet(parquet).equals(rows)


def check_images_are_stored_once(root: Path, server: Server) -> None:
    for epoch in (1, 2):
        found = server.state.named("person", "mnist-viz", f"predictions-baseline:epoch-{epoch}")
        pictures = {path: entry for path, entry in found.manifest["contents"].items() if path.endswith(".png")}
        assert len(pictures) == 1000 and all("ref" in entry for entry in pictures.values())
    assert len(list((root / "results" / "wandb").rglob("*.png"))) == 1000


def what_it_says(told: dict[str, Any]) -> dict[str, Any]:
    """A receipt but for its times."""
    return {key: value for key, value in told.items() if key not in ("began", "ended", "sha256")}


def test_again_changes_nothing_and_a_lost_receipt_is_rebuilt(root: Path, server: Server, clean: Picture) -> None:
    assert upload(root, "baseline", server).status == 0
    check_complete(server, root, clean)
    first, sent = what_it_says(receipt(root, "baseline")), server.uploaded
    changes = ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream", "CreateRunFiles")
    before = [server.count(change) for change in changes]
    (root / "results" / "baseline" / "wandb.json").unlink()
    shutil.rmtree(root / "results" / "wandb")
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    check_complete(server, root, clean)
    assert what_it_says(receipt(root, "baseline")) == first
    assert [server.count(change) for change in changes] == before and server.uploaded == sent


def test_wrong_key_ends_at_once_with_what_to_do(root: Path, server: Server) -> None:
    done = upload(root, "baseline", server, WANDB_API_KEY="f" * 40)
    assert done.status == 1 and "401" in done.text and "Set WANDB_API_KEY" in done.text, done.text
    assert server.count("UpsertBucket") == 0


def test_offline_folder_moved_elsewhere_uploads_to_the_same_state(root: Path, server: Server, clean: Picture) -> None:
    done = upload(root, "baseline", None, mode="offline")
    assert done.status == 0, done.text
    offline = receipt(root, "baseline")
    moved = root.with_name("elsewhere")
    root.rename(moved)
    done = upload(moved, "baseline", server)
    assert done.status == 0, done.text
    check_complete(server, moved, clean)
    online = receipt(moved, "baseline")
    assert online["run"] == offline["run"] and not (moved / "results" / offline["folder"]).exists()
    kept = ("name", "digest", "made_from", "files")
    digests, again = ([{key: entry[key] for key in kept} for entry in told["artifacts"]] for told in (offline, online))
    assert digests == again


def test_another_training_of_the_same_configuration_is_not_mixed_in(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    row = json.loads(run.history[9])
    run.history[9] = json.dumps({**row, "loss": row["loss"] + 1})
    before = server.state.picture()
    done = upload(root, "baseline", server)
    assert done.status == 1 and "another training of the same configuration" in done.text and "step 10" in done.text
    assert server.state.picture() == before


def test_nothing_private_leaves_or_stays(root: Path, server: Server) -> None:
    for mode in ("offline", "online"):
        assert upload(root, "baseline", server, mode=mode, PLANTED="a-planted-secret").status == 0
        files = [path for path in root.rglob("*") if path.is_file()]
        assert not [path for path in files if server.key.encode() in path.read_bytes()]
    sent = [*server.seen, *server.state.blobs.values()]
    for run in server.state.runs.values():
        sent += run.files.values()
        assert run.fields.get("host", "hidden") == "hidden" and "repo" not in run.fields
        assert run.fields.get("program") in (None, "mnist_viz")
        assert "requirements.txt" not in run.files and "wandb-metadata.json" not in run.files
    secrets = [server.key, "a-planted-secret", str(root), str(PROJECT), sys.executable]
    secrets += [f'"{socket.gethostname()}"', f'"{getpass.getuser()}"']
    for secret in secrets:
        assert not any(secret.encode() in content for content in sent), secret
    assert list((root / "home").rglob("*")) == []


def test_the_server_checks_what_it_is_given(server: Server) -> None:
    import requests

    wanted = md5(b"right")
    place = f"{server.url}/upload/blob"
    assert requests.put(place, b"wrong", params={"md5": wanted}).status_code == 400
    assert server.state.blobs == {}
    assert requests.put(place, b"right", params={"md5": wanted}).status_code == 200
    assert server.state.blobs == {wanted: b"right"}
    assert requests.post(f"{server.url}/graphql", json={"query": "query Viewer { viewer { id } }"}).status_code == 401
    unknown = {"query": "query Nonsense { nothing }"}
    answer = requests.post(f"{server.url}/graphql", json=unknown, auth=("api", server.key)).json()
    assert "does not know the operation 'Nonsense'" in answer["errors"][0]["message"]


def test_the_server_starts_by_hand() -> None:
    told = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "workflow"), str(PROJECT)])}
    command = [sys.executable, "-m", "tests.wandb_server"]
    interruptible = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # also where pytest is not
    process = subprocess.Popen(command, cwd=PROJECT, env=told, stdout=subprocess.PIPE, text=True, **interruptible)
    shown = "".join(process.stdout.readline() for _ in range(6))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=600)
    assert "WANDB_BASE_URL=http://127.0.0.1:" in shown and "WANDB_MODE=online snakemake" in shown
    assert process.returncode == 0
