"""What all rules share: the checked configuration, the variants' names, the folders and where Python finds the package."""

import difflib
import json
import os
import sys
from pathlib import Path

import snakemake_executor_plugin_slurm
from snakemake.exceptions import WorkflowError

# Without this the plugin does not tell a job how many variants are packed into it (--group-components), and the job
# starts another Snakemake for each of them.
snakemake_executor_plugin_slurm.common_settings.pass_group_args = True

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
SUMMARY = f"python -m mnist_viz.summary --results {ROOT}results --variants {' '.join(VARIANTS)}"


# Not the names themselves: Snakemake copies the expression into every path, which takes ten seconds for 1,000 names.
wildcard_constraints:
    variant=r"[A-Za-z0-9][A-Za-z0-9_.-]*",


def variant_config(wildcards):
    """A variant's hyperparameters. WorkflowError if the configuration has no such variant."""
    if wildcards.variant not in config["variants"]:
        near = difflib.get_close_matches(wildcards.variant, VARIANTS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise WorkflowError(f"the configuration has no variant {wildcards.variant}.{hint}")
    return config["variants"][wildcards.variant]


def hyperparameters(wildcards):
    """A variant's hyperparameters as JSON, keys in order: what its training depends on, and nothing else."""
    return json.dumps(variant_config(wildcards), sort_keys=True)


def pack(wildcards):
    """The group of a variant's training and inference, which a profile can run as one job: variants_{device}."""
    return f"variants_{variant_config(wildcards)['device']}"
