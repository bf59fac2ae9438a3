"""What all rules share: the checked configuration, the variants' names and the folders."""

import difflib
import json

import snakemake_executor_plugin_slurm
import snakemake_storage_plugin_s3

from mnist_viz import datasets, upload
from mnist_viz.config import Hyperparameters, identity, resolve
from mnist_viz.job import keys, snakemake_internals
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

DATASET = datasets.find(config["dataset"]["name"])
# In the environment, not among the parameters of a rule: the files are the same bytes whatever mirror they come from.
os.environ.update(MNIST_VIZ_MIRRORS=" ".join(config["dataset"]["mirrors"] or DATASET.mirrors))

try:
    WANDB_MODE = upload.mode(config["wandb"]["mode"])
except ValueError as error:
    raise WorkflowError(str(error)) from None
WANDB = {name: config["wandb"][name] for name in ("project", "entity", "capture")} | {"mode": WANDB_MODE}
# Whether training streams to W&B changes no file, so that this too is in the environment: switching it retrains nothing.
if config["wandb"]["live"] and WANDB_MODE == "online":
    os.environ.update(MNIST_VIZ_LIVE=json.dumps({**config["wandb"], "mode": WANDB_MODE}))

# Every dataset has a folder of its own, so that results of different datasets never share a path.
ROOT = DATASET.folder
if workflow.is_main_process:
    snakemake_internals.plan_by_records(Path(ROOT))


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


def key(stage, part, **chosen):
    """A stage's key as JSON, which its record holds, too: see mnist_viz.job.keys. `part` is what it needs of config."""
    return json.dumps(keys.key(stage, part, **chosen), sort_keys=True)


def training_key(wildcards):
    settings = Hyperparameters.model_validate(variant_config(wildcards))
    return key("train", identity(settings), model=settings.model)


def prediction_key(wildcards):
    settings = Hyperparameters.model_validate(variant_config(wildcards))
    return key("predict", {}, model=settings.model)


def pack(wildcards):
    """The group of a variant's training and inference, which a profile can run as one job: variants_{device}."""
    return f"variants_{variant_config(wildcards)['device']}"
