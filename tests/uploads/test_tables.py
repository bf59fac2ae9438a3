"""The order of a run's history, and which tables go with it."""

import json
from pathlib import Path

import pytest

from tests.wandb_server import Server
from tests.wandb_server.state import Run
from tests.wandb_server.uploads import predict_command, receipt, stages, train_command, upload

CHANGES = ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream", "CreateRunFiles")


def changes(server: Server) -> list[int]:
    """How often something was sent."""
    return [server.count(change) for change in CHANGES]


def make_old(run: Run) -> None:
    """Let a run be as earlier releases left it half-way: training, the first epoch's row, accuracy as a fraction."""
    rows = run.rows()
    trained = [row for row in rows if "loss" in row]
    (epoch, _) = ({**row, "acc": row["accuracy"]} for row in rows if "loss" not in row)
    del epoch["accuracy"]
    run.history = [json.dumps({**row, "_step": step}) for step, row in enumerate([*trained, epoch], 1)]
    run.state, run.summary = "running", {"_step": len(run.history)}


def test_run_in_the_old_order_is_completed_in_it_and_not_repeated(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    later = run.rows()[-1]
    make_old(run)
    before = run.rows()
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    assert run.rows()[: len(before)] == before and run.state == "finished"
    (added,) = run.rows()[len(before) :]
    assert (added["_step"], added["epoch"], added["acc"]) == (len(before) + 1, 2, later["accuracy"])
    assert "accuracy" not in added and "test_predictions" in added
    sent = changes(server)
    assert upload(root, "baseline", server).status == 0
    assert changes(server) == sent
    assert receipt(root, "baseline")["history_rows"] == len(before) + 1


TABLES = {
    "last": ({"epochs": "last"}, [2], [2]),
    "first and last": ({"epochs": "first and last"}, [1, 2], [1, 2]),
    "once": ({"logged": False}, [1, 2], []),
    "last, once": ({"epochs": "last", "logged": False}, [2], []),
}


@pytest.mark.parametrize(("choice", "stored", "logged"), TABLES.values(), ids=TABLES.keys())
def test_tables_are_those_that_the_configuration_chooses(
    root: Path, server: Server, choice: dict[str, object], stored: list[int], logged: list[int]
) -> None:
    section = {"epochs": "all", "logged": True, **choice}
    done = upload(root, "baseline", server, tables=section)
    assert done.status == 0, done.text
    ((_, run),) = server.state.runs.items()
    evaluated = [row for row in run.rows() if "acc" in row]
    assert [row["epoch"] for row in evaluated] == [1, 2]
    assert [row["epoch"] for row in evaluated if "test_predictions" in row] == logged
    assert len([name for name in run.files if name.startswith("media/table/")]) == len(logged)
    made = [(artifact.collection, artifact.metadata) for artifact in server.state.artifacts.values()]
    epochs = [json.loads(metadata)["epoch"] for name, metadata in made if name == "predictions-baseline"]
    assert epochs == stored
    assert len([name for name, _ in made if name == "model-baseline"]) == 2
    told = receipt(root, "baseline")
    assert (told["tables"], told["table_rows"]) == (len(logged), 1000 * len(logged))
    assert len(told["artifacts"]) == 1 + 2 + len(stored)
    sent = changes(server)
    assert upload(root, "baseline", server, tables=section).status == 0
    assert changes(server) == sent


def files(root: Path) -> int:
    """The files of W&B's in the results, but for the pictures, of which there is one a test image."""
    return len([path for path in (root / "results" / "wandb").rglob("*") if path.is_file() and path.suffix != ".png"])


def test_files_of_an_offline_run_grow_with_the_epochs_whose_tables_are_chosen_alone(root: Path) -> None:
    stages(train_command(root, "longer", epochs=12), predict_command(root, "longer"))
    found: dict[tuple[str, str], int] = {}
    for epochs in ("all", "last"):
        for variant in ("baseline", "longer"):
            before = files(root)
            section: dict[str, object] = {"images": {"batches_to_log": 1, "images_per_batch": 1}, "epochs": epochs}
            assert upload(root, variant, None, mode="offline", tables=section).status == 0
            found[variant, epochs] = files(root) - before
    assert found["longer", "last"] <= found["baseline", "last"]
    assert found["longer", "all"] > found["baseline", "all"]
