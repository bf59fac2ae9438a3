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

from mnist_viz import orphan
from mnist_viz.config import ConfigError, resolve
from mnist_viz.digest import stage_digest

try:
    config = resolve(config, " + ".join(map(str, workflow.configfiles or ["--config"])))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# In the environment, not among the parameters of a rule: the files are the same bytes whatever mirror they come from.
os.environ.update(MNIST_MIRRORS=" ".join(config["dataset"]["mirrors"]))

# A job ends when the Snakemake that started it is gone.
os.environ[orphan.VARIABLE] = orphan.this_process()

# The sample's results have a folder of their own, so that results of different datasets never share a path.
ROOT = {"mnist": "", "sample": "demo/"}[config["dataset"]["name"]]


pathvars:
    resources=f"{ROOT}resources",
    results=f"{ROOT}results",
    logs=f"{ROOT}logs",
    benchmarks=f"{ROOT}benchmarks",


VARIANTS = list(config["variants"])
GROUPS = [name if members == [name] else f"{name}={','.join(members)}" for name, members in config["groups"].items()]
FINISH = f"python -m mnist_viz.finish --results {ROOT}results --variants {' '.join(VARIANTS)}"


wildcard_constraints:
    variant="|".join(map(re.escape, VARIANTS)),


def hyperparameters(wildcards):
    """A variant's hyperparameters as JSON, keys in order: what its training depends on, and nothing else."""
    return json.dumps(config["variants"][wildcards.variant], sort_keys=True)
