"""Train one variant and keep its weights after every epoch.

A job that is stopped continues where it was: its state lies in the variant's folder, outside of what Snakemake deletes.
One whose loss is no longer finite ends well, with the whole epochs before, and its record says so.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mnist_viz.job import environment

if __name__ == "__main__":
    environment.without_dropped()  # before torch is imported

import numpy as np
import torch

from mnist_viz.config import Hyperparameters, identity
from mnist_viz.job import cores, divergence, frame, records, slots
from mnist_viz.job.divergence import Divergence
from mnist_viz.job.keys import key
from mnist_viz.job.log import logger
from mnist_viz.job.model_code import digest
from mnist_viz.job.progress import Progress
from mnist_viz.job.stall import Stall
from mnist_viz.job.stop import TERMINATED, StopRequest
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import link, write_json
from mnist_viz.store.formats import FORMATS
from mnist_viz.training import hardware, probe, split
from mnist_viz.training.instructions import instructions
from mnist_viz.training.loop import DivergedError, Examples, Stopped, train
from mnist_viz.training.resume import Resume, State, check_weights, checkpoint_name
from mnist_viz.upload.loss_feed import LossFeed


class Audience:
    """Who watches a training: the log, W&B where it is asked for, and the process's signals."""

    rates: list[float]
    """The learning rate of every step."""
    state: State
    """After the last whole epoch of this training, or where it began."""

    def __init__(self, config: dict[str, Any], dataset: dict[str, str], folder: Path, images: int) -> None:
        """`config` is the variant's configuration, `dataset` its name and digest, `folder` the variant's folder,
        `images` the number of training images."""
        self.config, self.dataset, self.folder, self.images = config, dataset, folder, images
        self.variant = config["variant"]
        self.request = StopRequest()
        self.stall = Stall(f"train {self.variant}")

    def begin(self, state: State, rates: list[float], afresh: str) -> None:
        """Say where training begins."""
        if afresh:
            logger.info("train %s: starting afresh: %s", self.variant, afresh)
        if state.steps:
            logger.info("train %s: continuing after step %d", self.variant, state.steps)
        self.rates, self.state = rates, state
        self.progress = Progress(self.config, len(rates), state.steps)
        self.feed = LossFeed(self.config, self.dataset, rates, self.folder)

    def step(self, losses: torch.Tensor, steps: int) -> None:
        """Hand on the losses, and say how far it is."""
        self.stall.step(steps)
        self.feed.step(losses, steps)
        self.progress.step(losses, steps)

    def epoch(self, epoch: int, state: State) -> None:
        """Say how the epoch went."""
        self.state = state
        self.progress.epoch(epoch, state, self.images)

    def stop(self) -> bool:
        """Whether a signal came."""
        return self.request.requested

    def close(self) -> None:
        """The training has ended."""
        self.stall.close()


def resume_key(settings: Hyperparameters, dataset_sha256: str, used: Mapping[str, str]) -> str:
    """A digest of the configuration, the data, the code, torch and the CPU's instructions; a state with another key is
    not continued.

    A variant with a constant learning rate may be given more epochs; any other change starts it afresh.
    """
    left_out = {"device", "precision"} | ({"epochs"} if settings.schedule == "constant" else set())
    hyperparameters = {name: value for name, value in identity(settings).items() if name not in left_out}
    names = ["torch", "device", "precision", "variables"]
    if used["device"] == "cpu":
        names += ["cpu_flags", "cpu_capability"]
    machine = {name: used[name] for name in names}
    code = key("train", hyperparameters, model=settings.model)
    binding = json.dumps([code, machine, dataset_sha256, FORMATS["state"]], sort_keys=True)
    return hashlib.sha256(binding.encode()).hexdigest()


def publish_checkpoints(config: dict[str, Any], state: State, resume: Resume, folder: Path) -> dict[str, str]:
    """Give the weights of every whole epoch their place in `folder`, and return their SHA-256 by file name.

    They are the files of the resume folder, where a stopped training needs them, under a second name: on disk once.
    Weights that were kept when the variant was to have another number of epochs say so, and are written anew.
    """
    digests, renewed = {}, {}
    folder.mkdir(parents=True, exist_ok=True)
    for epoch in range(1, len(state.checkpoints) + 1):
        name = checkpoint_name(epoch)
        digests[name] = check_weights(resume.folder / name, state.checkpoints)
        weights, metadata = tensors.read(resume.folder / name)
        complete = {**metadata, **texts(config)}
        if metadata == complete:
            link(resume.folder / name, folder / name)
        else:
            digests[name] = renewed[name] = tensors.write(folder / name, weights, complete)
    if renewed:
        resume.replace(state, folder, renewed)
    for path in folder.glob("epoch_*.safetensors"):
        if path.name not in digests:
            path.unlink()
    return digests


def texts(config: dict[str, Any]) -> dict[str, str]:
    """A configuration as safetensors metadata."""
    return {name: str(value) for name, value in config.items()}


def history(losses: np.ndarray, rates: list[float], epochs: int) -> dict[str, object]:
    """The columns of the history table: `losses` of the whole epochs, of `epochs` with `rates` in all."""
    steps = len(losses)
    of_epoch = len(rates) // epochs
    return {
        "step": np.arange(1, steps + 1),
        "epoch": np.repeat(np.arange(1, steps // of_epoch + 1), of_epoch),
        "loss": losses,
        "learning_rate": np.array(rates[:steps], np.float32),
    }


def work(arguments: argparse.Namespace, watch: Callable[..., Audience] = Audience) -> frame.Made:
    """Train the variant, watched by a `watch`, and write its outputs: configuration, checkpoints and history."""
    inputs = records.check(arguments.data_record, [arguments.data])
    variant, settings, folder = arguments.variant, arguments.config, arguments.folder
    images, labels, about = split.read(arguments.data)
    dataset = {name: about[name] for name in ("dataset", "dataset_sha256")}
    classes = split.classes(about)
    config: dict[str, Any] = {"variant": variant, **identity(settings)}
    gpu = slots.find_gpu(f"train {variant}", settings.device, arguments.gpu_mps)
    with hardware.explain_out_of_memory(f"train {variant}", arguments.gpu_percent):
        machine = hardware.prepare(settings, settings.device, settings.precision, arguments.gpu_percent)
        if machine.device.type == "cpu":
            cores.warn_of_too_many(settings.threads, f"train {variant}")
        used = {f"{name}_used" if name in config else name: value for name, value in machine.environment.items()}
        arithmetic = {**instructions(machine.device), "variables": environment.recorded()}
        binding = resume_key(settings, dataset["dataset_sha256"], {**machine.environment, **arithmetic})
        shown = {"classes": json.dumps(classes, ensure_ascii=False), "shape": json.dumps(split.shape(images))}
        if own := digest(settings.model):
            shown["model_code"] = own
            for odd in probe.check(settings, Examples(images, labels, len(classes)), machine):
                logger.warning("warning: train %s: %s", variant, odd)
        resume = Resume(folder / "resume", binding, variant, {**texts(config), **used, **dataset, **shown})
        # Whose run in W&B is that of the corrected test set, where there is one.
        of_run = {**dataset, "dataset_sha256": records.read(arguments.data_record)["dataset_sha256"]}
        audience = watch(config, of_run, folder, len(labels))
        diverged = None
        try:
            state = train(settings, Examples(images, labels, len(classes)), machine, resume, audience)
        except Stopped as stopped:
            where = f"after epoch {stopped.epoch}" if stopped.whole else f"in epoch {stopped.epoch}"
            logger.info("train %s: stopped %s, to be continued from %s", variant, where, resume.folder)
            sys.exit(TERMINATED)
        except DivergedError as error:
            resume.check()
            state = audience.state
            reason = str(error).removeprefix(f"train {variant}: ")
            diverged = Divergence(reason, len(state.checkpoints), settings.epochs)
            logger.warning("train %s: diverged, with %s. %s.", variant, diverged, divergence.REMEDY)
        finally:
            audience.close()
    digests = publish_checkpoints(config, state, resume, folder / "checkpoints")
    whole = range(1, len(state.checkpoints) + 1)
    losses = state.losses[: len(whole) * len(audience.rates) // settings.epochs]
    columns = history(losses, audience.rates, settings.epochs)
    tables.write(folder / "history.parquet", columns, tables.HISTORY, dataset["dataset"], classes)
    write_json(folder / "config.json", {**config, "dataset": dataset["dataset"]})
    outputs = [*(folder / "checkpoints" / name for name in digests), folder / "history.parquet", folder / "config.json"]
    facts = {
        "variant": variant,
        **dataset,
        **machine.environment,
        **arithmetic,
        **({"gpu": gpu} if gpu else {}),
        "parameters": state.moments["exp_avg"].size,
        "started": {str(epoch): state.started[str(epoch)] for epoch in whole},
        "seconds": {str(epoch): state.seconds[str(epoch)] for epoch in whole},
        "checkpoints": digests,
        **divergence.entry(diverged),
        **({"streamed": of_run == dataset or of_run["dataset_sha256"]} if diverged and audience.feed.file else {}),
        "classes": classes,
    }
    return frame.Made(inputs, outputs, identity(settings), facts, {"model": settings.model})


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = frame.parser("train", __doc__)
    parser.add_argument("--variant", required=True, help="the variant's name")
    parse = Hyperparameters.model_validate_json
    parser.add_argument("--config", type=parse, required=True, help="all its hyperparameters, as JSON")
    parser.add_argument("--data", type=Path, required=True, help="training split (safetensors)")
    parser.add_argument("--data-record", type=Path, required=True, help="the record of the data, data.json")
    parser.add_argument("--folder", type=Path, required=True, help="the variant's folder, for all that is written")
    parser.add_argument("--gpu-percent", type=int, default=100, help="the share of the GPU's memory to take at most")
    parser.add_argument("--gpu-mps", type=int, default=0, help="1: compute through CUDA's MPS, where it is to be had")
    return parser


def main() -> None:
    frame.run("train", parser(), work)


if __name__ == "__main__":
    main()
