"""What all rules share: the checked configuration, the variants' names and the folders."""

import difflib
import json
import shlex

from mnist_viz import datasets
from mnist_viz.config import identity, resolve
from mnist_viz.datasets import marks
from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.listing import planned
from mnist_viz.job import cores, environment, keys, model_code, snakemake_internals
from mnist_viz.job.plan import Plan
from mnist_viz.job.preflight import FolderError, check_folders, check_links
from mnist_viz.upload import settings as uploading

try:
    settings = resolve(config, " + ".join(map(str, workflow.configfiles or ["--config"])))
except ConfigError as error:
    raise WorkflowError(str(error)) from None

DATASET = settings.dataset.name
SOURCE = datasets.described(DATASET)
try:
    WANDB = uploading.section(settings.wandb.model_dump(include={"mode", "project", "entity", "server", "capture"}))
except ValueError as error:
    raise WorkflowError(str(error)) from None
if settings.wandb.attempt > 1:  # a key that was added later: without it, what was uploaded before is still right
    WANDB["attempt"] = settings.wandb.attempt
REPORT = {**WANDB, "report": settings.wandb.report}
REPORTED = WANDB["mode"] == "online" and settings.wandb.report
environment.hand_on(settings, WANDB)

# Every dataset has a folder of its own, so that results of different datasets never share a path.
ROOT = SOURCE.folder
OWN = None if DATASET in datasets.NAMES else Source.of(settings.dataset.model_dump())
try:
    # Not in a job of a cluster, which may not see the user's files, and needs no plan.
    contents = planned(Path(ROOT, "resources", "mnist"), OWN.place) if OWN and workflow.is_main_process else ""
    file = settings.dataset.corrections if workflow.is_main_process else None
    CORRECTED = {"corrections": marks.read(Path(file).expanduser()).sha256} if file else {}
except ValueError as error:
    raise WorkflowError(str(error)) from None
DATA = OWN.config() | {"files": contents} if OWN else datasets.identity(DATASET)
# In the main process alone: a job of a cluster runs what it is told to. Object storage has no records to look at here.
BY_RECORDS = workflow.is_main_process and workflow.storage_settings.default_storage_provider is None
if BY_RECORDS:
    snakemake_internals.plan_by_records(Path(ROOT))


pathvars:
    resources=f"{ROOT}resources",
    results=f"{ROOT}results",
    logs=f"{ROOT}logs",
    benchmarks=f"{ROOT}benchmarks",


VARIANTS = list(settings.variants)
MAPS = settings.maps
try:
    for model in {own.model for own in settings.variants.values()}:
        model_code.digest(model)
except ValueError as error:
    raise WorkflowError(str(error)) from None
GROUPS = [name if members == [name] else f"{name}={','.join(members)}" for name, members in settings.groups.items()]
FINISH = shlex.join(["python", "-m", "mnist_viz.overview", "--results", f"{ROOT}results", "--variants", *VARIANTS])

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
    if wildcards.variant not in settings.variants:
        near = difflib.get_close_matches(wildcards.variant, VARIANTS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise WorkflowError(f"the configuration has no variant {wildcards.variant}.{hint}")
    return settings.variants[wildcards.variant]


def hyperparameters(wildcards):
    """A variant's hyperparameters as JSON, keys in order: what its training depends on, and nothing else."""
    return json.dumps(variant_config(wildcards).model_dump(), sort_keys=True)


def key(stage, part, **chosen):
    """A stage's key as JSON, which its record holds, too: see mnist_viz.job.keys. `part` is what it needs of config."""
    return json.dumps(keys.key(stage, part, **chosen), sort_keys=True)


DATA_KEY = keys.key("data", DATA, dataset=datasets.module(DATASET), **CORRECTED)
# Corrected labels are of test images: where the data are made anew for nothing else, training does not follow.
RELABELLED = BY_RECORDS and Plan(Path(ROOT)).relabelled(Path(ROOT, "results", "data.json"), DATA_KEY)


def of_training_images(file):
    return ancient(file) if RELABELLED else file


# Or a wrong file of corrections would cost the record that says that training need not follow.
def restored_after_failure(file):
    return update(file) if RELABELLED else file


def training_key(wildcards):
    own = variant_config(wildcards)
    return key("train", identity(own), model=own.model)


def prediction_key(wildcards):
    return key("predict", {}, model=variant_config(wildcards).model)


def map_key(wildcards):
    return key("map", {}, model=variant_config(wildcards).model)


def job_group(wildcards):
    """The group of a variant's training and inference, which a profile can run as one job: variants_{device}."""
    return f"variants_{variant_config(wildcards).device}"
