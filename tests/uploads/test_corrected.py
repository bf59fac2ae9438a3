"""The upload of a test set with corrected labels, by the real client, beside that of the given ones: a run of its own,
which says what was corrected, read back from the stand-in server."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from tests import corrected
from tests.wandb_server import Server
from tests.wandb_server.state import Run
from tests.wandb_server.uploads import data_command, predict_command, receipt, stages, upload

EXCLUDED = (7, 11)


def run(server: Server, identity: str) -> Run:
    (found,) = (each for place, each in server.state.runs.items() if place[-1] == identity)
    return found


def said(found: Run) -> tuple[dict[str, object], dict[str, object]]:
    """The configuration and the summary of a run."""
    return {key: entry["value"] for key, entry in found.config.items()}, found.summary


def table(files: dict[str, bytes], name: str) -> pl.DataFrame:
    content = json.loads(files[f"{name}.table.json"])
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["data"]]
    return pl.DataFrame([{**row, "image": None} for row in rows], infer_schema_length=None)


def test_corrected_labels_are_a_run_of_their_own_that_says_so(root: Path, server: Server) -> None:
    given = pl.read_parquet(root / "results" / "images.parquet", columns=["id", "truth"])["truth"].to_list()
    labels = {number: (given[number] + 1) % 10 for number in (0, 3, 5)}
    marks = corrected.write(root / "marks.csv", root, labels, EXCLUDED)
    assert upload(root, "baseline", server).status == 0
    before = receipt(root, "baseline")
    stages([*data_command(root), "--corrections", marks], predict_command(root, "baseline"))
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    after = receipt(root, "baseline")
    assert before["run"] != after["run"] and len(server.state.runs) == 2

    told = {
        "corrections_sha256": hashlib.sha256(marks.read_bytes()).hexdigest(),
        "corrected_images": len(labels),
        "excluded_images": len(EXCLUDED),
    }
    digest = json.loads((root / "results" / "data.json").read_text())["dataset_sha256"]
    (configuration, summary), earlier = said(run(server, after["run"])), said(run(server, before["run"]))
    assert (told | {"dataset_sha256": digest}).items() <= configuration.items()
    assert told.items() <= summary.items()
    assert not any(told.keys() & place.keys() for place in earlier)

    truth = [labels.get(number, label) if number not in EXCLUDED else None for number, label in enumerate(given)]
    for epoch in (1, 2):
        found = table(server.files(f"predictions-baseline:epoch-{epoch}"), "test_predictions")
        assert found.columns[:5] == ["id", "image", "guess", "truth", "given"]
        assert found["truth"].to_list() == truth and found["given"].to_list() == given
    images = table(server.files("sample:latest"), "test_images")
    assert images["truth"].to_list() == truth and images["given"].to_list() == given
    metrics = pl.read_parquet(root / "results" / "baseline" / "metrics.parquet")
    evaluated = [row for row in run(server, after["run"]).rows() if "acc" in row]
    assert [row["errors"] for row in evaluated] == metrics["errors"].to_list()
    for row in evaluated:
        assert row["accuracy"] == pytest.approx(1 - row["errors"] / (len(given) - len(EXCLUDED)))

    sent = server.state.picture()
    assert upload(root, "baseline", server).status == 0
    assert server.state.picture() == sent
