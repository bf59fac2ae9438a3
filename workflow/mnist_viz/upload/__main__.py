"""The command: `python -m mnist_viz.upload`."""

import argparse
import atexit
import errno
import fcntl
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mnist_viz.upload as stage
from mnist_viz.job import log, orphan, records
from mnist_viz.job.keys import key
from mnist_viz.job.log import logger
from mnist_viz.job.preflight import LEAST
from mnist_viz.upload import client, readback
from mnist_viz.upload.contents import (
    TABLE,
    Made,
    Variant,
    checked_inputs,
    dataset_artifact,
    model_artifact,
    prediction_artifact,
)
from mnist_viz.upload.readback import Wanted, wanted

if TYPE_CHECKING:
    import wandb

Section = dict[str, Any]  # wandb: of the configuration
Receipt = dict[str, Any]

READ_AGAIN = (0, 1, 2, 4, 8, 16, 32)  # seconds: W&B shows what it was sent a little later


def write_offline(variant: Variant, section: Section) -> Receipt:
    """Make the variant's offline run and return the receipt."""
    remove_runs(variant, "offline-run")
    dataset = dataset_artifact(variant)
    entries = [dataset.artifact.manifest.entries[name] for name in variant.pictures.names]
    made = [wanted(dataset, variant.results)]
    run = start(variant, section)
    use_dataset(run, dataset)
    for step, row in variant.training:
        run.log(row, step=step)
    for step, row in variant.evaluation:
        model, predictions = epoch_artifacts(variant, row["epoch"], entries)
        log_artifacts(run, model, predictions)
        run.log({**row, TABLE: predictions.table}, step=step)
        made += [wanted(model, variant.results), wanted(predictions, variant.results)]
        logger.info("upload %s  epoch %d/%d", variant.name, row["epoch"], len(variant.metrics))
    run.finish()
    (offline,) = (variant.results / "wandb").glob(f"offline-run-*-{variant.run_id}")
    client.check_log(offline, last_step=variant.evaluation[-1][0])
    artifacts = [
        {"name": want.name, "type": want.type, "aliases": want.aliases, "digest": want.digest}
        | {"files": want.files, "bytes": want.bytes, "made_from": want.sources}
        for want in made
    ]
    return {
        **receipt_head(variant, section),
        "folder": str(offline.relative_to(variant.results)),
        "to_upload": "WANDB_MODE=online snakemake --cores 1 upload",
        "lineage": {"input": f"{made[0].name}:latest", "input_digest": made[0].digest},
        "artifacts": artifacts,
    }


def upload(variant: Variant, section: Section) -> Receipt:
    """Bring the server to what the files say, read everything back and return the receipt.

    Only what the server lacks is sent. Raises OSError naming what it lacks even then, and ValueError if its run holds
    another training.
    """
    import wandb

    api = wandb.Api(timeout=client.PATIENCE)
    project = f"{section['entity'] or api.default_entity}/{section['project']}"
    path = f"{project}/{variant.run_id}"
    before = readback.find_run(api, path)
    rows = readback.history(before) if before else []
    readback.check_same_training(variant, rows, path)
    last_step = max((row["_step"] for row in rows), default=0)

    dataset = dataset_artifact(variant)
    needed = [wanted(dataset, variant.results)]
    found = readback.find_artifact(api, project, needed[0])
    run = None
    if (
        before is None
        or readback.missing_run(variant, before)
        or readback.missing_artifact(needed[0], found)
        or needed[0].digest not in readback.inputs(before)
        or last_step < len(variant.training)
    ):
        run = start(variant, section)
        client.hide_paths(dataset.artifact)
        found = use_dataset(run, dataset)
        for step, row in variant.training[last_step:]:
            run.log(row, step=step)

    entries = references(found, variant.pictures.names)
    for step, row in variant.evaluation:
        model, predictions = epoch_artifacts(variant, row["epoch"], entries)
        wants = [wanted(model, variant.results), wanted(predictions, variant.results)]
        needed += wants
        lacks = [
            lack
            for want in wants
            for lack in readback.missing_artifact(want, readback.find_artifact(api, project, want))
        ]
        if run is None and (lacks or step > last_step):
            run = start(variant, section)
        if run is not None:
            client.hide_paths(model.artifact, predictions.artifact)
            log_artifacts(run, model, predictions)
            if step > last_step:
                run.log({**row, TABLE: predictions.table}, step=step)
        logger.info("upload %s  epoch %d/%d", variant.name, row["epoch"], len(variant.metrics))
    if run is not None:
        run.finish()
    for seconds in READ_AGAIN:
        time.sleep(seconds)
        lacks, receipt = read_back(variant, section, api, project, needed)
        if not lacks:
            remove_runs(variant, "offline-run")
            remove_runs(variant, "run")
            return receipt
    raise OSError(
        f"upload {variant.name}: {path} was uploaded, but W&B lacks {'; '.join(lacks)}. "
        "Upload again to send what is missing."
    )


def read_back(
    variant: Variant, section: Section, api: "wandb.Api", project: str, needed: list[Wanted]
) -> tuple[list[str], Receipt]:
    """What the server lacks, as sentences; and, if it lacks nothing, the receipt."""
    path = f"{project}/{variant.run_id}"
    run = readback.find_run(api, path)
    if run is None:
        return [f"the run {path}"], {}
    rows = readback.history(run)
    found = [readback.find_artifact(api, project, want) for want in needed]
    lacks = readback.missing_run(variant, run) + readback.missing_history(variant, rows)
    for want, artifact in zip(needed, found, strict=True):
        lacks += readback.missing_artifact(want, artifact)
    lacks += readback.missing_lineage(run, needed[0], needed[1:])
    if lacks:
        return lacks, {}
    artifacts = []
    for want, artifact in zip(needed, found, strict=True):
        table = want.type in ("dataset", "predictions")
        count = readback.table_rows(artifact) if table else None
        if want.type == "predictions" and count != variant.shown:
            lacks.append(f"{variant.shown - count} rows of the table in {artifact.name}")
        artifacts.append(readback.receipt_of(want, artifact, count))
    receipt = {
        **receipt_head(variant, section),
        "run_path": path,
        "url": run.url,
        "history_rows": len(rows),
        "tables": sum(TABLE in row for row in rows),
        "table_rows": sum(row[TABLE]["nrows"] for row in rows if TABLE in row),
        "lineage": {"input": f"{artifacts[0]['name']}:{artifacts[0]['version']}", "input_digest": needed[0].digest},
        "artifacts": artifacts,
    }
    return lacks, receipt


def receipt_head(variant: Variant, section: Section) -> Receipt:
    """What every receipt begins with."""
    return {
        "mode": section["mode"],
        "variant": variant.name,
        "dataset": variant.dataset,
        "project": section["project"],
        "run": variant.run_id,
        "history_rows": len(variant.training) + len(variant.evaluation),
        "tables": len(variant.evaluation),
        "table_rows": variant.shown * len(variant.evaluation),
    }


def start(variant: Variant, section: Section) -> "wandb.Run":
    """Start the variant's run, or go on with it."""
    run = client.start_run(variant.run_id, variant.name, variant.dataset, variant.run_config, section)
    atexit.register(os._exit, 1)  # again, to come before what the client has registered
    return run


def epoch_artifacts(variant: Variant, epoch: int, entries: list[Any]) -> tuple[Made, Made]:
    """The model and the predictions of an epoch."""
    return model_artifact(variant, epoch), prediction_artifact(variant, epoch, entries)


def use_dataset(run: "wandb.Run", dataset: Made) -> "wandb.Artifact":
    """Upload the dataset, if it is not there, as an input of the run.

    This is what run.use_artifact does with a new artifact. It refuses to in an offline run, whose log can hold it all
    the same: `wandb sync` then makes the lineage. Uploads side by side take turns, so that one of them sends the bytes.
    """
    with one_at_a_time(Path(os.environ["WANDB_DIR"]) / "wandb" / "dataset.lock"):
        artifact = run._log_artifact(
            dataset.artifact, aliases=dataset.aliases, is_user_created=True, use_after_commit=True
        )
        return artifact if run.offline else client.wait(artifact)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is inside."""
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def references(dataset: "wandb.Artifact", names: list[str]) -> list[Any]:
    """Manifest entries that refer to files of the dataset on the server."""
    import wandb

    scratch = wandb.Artifact("references", "dataset")
    return [scratch.add_reference(dataset.get_entry(name), name=name)[0] for name in names]


def log_artifacts(run: "wandb.Run", *made: Made) -> None:
    """Log artifacts, and online wait for them."""
    for one in made:
        run.log_artifact(one.artifact, aliases=list(dict.fromkeys(["latest", *one.aliases])))
    if not run.offline:
        for one in made:
            client.wait(one.artifact)


def remove_runs(variant: Variant, kind: str) -> None:
    """Remove the run's folders of a kind (`run`, `offline-run`): everything in them is made from the files."""
    for folder in (variant.results / "wandb").glob(f"{kind}-*-{variant.run_id}"):
        shutil.rmtree(folder)


def explain(variant: str, error: Exception, folder: Path, mode: str) -> OSError:
    """What went wrong, why as far as can be found out, and what to do."""
    import wandb

    if shutil.disk_usage(folder).free < LEAST:
        return OSError(errno.ENOSPC, f"upload {variant}: {error}")
    said = str(error).rstrip(".")
    if mode == "offline":
        return OSError(f"upload {variant}: {said}. Upload again when that has passed")
    trouble = client.trouble_now() or client.last_trouble(folder)
    if trouble and trouble not in said:
        said += f" ({trouble})"
    text = f"upload {variant}: W&B at {client.server()}: {said}"
    if isinstance(error, wandb.errors.UsageError) or re.search(r"\b(401|403)\b", said):
        return OSError(
            f"{text}. Set WANDB_API_KEY to a key that this server accepts, or keep the run on disk: mode: offline"
        )
    return OSError(f"{text}. Upload again when that has passed; what has arrived is not sent twice")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.upload", description=stage.__doc__)
    parser.add_argument("--variant", required=True, help="the variant's name")
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument("--resources", type=Path, required=True, help="the resources folder")
    parser.add_argument("--tables", type=json.loads, required=True, help="the section tables: of the configuration")
    parser.add_argument("--wandb", type=json.loads, required=True, help="the section wandb: of the configuration")
    parser.add_argument("--output", type=Path, required=True, help="the receipt to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    orphan.end_with_snakemake()
    section = {**arguments.wandb, "mode": stage.mode(arguments.wandb["mode"])}
    if section["mode"] == "disabled":
        dataset = records.read(arguments.results / arguments.variant / "train.json")["dataset"]
        receipt = {"mode": "disabled", "variant": arguments.variant, "dataset": dataset}
        receipt["key"] = key("upload", {"tables": arguments.tables, "wandb": section})
        records.write(arguments.output, "upload", began, {}, [], receipt)
        return
    places = (arguments.results, arguments.resources, arguments.output)
    results, resources, output = (path.resolve() for path in places)
    checked = checked_inputs(arguments.variant, arguments.results, arguments.resources)
    inputs = {path.resolve(): digest for path, digest in checked.items()}
    variant = Variant(arguments.variant, results, resources, arguments.tables["images"])
    folder = results / "wandb"
    client.prepare(folder, arguments.variant)
    show_error = sys.excepthook
    import requests
    import wandb
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError

    atexit.register(os._exit, 1)  # the client would go on trying to reach a server that is away
    try:
        client.begin(section["capture"])
        receipt = (upload if section["mode"] == "online" else write_offline)(variant, section)
    except (wandb.errors.Error, WandbApiFailedError, TimeoutError, requests.RequestException) as error:
        raise explain(arguments.variant, error, folder, section["mode"]) from error
    finally:
        sys.excepthook = show_error  # the client has its own
    receipt["key"] = key("upload", {"tables": arguments.tables, "wandb": section})
    records.write(output, "upload", began, inputs, [], receipt)
    atexit.unregister(os._exit)
    if section["mode"] == "online":
        client.clean(folder, arguments.variant)


if __name__ == "__main__":
    main()
