"""The receipt of a variant that diverged: W&B gets nothing of it."""

from pathlib import Path
from typing import NamedTuple

from mnist_viz.job import divergence, records
from mnist_viz.store.corrections import entry, recorded
from mnist_viz.store.files import read_json, sha256
from mnist_viz.upload.receipt import Receipt
from mnist_viz.upload.variant import run_id


class Told(NamedTuple):
    """Why nothing is uploaded, and the records that say it."""

    inputs: dict[Path, str]
    """Their SHA-256."""
    facts: Receipt


def told(results: Path, variant: str, mode: str) -> Told | None:
    """What the receipt of a variant in the folder `results` says instead of an upload; None if it did not diverge.

    Training that streamed its losses (`live: true`) did so before it diverged: the receipt names their run.
    """
    path = results / variant / "predict.json"
    record = records.read(path)
    found = divergence.of(record)
    if found is None:
        return None
    facts: Receipt = {"mode": mode, "variant": variant, "dataset": record["dataset"]}
    facts["not_uploaded"] = f"nothing is uploaded of a variant that diverged, with {found}"
    facts |= entry(recorded(record))
    trained = records.read(results / variant / "train.json")
    if streamed := trained.get("streamed"):
        digest = trained["dataset_sha256"] if streamed is True else streamed  # that of a corrected dataset
        facts["streamed_run"] = run_id(read_json(results / variant / "config.json"), digest)
    return Told({path: sha256(path)}, facts)
