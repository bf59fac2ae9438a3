"""The command: `python -m mnist_viz.upload`."""

import argparse
import json
from pathlib import Path

import mnist_viz.upload as stage
from mnist_viz.job import frame, records
from mnist_viz.job.log import logger
from mnist_viz.upload import client, diverged, offline, online, receipt, settings
from mnist_viz.upload.client import Destination
from mnist_viz.upload.receipt import Receipt
from mnist_viz.upload.session import add_arguments, session
from mnist_viz.upload.variant import Variant, raw_files


def checked_inputs(variant: str, results: Path, resources: Path) -> dict[Path, str]:
    """The files that are uploaded, with their SHA-256. ValueError names one that is missing, damaged or replaced."""
    folder, mnist = results / variant, resources / "mnist"
    record = folder / "train.json"
    checkpoints = [folder / "checkpoints" / name for name in sorted(records.read(record)["checkpoints"])]
    inputs = records.check(results / "data.json", [results / "images.parquet", mnist / "test.safetensors"])
    if raw := raw_files(resources):
        inputs |= records.check(mnist / "download.json", raw)
    inputs |= records.check(record, [folder / "config.json", folder / "history.parquet", *checkpoints])
    return inputs | records.check(folder / "predict.json", [folder / "predictions.parquet", folder / "metrics.parquet"])


def upload(variant: Variant, destination: Destination) -> Receipt:
    """Upload the variant, or make its offline run. OSError says why W&B has it not, and what to do."""

    def made_epoch(epoch: int) -> None:
        logger.info("upload %s  epoch %d/%d", variant.name, epoch, len(variant.metrics))

    send = online.upload if destination.mode == "online" else offline.write
    with session(variant.results / "wandb", variant.name, destination, variant.attempt):
        return send(variant, destination, made_epoch)


def work(arguments: argparse.Namespace) -> frame.Made:
    """Upload the variant, unless that is switched off, and say what was uploaded."""
    section = settings.section(arguments.wandb)
    config = {"tables": arguments.tables, "wandb": section}
    training = records.read(arguments.results / arguments.variant / "train.json")
    if section["mode"] == "disabled":
        return frame.Made({}, [], config, receipt.disabled(arguments.variant, training["dataset"]))
    if why_not := diverged.told(arguments.results, arguments.variant, section["mode"]):
        logger.warning("upload %s: %s", arguments.variant, why_not.facts["not_uploaded"])
        return frame.Made(why_not.inputs, [], config, why_not.facts)
    checked = checked_inputs(arguments.variant, arguments.results, arguments.resources)
    # The upload goes on in another folder. No link is followed: results/ or a variant's folder may lie elsewhere.
    inputs = {path.absolute(): digest for path, digest in checked.items()}
    results, resources = arguments.results.absolute(), arguments.resources.absolute()
    arguments.record = arguments.record.absolute()
    attempt = section.get("attempt", 1)
    said = settings.description(training["dataset"])
    tested = records.read(results / arguments.variant / "predict.json")
    variant = Variant(arguments.variant, results, resources, arguments.tables, training, tested, said, attempt)
    told = upload(variant, client.destination(section, patience=arguments.patience))
    return frame.Made(inputs, [], config, told)


def main() -> None:
    parser = frame.parser("upload", stage.__doc__)
    parser.add_argument("--variant", required=True, help="the variant's name")
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument("--resources", type=Path, required=True, help="the resources folder")
    parser.add_argument("--tables", type=json.loads, required=True, help="the section tables: of the configuration")
    add_arguments(parser)
    frame.run("upload", parser, work)
    client.exit_as_usual()


if __name__ == "__main__":
    main()
