"""Hand a training's losses to a process that streams them to W&B while it runs. Training never waits for it.

Training only appends to a file; `python -m mnist_viz.upload.loss_sender` follows that file. The environment variable
MNIST_VIZ_LIVE asks for it and holds the section wandb: of the configuration, so that no file and no rule depends on it.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from mnist_viz.job.log import logger

SECONDS = 1.0  # between two looks at the losses, which on a GPU wait for the step under way


class Stream:
    """The losses file and the process that follows it; nothing where none was asked for or none can be started."""

    def __init__(self, config: dict[str, Any], dataset: dict[str, str], rates: list[float], folder: Path) -> None:
        """`config` is the variant's configuration, `dataset` its name and digest, `folder` the variant's folder."""
        self.rates, self.sent, self.looked = rates, 0, 0.0
        self.file: IO[str] | None = None
        section = os.environ.get("MNIST_VIZ_LIVE")
        if section:
            try:
                self._begin(config, dataset, section, folder)
            except OSError as error:
                self._give_up(error)

    def _begin(self, config: dict[str, Any], dataset: dict[str, str], section: str, folder: Path) -> None:
        live = folder.parent / "wandb" / "live"
        live.mkdir(parents=True, exist_ok=True)
        losses, log = live / f"{config['variant']}.jsonl", live / f"{config['variant']}.log"
        self.file = open(losses, "w", encoding="utf-8")  # noqa: SIM115 (it stays open as long as training runs)
        told = {**config, "dataset": dataset["dataset"]}
        command = [
            sys.executable,
            "-m",
            "mnist_viz.upload.loss_sender",
            "--config",
            json.dumps(told),
            "--losses",
            str(losses),
        ]
        command += ["--dataset-sha256", dataset["dataset_sha256"], "--wandb", section, "--log", str(log)]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([*command, "--parent", str(os.getpid())], start_new_session=True, **quiet)
        atexit.register(process.kill)  # the upload sends what is missing
        logger.info("train %s: streaming to W&B; its log is %s", config["variant"], log)

    def _give_up(self, error: OSError) -> None:
        logger.info("train: streaming to W&B ends: %s", error)
        self.file = None

    def step(self, losses: torch.Tensor, steps: int) -> None:
        """Append what is new among the losses of the first `steps` steps, if the last look is long enough ago."""
        if self.file is None or time.monotonic() - self.looked < SECONDS:
            return
        self.looked = time.monotonic()
        rates = np.array(self.rates[self.sent : steps], np.float32).tolist()
        block = {"after": self.sent, "of": len(self.rates), "time": time.time()}
        block |= {"loss": losses[self.sent : steps].tolist(), "learning_rate": rates}
        try:
            self.file.write(json.dumps(block) + "\n")
            self.file.flush()
        except OSError as error:
            self._give_up(error)
        self.sent = steps
