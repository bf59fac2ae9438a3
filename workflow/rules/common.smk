"""What all rules share: the checked configuration, the variants' names, the folders and where Python finds the package."""

import json
import os
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

PACKAGE_FOLDER = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(PACKAGE_FOLDER))
os.environ.update(
    PYTHONPATH=str(PACKAGE_FOLDER),
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
)

from mnist_viz.config import ConfigError, resolve
from mnist_viz.digest import stage_digest

try:
    config = resolve(config, " + ".join(map(str, workflow.configfiles or ["--config"])))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# In the environment, not among the parameters of a rule: the files are the same bytes whatever mirror they come from.
os.environ.update(MNIST_MIRRORS=" ".join(config["dataset"]["mirrors"]))

# W&B's own variable wins over the configuration. Whether training streams to it changes no file, so that this too is
# in the environment: switching it retrains nothing.
WANDB_MODE = os.environ.get("WANDB_MODE", config["wandb"]["mode"])
if config["wandb"]["live"] and WANDB_MODE == "online":
    os.environ.update(MNIST_VIZ_LIVE=json.dumps({**config["wandb"], "mode": WANDB_MODE}))

# The sample's results have a folder of their own, so that results of different datasets never share a path.
ROOT = {"mnist": "", "sample": "demo/"}[config["dataset"]["name"]]


pathvars:
    resources=f"{ROOT}resources",
    results=f"{ROOT}results",
    logs=f"{ROOT}logs",
    benchmarks=f"{ROOT}benchmarks",


VARIANTS = list(config["variants"])
SUMMARY = f"python -m mnist_viz.summary --results {ROOT}results --variants {' '.join(VARIANTS)}"


wildcard_constraints:
    variant="|".join(map(re.escape, VARIANTS)),


def hyperparameters(wildcards):
    """A variant's hyperparameters as JSON, keys in order: what its training depends on, and nothing else."""
    return json.dumps(config["variants"][wildcards.variant], sort_keys=True)
