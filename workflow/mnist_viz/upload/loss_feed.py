"""Hand a training's losses to a process that streams them to W&B while it runs. Training never waits for it.

Training only appends to a file; `python -m mnist_viz.upload.loss_sender` follows that file. The environment variable
MNIST_VIZ_LIVE asks for it and holds the section wandb: of the configuration, so that no file and no rule depends on it.
MNIST_VIZ_LIVE_SECONDS says how much time passes between two looks at the losses.
"""

import atexit
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mnist_viz.job import environment
from mnist_viz.job.log import logger

if TYPE_CHECKING:
    import torch

LOOK_SECONDS = 1.0  # on a GPU, a look waits for the step under way


class LossFeed:
    """The losses file and the process that follows it; nothing where none was asked for or none can be started."""

    def __init__(self, config: dict[str, Any], dataset: dict[str, str], rates: list[float], folder: Path) -> None:
        """`config` is the variant's configuration, `dataset` its name and digest, `folder` the variant's folder.

        `rates` are the learning rates of all steps.
        """
        self.rates, self.sent, self.looked = rates, 0, 0.0
        self.look_seconds = float(environment.get("MNIST_VIZ_LIVE_SECONDS") or LOOK_SECONDS)
        self.file: IO[str] | None = None
        section = os.environ.get("MNIST_VIZ_LIVE")
        if section:
            try:
                self._open(config, dataset, section, folder)
            except OSError as error:
                self._give_up(error)

    def _open(self, config: dict[str, Any], dataset: dict[str, str], section: str, folder: Path) -> None:
        live = folder.parent / "wandb" / "live"
        live.mkdir(parents=True, exist_ok=True)
        losses, log = live / f"{config['variant']}.jsonl", live / f"{config['variant']}.log"
        losses.unlink(missing_ok=True)  # whatever lies there, a pipe for instance
        self.file = open(losses, "w", encoding="utf-8")  # noqa: SIM115 (it stays open as long as training runs)
        told = {**config, "dataset": dataset["dataset"]}
        command = [sys.executable, "-m", "mnist_viz.upload.loss_sender", "--config", json.dumps(told)]
        command += ["--losses", str(losses), "--dataset-sha256", dataset["dataset_sha256"], "--wandb", section]
        command += ["--log", str(log), "--parent", str(os.getpid())]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)
        atexit.register(process.kill)  # the upload sends what is missing
        logger.info("train %s: streaming to W&B; its log is %s", config["variant"], log)

    def _give_up(self, error: OSError) -> None:
        logger.info("train: streaming to W&B ends: %s", error)
        self.file = None

    def step(self, losses: "torch.Tensor", steps: int) -> None:
        """Append what is new among the losses of the first `steps` steps, if the last look is long enough ago."""
        if self.file is None or time.monotonic() - self.looked < self.look_seconds:
            return
        self.looked = time.monotonic()
        rates = np.array(self.rates[self.sent : steps], np.float32).tolist()
        block: dict[str, Any] = {"after": self.sent, "of": len(self.rates), "time": time.time()}
        block |= {"loss": losses[self.sent : steps].tolist(), "learning_rate": rates}
        try:
            self.file.write(json.dumps(block) + "\n")
            self.file.flush()
        except OSError as error:
            self._give_up(error)
        self.sent = steps
