"""What W&B refuses for good is said with the ways out, and nothing is sent; the ways out lead out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.wandb_server import Export, Server
from tests.wandb_server.uploads import receipt, upload

CHANGES = ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream", "CreateRunFiles")


def refused(root: Path, server: Server, **options: Any) -> str:
    """What an upload says that is refused before it sends anything."""
    before = [server.count(change) for change in CHANGES], server.uploaded, server.state.picture()
    (root / "results" / "baseline" / "wandb.json").unlink()
    done = upload(root, "baseline", server, **options)
    assert done.status == 1 and "Traceback" not in done.text, done.text
    assert "pload again" not in done.text
    assert ([server.count(change) for change in CHANGES], server.uploaded, server.state.picture()) == before
    assert not (root / "results" / "baseline" / "wandb.json").exists()
    return done.text


def test_a_deleted_run_is_said_with_the_ways_out_and_undeleting_it_helps(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((place, run),) = server.state.runs.items()
    server.state.delete(run)
    before = server.state.picture()
    done = upload(root, "baseline", server, patience=3600)  # the end does not wait for it
    assert done.status == 1 and "/".join(place) in done.text and "Traceback" not in done.text, done.text
    assert "previously created and deleted" in done.text and "pload again" not in done.text
    assert "Undelete the run" in done.text and "set wandb: attempt: 2" in done.text
    assert server.state.picture() == before
    server.state.restore(run)
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text


def test_another_attempt_makes_another_run_of_the_same_training(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    first = receipt(root, "baseline")
    ((_, run),) = server.state.runs.items()
    server.state.delete(run)
    versions = server.state.picture()["artifacts"]
    done = upload(root, "baseline", server, wandb={"attempt": 2})
    assert done.status == 0, done.text
    ((_, again),) = server.state.runs.items()
    told = receipt(root, "baseline")
    assert told["attempt"] == 2 and told["run"] == again.name != run.name and "attempt" not in first
    losses = [[row.get("loss") for row in each.rows()] for each in (run, again)]
    assert losses[0] == losses[1]
    kept = [name for name in versions if not name.startswith("run-")]
    assert [name for name in server.state.picture()["artifacts"] if not name.startswith("run-")] == kept
    assert [entry.get("made_by", "a person") for entry in told["artifacts"]] == ["a person", *[None] * 4]
    assert [entry["digest"] for entry in told["artifacts"]] == [entry["digest"] for entry in first["artifacts"]]


TENTH = {"images": {"batches_to_log": 1, "images_per_batch": 100}}


@pytest.mark.parametrize("form", [None, Export()], ids=["live", "exported"])
def test_other_tables_are_refused_before_anything_is_sent(form: Export | None, root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    run.export = form
    text = refused(root, server, tables=TENTH)
    assert "that of epoch 1 shows 1000 images, here 100" in text
    ways = ("Let tables: images: choose 1000 again", "set wandb: attempt: 2", "another wandb: project:")
    assert all(way in text for way in ways), text
    done = upload(root, "baseline", server, tables=TENTH, wandb={"attempt": 2})
    assert done.status == 0, done.text
    assert receipt(root, "baseline")["table_rows"] == 200


def write(run: Any, number: int, at: int, **changes: object) -> None:
    """Change the history's row with a number, from 0, and put it at a place in it, instead of what is there or not."""
    changed = json.dumps({**json.loads(run.history[number]), **changes})
    run.history[at : at + (at == number)] = [changed]


def lose(run: Any) -> None:
    del run.history[20]


ANOTHER = "another training of the same configuration: its"
OTHERS = {
    "a loss": (lambda run: write(run, 9, 9, loss=17.5), f"{ANOTHER} loss at step 10 is 17.5"),
    "a metric": (lambda run: write(run, 65, 65, errors=1), f"{ANOTHER} errors at step 66 is 1"),
    "a step twice": (lambda run: write(run, 2, 3, loss=17.5), f"{ANOTHER} loss at step 3 is 17.5"),
    "a gap": (lose, "lacks step 21, though it goes on to step 66"),
}


@pytest.mark.parametrize(("change", "said"), OTHERS.values(), ids=OTHERS.keys())
def test_a_history_that_cannot_be_completed_is_refused(change: Any, said: str, root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    change(run)
    text = refused(root, server)
    assert said in text and "et wandb: attempt: 2" in text, text


def test_a_run_that_takes_no_earlier_steps_is_refused(root: Path, server: Server) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    del run.history[40:]  # its summary has step 66
    before = [*run.history]
    done = upload(root, "baseline", server)
    assert done.status == 1 and "takes rows only from step 67 on, though its history ends with step 40" in done.text
    assert "et wandb: attempt: 2" in done.text and "pload again" not in done.text
    assert run.history == before
    done = upload(root, "baseline", server, wandb={"attempt": 2})
    assert done.status == 0, done.text
    told = receipt(root, "baseline")
    made = {entry["name"]: entry["made_by"] for entry in told["artifacts"][1:]}
    assert made["model-baseline"] == f"person/mnist-viz/{run.name}" != told["run_path"]


def test_a_row_that_is_lost_on_the_way_is_no_reason_to_upload_again(root: Path, server: Server) -> None:
    def lose_once(_: str) -> None:
        for run in server.state.runs.values():
            if len(run.history) == 66 and run.state == "finished":
                lose(run)

    server.listen = lose_once
    done = upload(root, "baseline", server, patience=30)
    assert done.status == 1 and "lacks step 21, though it goes on to step 66" in done.text, done.text
    assert "et wandb: attempt: 2" in done.text and "pload again" not in done.text


def test_offline_runs_have_attempts_too(root: Path, server: Server) -> None:
    ids = []
    for attempt in (1, 2):
        assert upload(root, "baseline", None, mode="offline", wandb={"attempt": attempt}).status == 0
        ids.append(receipt(root, "baseline")["run"])
        shutil.rmtree(root / "results" / "wandb")
    assert ids[0] != ids[1]
