"""The run of a variant: how it is made, what it uses and what it logs."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_viz.upload import client, wandb_internals
from mnist_viz.upload.artifacts import TABLE, Made, model_artifact, prediction_artifact
from mnist_viz.upload.client import Destination
from mnist_viz.upload.variant import Row, Variant

if TYPE_CHECKING:
    import wandb

logger = logging.getLogger("mnist_viz")  # as job.log has it, on which what is uploaded does not depend


def init(variant: Variant, destination: Destination) -> "wandb.Run":
    """Make the variant's run, or go on with it where the server has it already."""
    run = client.init_run(variant.run_id, variant.name, variant.said, variant.run_config, destination)
    client.exit_without_waiting()
    run.summary.update(variant.correction)
    return run


def epoch_artifacts(variant: Variant, epoch: int, entries: list[wandb_internals.Entry]) -> list[Made]:
    """The model of an epoch and, if its table is to be uploaded, its predictions."""
    model = model_artifact(variant, epoch)
    return [model, prediction_artifact(variant, epoch, entries)] if epoch in variant.with_tables else [model]


def epoch_row(variant: Variant, row: Row, made: list[Made]) -> Row:
    """The row of an epoch, with the table among what was made of it if tables are to be logged."""
    tables = [one.table for one in made if one.table is not None and variant.logs_tables]
    return {**row, TABLE: tables[0]} if tables else row


def use_dataset(run: "wandb.Run", dataset: Made, patience: int) -> "wandb.Artifact":
    """Upload the dataset, if it is not there, as an input of the run.

    Uploads side by side take turns, so that one of them sends the bytes.
    """
    with _one_at_a_time(Path(os.environ["WANDB_DIR"]) / "wandb" / "dataset.lock"):
        artifact = wandb_internals.log_input(run, dataset.artifact, dataset.aliases)
        return artifact if run.offline else client.wait(artifact, patience)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is inside; where the disk knows no locks (Lustre without flock), do not wait."""
    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            logger.info("the dataset may be sent by several uploads at once: %s can't be locked: %s", path.name, error)
        yield


def log_artifacts(run: "wandb.Run", *made: Made, patience: int) -> None:
    """Log artifacts, and online wait for them."""
    for one in made:
        run.log_artifact(one.artifact, aliases=list(dict.fromkeys(["latest", *one.aliases])))
    if not run.offline:
        for one in made:
            client.wait(one.artifact, patience)


def folders(variant: Variant, kind: str) -> list[Path]:
    """W&B's folders of the variant's runs of a kind, `run` or `offline-run`."""
    return list((variant.results / "wandb").glob(f"{kind}-*-{variant.run_id}"))


def folder_of(run: "wandb.Run", variant: Variant) -> Path:
    """W&B's folder of a run that is going on, beneath the variant's results."""
    return variant.results / "wandb" / Path(run.dir).parent.name


def remove_folders(variant: Variant, kind: str) -> None:
    """Remove the folders of a kind: everything in them is made from the files.

    One that can't be removed, because NFS keeps a file that is open or because it is another's, is named and stays.
    """
    for folder in folders(variant, kind):
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            logger.warning("upload %s: %s could not be removed; it is of no more use", variant.name, folder.name)
