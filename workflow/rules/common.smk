"""What all rules share: the checked configuration, the variants' names and the folders."""

import difflib
import json

import snakemake_executor_plugin_slurm
import snakemake_storage_plugin_s3

from mnist_viz import upload
from mnist_viz.config import resolve
from mnist_viz.job.digest import stage_digest
from mnist_viz.job.preflight import FolderError, check_folders, check_links

# Without this the plugin does not tell a job how many variants are packed into it (--group-components), and the job
# starts another Snakemake for each of them.
snakemake_executor_plugin_slurm.common_settings.pass_group_args = True


def is_folder(stored):
    """Whether there are objects beneath this one. The S3 plugin's own is_dir keeps the answer no, even when a job that
    shares no disk with this machine has made the folder since."""
    stored._is_dir = stored._is_dir or any(stored.get_subkeys())
    return stored._is_dir


snakemake_storage_plugin_s3.StorageObject.is_dir = is_folder


try:
    config = resolve(config, " + ".join(map(str, workflow.configfiles or ["--config"])))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

# In the environment, not among the parameters of a rule: the files are the same bytes whatever mirror they come from.
os.environ.update(MNIST_VIZ_MIRRORS=" ".join(config["dataset"]["mirrors"]))

try:
    WANDB_MODE = upload.mode(config["wandb"]["mode"])
except ValueError as error:
    raise WorkflowError(str(error)) from None
# Whether training streams to W&B changes no file, so that this too is in the environment: switching it retrains nothing.
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
GROUPS = [name if members == [name] else f"{name}={','.join(members)}" for name, members in config["groups"].items()]
FINISH = f"python -m mnist_viz.overview --results {ROOT}results --variants {' '.join(VARIANTS)}"

try:
    folders = [f"{ROOT}{name}" for name in ("resources", "results", "logs", "benchmarks")]
    check_folders([".snakemake", *folders, *(f"{ROOT}results/{variant}" for variant in VARIANTS)])
    check_links(f"{ROOT}resources")
except FolderError as error:
    raise WorkflowError(str(error)) from None


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
