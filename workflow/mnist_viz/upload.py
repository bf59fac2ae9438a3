"""Upload a variant to Weights & Biases: its run, a table of test images at every epoch, its versioned artifacts.

Everything is made from the files of the earlier stages, so a run made offline can be uploaded later and from another
machine. W&B's own files stay under results/wandb/.
"""

import argparse
import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from mnist_viz import log, records, tables, tensors
from mnist_viz.files import read_json, sha256
from mnist_viz.log import logger

if TYPE_CHECKING:
    import wandb

TABLE = "test_predictions"
COLUMNS = ["id", "image", "guess", "truth", *tables.SCORES]

# Of the training's record, what the artifacts say of themselves.
FACTS = (
    *("variant", "dataset", "dataset_sha256", "torch", "device", "device_name", "cpu_flags", "precision", "threads"),
    "parameters",
)

# What W&B records of its own accord: host, user, git remote, console and packages. Off unless wandb.capture is on.
PRIVATE = {
    "console": "off",
    "disable_git": True,
    "disable_code": True,
    "save_code": False,
    "disable_job_creation": True,
    "host": "hidden",
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}


def run_id(config: dict[str, Any], dataset_sha256: str) -> str:
    """The run's id, the same for the same configuration on the same data: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps([config, dataset_sha256], sort_keys=True).encode()).hexdigest()[:16]


def shown_images(choice: str | dict[str, int], count: int) -> int:
    """How many of the `count` test images, from the first, the W&B tables show."""
    return count if choice == "all" else min(count, choice["batches_to_log"] * choice["images_per_batch"])


def keep_inside(folder: Path) -> None:
    """Let W&B write under `folder` alone: nothing in the home folder, nothing in the system's temporary folder.

    To be called before wandb is imported.
    """
    folder = folder.resolve()  # W&B makes its folder `wandb` in WANDB_DIR, which therefore is the one above
    places = {"WANDB_DIR": "..", "WANDB_DATA_DIR": "data", "WANDB_CACHE_DIR": "cache", "WANDB_CONFIG_DIR": "config"}
    places |= {"WANDB_ARTIFACT_DIR": "artifacts", "TMPDIR": "tmp"}
    for variable, name in places.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        os.environ[variable] = str(folder / name)


def extract_images(images: Path, folder: Path) -> Path:
    """The test images as PNG files 00000.png, … in a folder that is made once for each dataset."""
    target = folder / "images" / sha256(images)[:16]
    if target.is_dir():
        return target
    building = target.with_name(f".{target.name}.{os.getpid()}")
    building.mkdir(parents=True)
    for picture in tables.read(images, tables.IMAGES)["image"].to_pylist():
        (building / picture["path"]).write_bytes(picture["bytes"])
    try:
        building.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(building)
    return target


def prediction_artifact(
    variant: str, epoch: int, rows: dict[str, list], pictures: Path, parquet: Path, metadata: dict[str, Any]
) -> tuple["wandb.Artifact", "wandb.Table"]:
    """The predictions of one epoch as an artifact (W&B table, images, Parquet rows) and its table.

    `rows` has the columns of the prediction table. The images are added as they lie on disk, once, without copies.
    """
    import wandb

    artifact = wandb.Artifact(f"predictions-{variant}", "predictions", metadata={**metadata, "epoch": epoch})
    artifact.add_dir(str(pictures), name="images", policy="immutable", skip_cache=True)
    shown = [wandb.Image(str(pictures / f"{number:05d}.png")) for number in rows["id"]]
    columns = [rows["id"], shown, rows["guess"], rows["truth"], *(rows[name] for name in tables.SCORES)]
    table = wandb.Table(columns=COLUMNS, data=[list(row) for row in zip(*columns, strict=True)])
    artifact.add(table, TABLE)
    artifact.add_file(str(parquet), name="predictions.parquet", policy="immutable", skip_cache=True)
    return artifact, table


def upload(
    variant: str, results: Path, resources: Path, settings: dict[str, Any], choice: str | dict
) -> dict[str, Any]:
    """Make the variant's W&B run from its files and return the receipt."""
    import wandb

    folder = results / variant
    config, record = read_json(folder / "config.json"), read_json(folder / "train.json")
    history = tables.read(folder / "history.parquet", tables.HISTORY).to_pydict()
    metrics = {row["epoch"]: row for row in tables.read(folder / "metrics.parquet", tables.METRICS).to_pylist()}
    predictions = tables.read(folder / "predictions.parquet", tables.PREDICTIONS)
    pictures = extract_images(results / "images.parquet", results / "wandb")
    dataset, identity = record["dataset"], run_id(config, record["dataset_sha256"])
    facts = {key: record[key] for key in FACTS}
    last = {epoch: step for step, epoch in zip(history["step"], history["epoch"], strict=True)}
    best = min(metrics.values(), key=lambda row: (row["errors"], row["epoch"]))["epoch"]
    shown = shown_images(choice, metrics[best]["images"])
    known_as = {"lr": config["learning_rate"], "img_count": shown}

    for old in (results / "wandb").glob(f"offline-run-*-{identity}"):
        shutil.rmtree(old)
    run = wandb.init(
        id=identity,
        name=variant,
        group=dataset,
        project=settings["project"],
        entity=settings["entity"],
        mode=settings["mode"],
        resume="allow" if settings["mode"] == "online" else None,
        config={**config, **known_as, "dataset_sha256": record["dataset_sha256"]},
        settings=wandb.Settings(silent=True, **({} if settings["capture"] else PRIVATE)),
    )
    run.define_metric("epoch")
    for name in ("acc", "errors", "test_loss", "calibration_error"):
        run.define_metric(name, step_metric="epoch")
    artifacts = [dataset_artifact(dataset, results, resources)]
    run.log_artifact(artifacts[0])

    for step, epoch, loss, learning_rate in zip(*history.values(), strict=True):
        row: dict[str, Any] = {"loss": loss, "learning_rate": learning_rate}
        if step == last[epoch]:
            measured = metrics[epoch]
            rows = predictions.filter(pc.equal(predictions["epoch"], epoch)).slice(0, shown)
            parquet = results / "wandb" / "rows" / f"{variant}-{epoch:03d}.parquet"
            tables.write(parquet, dict(zip(rows.column_names, rows.columns, strict=True)), tables.PREDICTIONS, dataset)
            predicted, table = prediction_artifact(variant, epoch, rows.to_pydict(), pictures, parquet, facts)
            trained = model_artifact(variant, epoch, folder / "checkpoints" / f"epoch_{epoch:03d}.safetensors", facts)
            aliases = [f"epoch-{epoch}", *(["best"] if epoch == best else [])]
            for artifact in (trained, predicted):
                run.log_artifact(artifact, aliases=["latest", *aliases])
                artifacts.append(artifact)
            row |= {"epoch": epoch, "acc": measured["accuracy"], "errors": measured["errors"], TABLE: table}
            row |= {"test_loss": measured["loss"], "calibration_error": measured["calibration_error"]}
            logger.info("upload %s  epoch %d/%d", variant, epoch, len(metrics))
        run.log(row, step=step)
    run.finish()

    receipt = {
        "mode": settings["mode"],
        "variant": variant,
        "dataset": dataset,
        "project": settings["project"],
        "run": identity,
        "history_rows": len(history["step"]),
        "table_rows": shown * len(metrics),
        "artifacts": [
            {
                "name": artifact.name.split(":")[0],
                "type": artifact.type,
                "digest": artifact.digest,
                "files": len(artifact.manifest.entries),
                "bytes": artifact.size,
            }
            for artifact in artifacts
        ],
    }
    if settings["mode"] == "online":
        return {**receipt, "url": run.url}
    (offline,) = (results / "wandb").glob(f"offline-run-*-{identity}")
    return {
        **receipt,
        "folder": str(offline.relative_to(results)),
        "to_upload": "WANDB_MODE=online snakemake --cores 1 upload",
    }


def dataset_artifact(dataset: str, results: Path, resources: Path) -> "wandb.Artifact":
    """The dataset: the raw files, where there are any, and the test images."""
    import wandb

    metadata = tensors.read(resources / "mnist" / "test.safetensors")[1]
    artifact = wandb.Artifact(dataset, "dataset", metadata=metadata)
    for path in sorted((resources / "mnist" / "raw").glob("*.gz")):
        artifact.add_file(str(path), name=f"raw/{path.name}", policy="immutable", skip_cache=True)
    artifact.add_file(str(results / "images.parquet"), name="images.parquet", policy="immutable", skip_cache=True)
    return artifact


def model_artifact(variant: str, epoch: int, checkpoint: Path, facts: dict[str, Any]) -> "wandb.Artifact":
    """The weights after one epoch."""
    import wandb

    artifact = wandb.Artifact(f"model-{variant}", "model", metadata={**facts, "epoch": epoch})
    artifact.add_file(str(checkpoint), name="model.safetensors", policy="immutable", skip_cache=True)
    return artifact


def checked_inputs(variant: str, results: Path, resources: Path) -> dict[Path, str]:
    """The files that are uploaded, with their SHA-256. ValueError names one that is missing, damaged or replaced."""
    folder, mnist = results / variant, resources / "mnist"
    record = folder / "train.json"
    checkpoints = [folder / "checkpoints" / name for name in sorted(records.read(record)["checkpoints"])]
    inputs = records.check(results / "data.json", [results / "images.parquet", mnist / "test.safetensors"])
    if raw := sorted((mnist / "raw").glob("*.gz")):
        inputs |= records.check(mnist / "download.json", raw)
    inputs |= records.check(record, [folder / "config.json", folder / "history.parquet", *checkpoints])
    return inputs | records.check(folder / "predict.json", [folder / "predictions.parquet", folder / "metrics.parquet"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.upload", description=__doc__)
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
    settings = {**arguments.wandb, "mode": os.environ.get("WANDB_MODE", arguments.wandb["mode"])}
    if settings["mode"] not in ("offline", "online", "disabled"):
        raise ValueError(f"WANDB_MODE is {settings['mode']}; it can be offline, online or disabled")
    if settings["mode"] == "disabled":
        dataset = records.read(arguments.results / arguments.variant / "train.json")["dataset"]
        receipt = {"mode": "disabled", "variant": arguments.variant, "dataset": dataset}
        records.write(arguments.output, "upload", began, {}, [], receipt)
        return
    inputs = checked_inputs(arguments.variant, arguments.results, arguments.resources)
    keep_inside(arguments.results / "wandb")
    import wandb

    try:
        receipt = upload(
            arguments.variant, arguments.results, arguments.resources, settings, arguments.tables["images"]
        )
    except wandb.errors.Error as error:
        raise OSError(
            f"upload {arguments.variant}: W&B says: {error}. Set WANDB_API_KEY to a key that it accepts, "
            "or keep the run on disk with wandb: mode: offline"
        ) from error
    records.write(arguments.output, "upload", began, inputs, [], receipt)


if __name__ == "__main__":
    main()
