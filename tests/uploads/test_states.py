"""What the server ends with: lineage as the client reads it, synced runs, uploads side by side, changed variants."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl

from mnist_viz.training import split
from tests.wandb_server import Server
from tests.wandb_server.uploads import (
    Picture,
    begin,
    check_complete,
    end,
    environment,
    receipt,
    train,
    upload,
)

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
    assert upload(root, "baseline", server).status == 0
    places = {name: str(root / "read") for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR")}
    places |= {"WANDB_ARTIFACT_DIR": str(root / "read"), "WANDB_CONFIG_DIR": str(root / "read")}
    told = environment(root, server, **places, WANDB_SILENT="true")
    done = subprocess.run([sys.executable, "-c", READ], env=told, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert (read["run"], read["dataset"], read["users"]) == ("baseline", "sample:v0", ["baseline"])
    made = [f"{kind}-baseline:v{version}" for kind in ("model", "predictions") for version in (0, 1)]
    assert set(made) <= set(read["outputs"])
    images, _, _ = split.read(root / "resources" / "mnist" / "test.safetensors")
    assert read["rows"] == 1000 and read["image"] == images[7].flatten().tolist()
    expected = pl.read_parquet(root / "results" / "baseline" / "history.parquet")
    assert read["history"] == expected["loss"].to_list()
    assert "Image" in read["types"]["image"] and "Number" in read["types"]["score_3"]


def test_wandb_sync_of_the_offline_run_gives_the_same_with_lineage(root: Path, server: Server, clean: Picture) -> None:
    assert upload(root, "baseline", None, mode="offline").status == 0
    folder = root / "results" / receipt(root, "baseline")["folder"]
    command = [str(Path(sys.executable).with_name("wandb")), "sync", "--project", "mnist-viz", str(folder)]
    places = {name: str(root / "sync") for name in ("WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR")}
    told = environment(root, server, **places)
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    # W&B's sync may lose the tables that it makes itself (run-…): it asks for artifacts that it has yet to create.
    own = {name: made for name, made in clean["artifacts"].items() if not name.startswith("run-")}
    synced = server.state.picture()
    assert synced["runs"] == clean["runs"]
    # It finds the files by their absolute paths, which it sends along, as docs/wandb.md says; the upload sends none.
    assert any(f'"local_path":"{root}/results/'.encode() in content for content in server.state.blobs.values())
    assert {name: made for name, made in synced["artifacts"].items() if not name.startswith("run-")} == own
    assert upload(root, "baseline", server).status == 0
    check_complete(server, root, synced)


def test_uploads_side_by_side_share_one_dataset(root: Path, server: Server, clean: Picture) -> None:
    train(root, "double", l1_size=3)
    processes = [begin(root, variant, server) for variant in ("baseline", "double")]
    for process in processes:
        done = end(process)
        assert done.status == 0, done.text
    picture = server.state.picture()
    assert len(picture["runs"]) == 2 and all(run["used"] == ["sample:v0"] for run in picture["runs"].values())
    own = {name: entry for name, entry in picture["artifacts"].items() if "double" not in str(entry["made by"])}
    assert own == clean["artifacts"]


def test_changed_variant_makes_versions_of_its_artifacts_alone(root: Path, server: Server) -> None:
    train(root, "double", l1_size=3)
    for variant in ("baseline", "double"):
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
