"""Follow the losses of a training that runs, and stream them to the W&B run that its upload completes.

A process of its own, started by the training and ended with it. Whatever happens to it or to W&B, training does not
notice; what it has not sent by then, the upload sends.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnist_viz.job import log
from mnist_viz.job.log import logger
from mnist_viz.upload import client, errors, reach, readback, refusals, settings, variables
from mnist_viz.upload.client import Destination
from mnist_viz.upload.settings import Description
from mnist_viz.upload.variant import Row, run_id, training_row

LOOK_SECONDS = 0.5  # between two looks at the file
RETRY_SECONDS = 20  # until W&B is asked again after a failure


def follow(losses: Path, parent: int) -> Iterator[tuple[int, Row]]:
    """(step, row) of every training step, as they come, until the process `parent` has ended."""
    before = None
    with open(losses, encoding="utf-8") as file:
        text = ""
        while os.getppid() == parent:
            text += file.readline()
            if not text.endswith("\n"):
                time.sleep(LOOK_SECONDS)
                continue
            block, text = json.loads(text), ""
            count, end = len(block["loss"]), block["time"]
            begin = end if before is None else before
            before = end
            for i, (loss, rate) in enumerate(zip(block["loss"], block["learning_rate"], strict=True), 1):
                step = block["after"] + i
                yield step, training_row(step, block["of"], loss, rate, begin + (end - begin) * i / count)


def stream(
    config: dict[str, Any],
    dataset_sha256: str,
    attempt: int,
    said: Description,
    destination: Destination,
    rows: Iterator[tuple[int, Row]],
) -> None:
    """Send the rows that the server's run does not have yet. Ends where that run holds another training."""
    import wandb

    identity = run_id(config, dataset_sha256, attempt)
    api = wandb.Api(timeout=destination.patience)
    entity = destination.entity or api.default_entity
    before = readback.find_run(api, f"{entity}/{destination.project}/{identity}") if entity else None
    found = readback.history(before) if before else []
    if any("acc" in row for row in found):
        logger.info("the run %s has been uploaded already; nothing is streamed", identity)
        return
    there = {row["_step"]: row for row in found}
    run = None
    for step, row in rows:
        if step in there:
            if there[step].get("loss") != row["loss"]:
                logger.info("the run %s holds another training; nothing is streamed", identity)
                return
            continue
        if run is None:
            told = {**config, "lr": config["learning_rate"], "dataset_sha256": dataset_sha256}
            run = client.init_run(identity, config["variant"], said, told, destination)
            logger.info("streaming to %s from step %d on", run.url, step)
        run.log(row, step=step)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.upload.loss_sender", description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="the variant's configuration (JSON)")
    parser.add_argument("--dataset-sha256", required=True, help="the dataset's digest")
    parser.add_argument("--losses", type=Path, required=True, help="the file that training appends to")
    parser.add_argument("--wandb", type=json.loads, required=True, help="the section wandb: of the configuration")
    parser.add_argument("--parent", type=int, required=True, help="the training's process id")
    parser.add_argument("--log", type=Path, required=True, help="the log file")
    arguments = parser.parse_args()
    log.start(arguments.log)
    os.nice(10)
    losses = arguments.losses.resolve()
    destination = client.destination(arguments.wandb)
    said = settings.description(arguments.config["dataset"])
    variables.keep_own(destination.mode, destination.server)
    reach.trust()
    client.confine(losses.parents[1], arguments.config["variant"])
    raised_by_client = errors.of_the_client()
    while os.getppid() == arguments.parent:
        try:
            client.start_service(destination)
            rows = follow(losses, arguments.parent)
            attempt = arguments.wandb.get("attempt", 1)
            stream(arguments.config, arguments.dataset_sha256, attempt, said, destination, rows)
            break
        except raised_by_client as error:
            if refusals.is_permanent(str(error)):
                logger.info("W&B: %s; nothing is streamed", error)
                break
            logger.info("W&B: %s; again in %d s", error, RETRY_SECONDS)
            time.sleep(RETRY_SECONDS)
    os._exit(0)  # without the client's own end, which would wait for a server that is away


if __name__ == "__main__":
    main()
