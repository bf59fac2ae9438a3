"""Mode online: the server is brought to what the files say, and everything is read back."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mnist_viz.upload import conflicts, readback, receipt, run, wandb_internals
from mnist_viz.upload.artifacts import TABLE, dataset_artifact
from mnist_viz.upload.client import Destination
from mnist_viz.upload.readback import Wanted, wanted
from mnist_viz.upload.receipt import Receipt
from mnist_viz.upload.variant import Variant

if TYPE_CHECKING:
    import wandb


def upload(variant: Variant, destination: Destination, made_epoch: Callable[[int], None]) -> Receipt:
    """Bring the server to what the files say, read everything back and return the receipt.

    Only what the server lacks is sent. `made_epoch` is called with every epoch that is there. Raises OSError naming
    what the server lacks even then, and ValueError if its run holds what W&B cannot replace, before anything is sent.
    """
    import wandb

    api = wandb.Api(timeout=destination.patience)
    asked = f"{own_entity(variant, destination, api)}/{destination.project}"
    needed, project = send_missing(variant, destination, api, asked, made_epoch)
    lacks: list[str] = []
    for seconds in waits(destination.patience):
        time.sleep(seconds)
        lacks, told = read_back(variant, destination, api, project, needed)
        if not lacks:
            run.remove_folders(variant, "offline-run")
            run.remove_folders(variant, "run")
            return told
    if (there := readback.find_run(api, f"{project}/{variant.run_id}")) is not None:
        conflicts.check(variant, readback.history(there), f"{project}/{variant.run_id}")
    raise OSError(
        f"upload {variant.name}: {project}/{variant.run_id} was uploaded, but W&B lacks {'; '.join(lacks)}. "
        "Upload again to send what is missing."
    )


def own_entity(variant: Variant, destination: Destination, api: "wandb.Api") -> str:
    """The user or team that the run belongs to. OSError if nothing says which."""
    entity = destination.entity or api.default_entity
    if not entity:
        raise OSError(
            f"upload {variant.name}: this account has no user or team of its own at {api.settings['base_url']}. Set "
            "the team that the run is to belong to: wandb: entity: in the configuration, or WANDB_ENTITY"
        )
    return entity


def waits(patience: int) -> Iterator[int]:
    """Seconds before each look at what the server has: none, 1, 2, 4, … up to a tenth of the patience.

    W&B shows what it was sent a little later.
    """
    yield 0
    seconds = 1
    while seconds <= patience / 10:
        yield seconds
        seconds *= 2


def send_missing(
    variant: Variant, destination: Destination, api: "wandb.Api", project: str, made_epoch: Callable[[int], None]
) -> tuple[list[Wanted], str]:
    """Send what the server lacks to the `project` (entity/project).

    Returns the artifacts that it then has to have, the dataset first, and the project that they are in: as the server
    calls it, if anything was sent.
    """
    path = f"{project}/{variant.run_id}"
    patience = destination.patience
    before = readback.find_run(api, path)
    rows = readback.history(before) if before else []
    variant.arrange(rows)
    conflicts.check(variant, rows, path)
    last_step = max((row["_step"] for row in rows), default=0)

    dataset = dataset_artifact(variant)
    needed = [wanted(dataset, variant.results)]
    found = readback.find_artifact(api, project, needed[0])
    own = None
    if (
        before is None
        or found is None
        or readback.missing_run(variant, before)
        or readback.missing_artifact(needed[0], found)
        or needed[0].digest not in readback.inputs(before)
        or last_step < variant.training[-1][0]
    ):
        own = run.init(variant, destination)
        conflicts.check_next_step(variant, own.starting_step, last_step, path)
        wandb_internals.hide_paths(dataset.artifact)
        found = run.use_dataset(own, dataset, patience)

    entries = references(found, variant.pictures.names)
    for step, row in variant.history:
        if "epoch" not in row:
            if own is not None and step > last_step:
                own.log(row, step=step)
            continue
        made = run.epoch_artifacts(variant, row["epoch"], entries)
        wants = [wanted(one, variant.results) for one in made]
        needed += wants
        lacks = [
            lack
            for want in wants
            for lack in readback.missing_artifact(want, readback.find_artifact(api, project, want))
        ]
        if own is None and (lacks or step > last_step):
            own = run.init(variant, destination)
            conflicts.check_next_step(variant, own.starting_step, last_step, path)
        if own is not None:
            wandb_internals.hide_paths(*(one.artifact for one in made))
            run.log_artifacts(own, *made, patience=patience)
            if step > last_step:
                own.log(run.epoch_row(variant, row, made), step=step)
        made_epoch(row["epoch"])
    if own is not None:
        own.finish()
        project = f"{own.entity}/{own.project}"
    return needed, project


def references(dataset: "wandb.Artifact", names: list[str]) -> list[wandb_internals.Entry]:
    """Manifest entries that refer to files of the dataset on the server."""
    import wandb

    scratch = wandb.Artifact("references", "dataset")
    return [scratch.add_reference(dataset.get_entry(name), name=name)[0] for name in names]


def read_back(
    variant: Variant, destination: Destination, api: "wandb.Api", project: str, needed: list[Wanted]
) -> tuple[list[str], Receipt]:
    """What the server lacks, as sentences; and, if it lacks nothing, the receipt."""
    path = f"{project}/{variant.run_id}"
    there = readback.find_run(api, path)
    if there is None:
        return [f"the run {path}"], {}
    rows = readback.history(there)
    lacks = readback.missing_run(variant, there) + readback.missing_history(variant, rows)
    found: list[wandb.Artifact] = []
    for want in needed:
        artifact = readback.find_artifact(api, project, want)
        lacks += readback.missing_artifact(want, artifact)
        found += [] if artifact is None else [artifact]
    lacks += readback.missing_input(there, needed[0])
    if lacks:
        return lacks, {}
    artifacts = []
    makers = readback.makers(there, found[1:])
    for want, artifact in zip(needed, found, strict=True):
        has_table = want.type in ("dataset", "predictions")
        count = len(wandb_internals.download_table(artifact)) if has_table else None
        if want.type == "predictions" and count is not None and count != variant.shown:
            lacks.append(f"{variant.shown - count} rows of the table in {artifact.name}")
        artifacts.append(receipt.of_found(want, artifact, makers, count))
    tables = [row[TABLE] for row in rows if TABLE in row]
    told = {
        **receipt.head(variant, destination.mode, project.partition("/")[2]),
        "run_path": path,
        "url": there.url,
        "history_rows": len(rows),
        "tables": len(tables),
        "table_rows": sum(wandb_internals.table_height(table) for table in tables),
        "lineage": {"input": f"{artifacts[0]['name']}:{artifacts[0]['version']}", "input_digest": needed[0].digest},
        "artifacts": artifacts,
    }
    return lacks, told
