"""What all rules share: the checked configuration, the variants' names and the folders."""

import json
import re

from mnist_viz.config import resolve
from mnist_viz.digest import stage_digest
from mnist_viz.preflight import FolderError, check_folders

try:
    config = resolve(config, " + ".join(map(str, workflow.configfiles or ["--config"])))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# In the environment, not among the parameters of a rule: the files are the same bytes whatever mirror they come from.
os.environ.update(MNIST_MIRRORS=" ".join(config["dataset"]["mirrors"]))

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

try:
    folders = [f"{ROOT}{name}" for name in ("resources", "results", "logs", "benchmarks")]
    check_folders([".snakemake", *folders, *(f"{ROOT}results/{variant}" for variant in VARIANTS)])
except FolderError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    variant="|".join(map(re.escape, VARIANTS)),


def hyperparameters(wildcards):
    """A variant's hyperparameters as JSON, keys in order: what its training depends on, and nothing else."""
    return json.dumps(config["variants"][wildcards.variant], sort_keys=True)
