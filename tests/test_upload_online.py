"""The upload with the real client against the stand-in server: complete, repeatable, and honest when it fails."""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mnist_viz import tables
from tests.wandb_server import Fault, Server
from tests.wandb_server.state import md5
from tests.wandb_server.uploads import PROJECT, begin, end, environment, receipt, upload

VARIANTS = ["baseline", "double"]
Picture = dict[str, Any]


def stage(name: str, *arguments: object) -> None:
    """Run a stage without Snakemake."""
    command = [sys.executable, "-m", f"mnist_viz.{name}", *map(str, arguments)]
    outside = {**os.environ, "PYTHONPATH": str(PROJECT / "workflow")}
    subprocess.run(command, check=True, env=outside, capture_output=True, timeout=250)


def train(root: Path, variant: str, **hyperparameters: object) -> None:
    """Train a small variant for two epochs and predict with it."""
    data, folder = root / "resources" / "mnist", root / "results" / variant
    config = {"epochs": 2, "batch_size": 128, "learning_rate": 0.002, "l1_size": 2, "l2_size": 4, "conv_kernel": 3}
    config |= {"seed": 0, "threads": 1, "device": "cpu", "precision": "float32", "schedule": "constant"}
    config |= {"weight_decay": 0.0, "label_smoothing": 0.0, "augment": "none", **hyperparameters}
    told = ["--data", data / "train.safetensors", "--folder", folder]
    stage("train", "--variant", variant, "--config", json.dumps(config), *told)
    told = ["--predictions", folder / "predictions.parquet", "--metrics", folder / "metrics.parquet"]
    told += ["--record", folder / "train.json", "--checkpoints", folder / "checkpoints"]
    stage("predict", *told, "--test", data / "test.safetensors")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample and two trained variants, of two epochs each. Not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    data = root / "resources" / "mnist"
    images = root / "results" / "images.parquet"
    splits = ["--train", data / "train.safetensors", "--test", data / "test.safetensors"]
    stage("data", "--dataset", "sample", *splits, "--images", images)
    for variant, size in zip(VARIANTS, (2, 3), strict=True):
        train(root, variant, l1_size=size)
    return root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    """A copy of it to upload from."""
    shutil.copytree(trained, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def server() -> Any:
    with Server() as running:
        yield running
    assert running.defects == []


@pytest.fixture(scope="module")
def clean(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """What the server has after one upload of one variant in which nothing went wrong."""
    root = tmp_path_factory.mktemp("clean") / "project"
    shutil.copytree(trained, root)
    with Server() as running:
        done = upload(root, "baseline", running)
        assert done.status == 0, done.text
        return running.state.picture()


def complete(server: Server, root: Path, clean: Picture) -> None:
    """The server has what it has after a clean upload, and there is a receipt that says so."""
    assert server.state.picture() == clean
    told = receipt(root, "baseline")
    versions = {(entry["name"], entry["version"]): entry for entry in told["artifacts"]}
    assert len(versions) == 5
    for (name, version), entry in versions.items():
        there = clean["artifacts"][f"{name}:{version}"]
        assert (entry["digest"], entry["aliases"], entry["files"]) == (
            there["digest"],
            there["aliases"],
            len(there["files"]),
        )
    ((_, run),) = clean["runs"].items()
    assert told["history_rows"] == len(run["history"]) and told["tables"] == 2 and told["table_rows"] == 2000


def test_everything_arrives(root: Path, server: Server) -> None:
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    ((place, run),) = server.state.picture()["runs"].items()
    config = json.loads((root / "results" / "baseline" / "config.json").read_text())
    assert {key: run["config"][key] for key in config} == config
    assert (run["config"]["lr"], run["config"]["img_count"]) == (0.002, 1000)
    assert (run["display_name"], run["group"], run["state"]) == ("baseline", "sample", "finished")
    assert run["used"] == ["sample:v0"]
    history = pl.read_parquet(root / "results" / "baseline" / "history.parquet")
    trained = run["history"][: history.height]
    assert [row["_step"] for row in trained] == history["step"].to_list()
    assert [row["loss"] for row in trained] == history["loss"].to_list()
    metrics = pl.read_parquet(root / "results" / "baseline" / "metrics.parquet")
    assert [row["acc"] for row in run["history"][history.height :]] == metrics["accuracy"].to_list()
    told = receipt(root, "baseline")
    assert told["run_path"] == place and told["url"].startswith(server.url)
    sources = {path: digest for entry in told["artifacts"] for path, digest in entry["made_from"].items()}
    assert set(sources) == {
        "results/images.parquet",
        "results/baseline/predictions.parquet",
        *(f"results/baseline/checkpoints/epoch_00{epoch}.safetensors" for epoch in (1, 2)),
    }


def artifact(server: Server, name: str) -> dict[str, bytes]:
    """Every file of an artifact by name, through its references."""
    found = server.state.named("person", "mnist-viz", name)
    return {path: server.state.blobs[entry["digest"]] for path, entry in found.manifest["contents"].items()}


def test_every_byte_and_cell_is_that_of_the_files(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    images = pl.read_parquet(root / "results" / "images.parquet")
    pictures = {f"images/{image['path']}": image["bytes"] for image in images["image"]}
    dataset = artifact(server, "sample:latest")
    assert {path: dataset[path] for path in pictures} == pictures
    listed = json.loads(dataset["test_images.table.json"])
    assert [(row[0], row[1]["path"], row[2]) for row in listed["data"]] == [
        (number, f"images/{number:05d}.png", truth) for number, truth in images.select("id", "truth").iter_rows()
    ]
    every = pl.read_parquet(root / "results" / "baseline" / "predictions.parquet")
    for epoch in (1, 2):
        checkpoint = root / "results" / "baseline" / "checkpoints" / f"epoch_00{epoch}.safetensors"
        assert artifact(server, f"model-baseline:epoch-{epoch}") == {"model.safetensors": checkpoint.read_bytes()}
        predicted = artifact(server, f"predictions-baseline:epoch-{epoch}")
        table = json.loads(predicted["test_predictions.table.json"])
        assert table["columns"] == ["id", "image", "guess", "truth", *tables.SCORES]
        rows = every.filter(pl.col("epoch") == epoch)
        wanted = rows.select("id", "guess", "truth", *tables.SCORES).rows()
        assert [(row[0], *row[2:]) for row in table["data"]] == wanted
        assert all(predicted[row[1]["path"]] == pictures[row[1]["path"]] for row in table["data"])
        parquet = root / f"{epoch}.parquet"
        parquet.write_bytes(predicted["predictions.parquet"])
        assert pl.read_parquet(parquet).equals(rows)


def test_images_are_stored_once_and_referred_to(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    for epoch in (1, 2):
        found = server.state.named("person", "mnist-viz", f"predictions-baseline:epoch-{epoch}")
        pictures = {path: entry for path, entry in found.manifest["contents"].items() if path.endswith(".png")}
        assert len(pictures) == 1000 and all("ref" in entry for entry in pictures.values())
    assert len(list((root / "results" / "wandb").rglob("*.png"))) == 1000


READ = """
import json, sys, wandb
api = wandb.Api()
predictions = api.artifact("person/mnist-viz/predictions-baseline:epoch-2")
run = predictions.logged_by()
(dataset,) = run.used_artifacts()
table = predictions.get("test_predictions")
print(json.dumps({
    "run": run.name, "dataset": dataset.name, "users": [user.name for user in dataset.used_by()],
    "outputs": sorted(made.name for made in run.logged_artifacts()), "rows": len(table.data),
    "image": list(table.get_column("image")[7].image.getdata()),
    "history": [row["loss"] for row in run.scan_history(keys=["loss"])],
    "types": {name: str(kind) for name, kind in table._column_types.params["type_map"].items()},
}))
"""


def test_lineage_walks_back_to_the_dataset_in_the_clients_own_reading(root: Path, server: Server) -> None:
    from mnist_viz.data import read_split

    assert upload(root, "baseline", server).status == 0
    places = {name: str(root / "read") for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR")}
    places |= {"WANDB_ARTIFACT_DIR": str(root / "read"), "WANDB_CONFIG_DIR": str(root / "read")}
    told = environment(root, server, **places, WANDB_SILENT="true")
    done = subprocess.run([sys.executable, "-c", READ], env=told, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert (read["run"], read["dataset"], read["users"]) == ("baseline", "sample:v0", ["baseline"])
    made = [f"{kind}-baseline:v{version}" for kind in ("model", "predictions") for version in (0, 1)]
    assert set(made) <= set(read["outputs"])
    images, _, _ = read_split(root / "resources" / "mnist" / "test.safetensors")
    assert read["rows"] == 1000 and read["image"] == images[7].flatten().tolist()
    expected = pl.read_parquet(root / "results" / "baseline" / "history.parquet")
    assert read["history"] == expected["loss"].to_list()
    assert "Image" in read["types"]["image"] and "Number" in read["types"]["score_3"]


def test_again_changes_nothing_and_a_lost_receipt_is_rebuilt(root: Path, server: Server, clean: Picture) -> None:
    assert upload(root, "baseline", server).status == 0
    complete(server, root, clean)
    first, sent = receipt(root, "baseline"), server.uploaded
    changes = ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream", "CreateRunFiles")
    before = [server.count(change) for change in changes]
    (root / "results" / "baseline" / "wandb.json").unlink()
    shutil.rmtree(root / "results" / "wandb")
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    complete(server, root, clean)
    assert receipt(root, "baseline") == first
    assert [server.count(change) for change in changes] == before and server.uploaded == sent


def kill(process: "subprocess.Popen[str]") -> Callable[[], None]:
    return lambda: os.kill(process.pid, signal.SIGKILL)


MOMENTS = {
    "before the dataset's commit": Fault("CommitArtifact", cut=True, times=1),
    "before a model's commit": Fault("CommitArtifact", cut=True, skip=1, times=1),
    "between the epochs": Fault("CreateArtifact", cut=True, skip=4, times=1),
    "before the history's end": Fault("file_stream", cut=True, times=1, skip=1),
    "after the last byte": Fault("RunOutputArtifacts", cut=True, times=1),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed_and_uploaded_again_ends_as_one_clean_upload(
    moment: Fault, root: Path, server: Server, clean: Picture
) -> None:
    server.faults = [moment]
    moment.met = 0
    process = begin(root, "baseline", server)
    moment.call = kill(process)
    killed = end(process, server)
    assert killed.status == -signal.SIGKILL, killed.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()
    server.faults = []
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    complete(server, root, clean)


RECOVERS = {
    "429 with Retry-After": [Fault("graphql", 429, {"Retry-After": "1"}, times=2), Fault("file_stream", 429, times=1)],
    "500 for a while": [Fault("graphql", 500, skip=6, times=2), Fault("upload", 500, skip=3, times=2)],
    "a stalled answer": [Fault("CreateArtifact", stall=3, times=1), Fault("upload", stall=3, times=1)],
    "cut uploads": [Fault("upload", cut=True, skip=2, times=2), Fault("file_stream", cut=True, times=1)],
    "bytes that change on the way": [Fault("upload", spoil=True, skip=5, times=1)],
}


@pytest.mark.parametrize("faults", RECOVERS.values(), ids=RECOVERS.keys())
def test_recovers(faults: list[Fault], root: Path, server: Server, clean: Picture) -> None:
    server.faults = faults
    done = upload(root, "baseline", server)
    assert all(fault.met > fault.skip for fault in faults), "the fault has not happened"
    if done.status:
        assert not (root / "results" / "baseline" / "wandb.json").exists()
        assert upload(root, "baseline", server).status == 0
        pytest.fail(f"it did not recover by itself: {done.text}")
    complete(server, root, clean)


FAILS = {
    "401": ([Fault("any", 401)], "401", "Set WANDB_API_KEY"),
    "403": ([Fault("any", 403)], "403", "Set WANDB_API_KEY"),
    "500 for ever": ([Fault("any", 500)], "500", "Upload again"),
    "500 for ever for files": ([Fault("upload", 500)], "500", "Upload again"),
    "500 for ever for the history": ([Fault("file_stream", 500)], "500", "Upload again"),
    "429 for ever": ([Fault("any", 429, {"Retry-After": "1"})], "429", "Upload again"),
    "no answers": ([Fault("any", stall=60)], "no answer", "Upload again"),
    "a lost history": ([Fault("file_stream", 404)], "training steps", "Upload again"),
    "wrong digests for ever": ([Fault("upload", spoil=True)], "400", "Upload again"),
}


@pytest.mark.parametrize(("faults", "cause", "advice"), FAILS.values(), ids=FAILS.keys())
def test_fails_with_the_cause_and_without_a_receipt(
    faults: list[Fault], cause: str, advice: str, root: Path, server: Server
) -> None:
    server.faults = faults
    done = upload(root, "baseline", server, patience=6)
    assert done.status == 1
    assert f"error: upload baseline: W&B at {server.url}: " in done.text or "but W&B lacks" in done.text, done.text
    assert cause in done.text and advice in done.text, done.text
    assert "Traceback" not in done.text, done.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()


def test_refused_connections_name_the_address(root: Path) -> None:
    with Server() as gone:
        pass
    done = upload(root, "baseline", gone, patience=6)
    assert done.status == 1 and gone.url in done.text and "Connection refused" in done.text, done.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()


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
    complete(server, moved, clean)
    online = receipt(moved, "baseline")
    assert online["run"] == offline["run"] and not (moved / "results" / offline["folder"]).exists()
    kept = ("name", "digest", "made_from", "files")
    digests, again = ([{key: entry[key] for key in kept} for entry in told["artifacts"]] for told in (offline, online))
    assert digests == again


def test_wandb_sync_of_the_offline_run_gives_the_same_with_lineage(root: Path, server: Server, clean: Picture) -> None:
    assert upload(root, "baseline", None, mode="offline").status == 0
    folder = root / "results" / receipt(root, "baseline")["folder"]
    command = [str(Path(sys.executable).with_name("wandb")), "sync", "--project", "mnist-viz", str(folder)]
    places = {name: str(root / "sync") for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR")}
    told = environment(root, server, **places)
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=250, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    # W&B's sync may lose the tables that it makes itself (run-…): it asks for artifacts that it has yet to create.
    own = {name: made for name, made in clean["artifacts"].items() if not name.startswith("run-")}
    synced = server.state.picture()
    assert synced["runs"] == clean["runs"]
    assert {name: made for name, made in synced["artifacts"].items() if not name.startswith("run-")} == own
    assert upload(root, "baseline", server).status == 0
    complete(server, root, synced)


def test_uploads_side_by_side_share_one_dataset(root: Path, server: Server, clean: Picture) -> None:
    processes = [begin(root, variant, server) for variant in VARIANTS]
    for process in processes:
        done = end(process, None)
        assert done.status == 0, done.text
    picture = server.state.picture()
    assert len(picture["runs"]) == 2 and all(run["used"] == ["sample:v0"] for run in picture["runs"].values())
    own = {name: entry for name, entry in picture["artifacts"].items() if "double" not in str(entry["made by"])}
    assert own == clean["artifacts"]


def test_changed_variant_makes_versions_of_its_artifacts_alone(root: Path, server: Server) -> None:
    for variant in VARIANTS:
        assert upload(root, variant, server).status == 0
    before = server.state.picture()
    shutil.rmtree(root / "results" / "baseline")
    train(root, "baseline", l1_size=2, seed=1)
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    after = server.state.picture()
    assert {name: after["runs"][name] for name in before["runs"]} == before["runs"] and len(after["runs"]) == 3
    fresh = {name for name in set(after["artifacts"]) - set(before["artifacts"]) if not name.startswith("run-")}
    assert fresh == {f"{kind}-baseline:v{version}" for kind in ("model", "predictions") for version in (2, 3)}
    unchanged = {name: entry for name, entry in before["artifacts"].items() if "baseline" not in name}
    assert {name: after["artifacts"][name] for name in unchanged} == unchanged
    assert "latest" in after["artifacts"]["model-baseline:v3"]["aliases"]


def test_another_training_of_the_same_configuration_is_not_mixed_in(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    before = server.state.picture()
    path = root / "results" / "baseline" / "history.parquet"
    columns = tables.read(path, tables.HISTORY).to_pydict()
    columns["loss"][9] += 1
    tables.write(path, columns, tables.HISTORY, "sample")
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
    process = subprocess.Popen(command, cwd=PROJECT, env=told, stdout=subprocess.PIPE, text=True)
    shown = "".join(process.stdout.readline() for _ in range(6))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert "WANDB_BASE_URL=http://127.0.0.1:" in shown and "WANDB_MODE=online snakemake" in shown
    assert process.returncode == 0


TRAIN = """
import sys, time
from pathlib import Path
from mnist_viz import stream, train

stream.SECONDS = 0
gate, shown = Path(sys.argv.pop(1)), train.Progress.step

def step(self, epoch, i, losses, now):
    shown(self, epoch, i, losses, now)
    while now == 40 and not gate.exists():
        time.sleep(0.05)

train.Progress.step = step
train.main()
"""


def train_live(root: Path, server: Server, gate: Path) -> "subprocess.Popen[str]":
    """Train the variant baseline anew, streaming; at step 41 it waits until there is a file `gate`."""
    results, config = root / "results", json.loads((root / "results" / "baseline" / "config.json").read_text())
    shutil.rmtree(results / "baseline")
    own = json.dumps({key: value for key, value in config.items() if key not in ("variant", "dataset")})
    section = {"mode": "online", "project": "mnist-viz", "entity": None, "capture": False, "live": True}
    told = ["--variant", "baseline", "--config", own, "--data", str(root / "resources/mnist/train.safetensors")]
    told += ["--folder", str(results / "baseline")]
    live = environment(root, server, MNIST_VIZ_LIVE=json.dumps(section))
    command = [sys.executable, "-c", TRAIN, str(gate), *told]
    return subprocess.Popen(command, env=live, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def same_bits(root: Path, trained: Path) -> bool:
    """Whether training gave the same history and checkpoints in both folders."""
    files = ["history.parquet", "checkpoints/epoch_001.safetensors", "checkpoints/epoch_002.safetensors"]
    here, there = root / "results" / "baseline", trained / "results" / "baseline"
    return all((here / file).read_bytes() == (there / file).read_bytes() for file in files)


def predict(root: Path) -> None:
    """Predict with the variant baseline."""
    folder = root / "results" / "baseline"
    told = ["--record", folder / "train.json", "--checkpoints", folder / "checkpoints"]
    told += ["--predictions", folder / "predictions.parquet", "--metrics", folder / "metrics.parquet"]
    stage("predict", *told, "--test", root / "resources" / "mnist" / "test.safetensors")


def untimed(picture: Picture) -> Picture:
    """The picture without the history's times, which are other ones when training runs again."""
    ((_, run),) = picture["runs"].items()
    assert len(run.pop("times")) == len(run["history"])
    return picture


def test_live_streaming_survives_a_killed_server_and_the_upload_completes_it(
    root: Path, trained: Path, server: Server, clean: Picture
) -> None:
    gate = root / "gate"
    streamed = threading.Event()
    server.listen = lambda line: any(run.history for run in server.state.runs.values()) and streamed.set()
    process = train_live(root, server, gate)
    assert streamed.wait(240), "nothing was streamed"
    server.stop()
    gate.touch()
    text = process.communicate(timeout=240)[0]
    assert process.returncode == 0, text
    assert "streaming to W&B" in text
    assert same_bits(root, trained)
    ((_, run),) = server.state.runs.items()
    before = run.rows()
    assert 0 < len(before) < 64 and run.state == "running"
    server.start()
    predict(root)
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    assert run.rows()[: len(before)] == before
    assert untimed(server.state.picture()) == untimed(json.loads(json.dumps(clean)))


@pytest.mark.parametrize("fault", [Fault("any", stall=200), Fault("any", 500), None], ids=["slow", "broken", "away"])
def test_training_does_not_notice_what_happens_to_wandb(
    fault: Fault | None, root: Path, trained: Path, server: Server
) -> None:
    gate = root / "gate"
    asked = threading.Event()
    if fault:
        server.faults, server.listen = [fault], lambda line: asked.set()
    else:
        server.stop()
        asked.set()
    process = train_live(root, server, gate)
    assert asked.wait(240), "the server was not asked"
    gate.touch()
    text = process.communicate(timeout=240)[0]
    assert process.returncode == 0, text
    assert same_bits(root, trained)
    assert not server.state.runs
