"""The runs of the variants as their uploads' receipts name them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mnist_viz.job import records


class Uploaded(NamedTuple):
    """A variant's run on the server."""

    variant: str
    run: str
    """The run's id."""
    place: str
    """The user or team and the project, as in `person/mnist-viz`."""
    dataset: str
    """The version of the dataset that it used, as in `mnist:v0`."""
    predictions: list[str]
    """The version of the predictions of every epoch, as in `predictions-baseline:v1`."""


def is_uploaded(receipt: Path) -> bool:
    """Whether a receipt is of a run: nothing is uploaded of a variant that diverged."""
    return "not_uploaded" not in records.read(receipt)


def uploaded(receipts: Sequence[Path]) -> list[Uploaded]:
    """The runs of the receipts. ValueError if one is not of an upload to a server, or if not all are in one project."""
    runs = [_uploaded(receipt) for receipt in receipts]
    for receipt, run in zip(receipts, runs, strict=True):
        if run.place != runs[0].place:
            raise ValueError(
                f"{receipt} is of a run in {run.place}, {receipts[0]} of one in {runs[0].place}. A report is of runs "
                "in one project. Upload all to one: WANDB_MODE=online snakemake --cores 1 upload"
            )
    return runs


def _uploaded(receipt: Path) -> Uploaded:
    told = records.read(receipt)
    if told["mode"] != "online":
        raise ValueError(
            f"{receipt} is of an upload in mode {told['mode']}. Upload first: "
            "WANDB_MODE=online snakemake --cores 1 upload"
        )
    made: list[dict[str, Any]] = [entry for entry in told["artifacts"] if entry["type"] == "predictions"]
    names = [f"{entry['name']}:{entry['version']}" for entry in made]
    place = told["run_path"].rpartition("/")[0]
    return Uploaded(told["variant"], told["run"], place, told["lineage"]["input"], names)
