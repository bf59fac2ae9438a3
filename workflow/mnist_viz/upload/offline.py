"""Mode offline: the variant's run on disk, to be uploaded later."""

from collections.abc import Callable
from pathlib import Path

from mnist_viz.upload import receipt, run, wandb_internals
from mnist_viz.upload.artifacts import dataset_artifact
from mnist_viz.upload.client import Destination
from mnist_viz.upload.readback import wanted
from mnist_viz.upload.variant import Variant


def write(variant: Variant, destination: Destination, made_epoch: Callable[[int], None]) -> receipt.Receipt:
    """Make the variant's offline run and return the receipt. `made_epoch` is called with every epoch that is in it."""
    run.remove_folders(variant, "offline-run")
    dataset = dataset_artifact(variant)
    entries = wandb_internals.entries(dataset.artifact, variant.pictures.names)
    made = [wanted(dataset, variant.results)]
    patience = destination.patience
    own = run.init(variant, destination)
    run.use_dataset(own, dataset, patience)
    for step, row in variant.history:
        if "epoch" not in row:
            own.log(row, step=step)
            continue
        of_epoch = run.epoch_artifacts(variant, row["epoch"], entries)
        run.log_artifacts(own, *of_epoch, patience=patience)
        own.log(run.epoch_row(variant, row, of_epoch), step=step)
        made += [wanted(one, variant.results) for one in of_epoch]
        made_epoch(row["epoch"])
    folder = run.folder_of(own, variant)
    own.finish()
    check_log(folder, last_step=variant.evaluation[-1][0])
    return {
        **receipt.head(variant, destination.mode, destination.project),
        "folder": str(folder.relative_to(variant.results)),
        "to_upload": "WANDB_MODE=online snakemake --cores 1 upload",
        "lineage": {"input": f"{made[0].name}:latest", "input_digest": made[0].digest},
        "artifacts": [receipt.of_local(want) for want in made],
    }


def check_log(folder: Path, last_step: int) -> None:
    """Raise CommError if the log of an offline run is not whole: the client tells nobody when it can't write it."""
    import wandb

    found = wandb_internals.offline_log(folder)
    if found != ("finished", last_step):
        raise wandb.errors.CommError(
            f"W&B's log in {folder} is not whole: {found.state} at step {found.step} of {last_step}"
        )
