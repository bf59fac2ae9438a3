"""The environment of a job: which variables are passed, set or dropped, and why, is `TABLE`.

A variable that is set but empty is not set; in CUDA_VISIBLE_DEVICES alone, empty means no GPU.
"""

import json
import os
import pwd
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mnist_viz.job import orphan, search_path, slots

if TYPE_CHECKING:
    from mnist_viz.config import Resolved


class Treatment(Enum):
    """What becomes of a variable."""

    SET = "set, whatever it is"
    DEFAULT = "set, unless the user has set it"
    DROPPED = "not passed"
    RECORDED = "passed, and named in the record, because results depend on it"
    PASSED = "passed"


class Row(NamedTuple):
    """Some variables, what becomes of them, and why."""

    names: str
    """Separated by blanks."""
    treatment: Treatment
    reason: str
    value: str | Callable[[Mapping[str, str]], str] = ""
    """What is set, or a function of the environment before. If empty, the reason names what sets it."""


def _path(before: Mapping[str, str]) -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), before.get("PATH", os.defpath)])


def _user(_before: Mapping[str, str]) -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


WAITS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
MIRRORS = "MNIST_VIZ_MIRRORS"
LIVE = "MNIST_VIZ_LIVE"
WANDB_SERVER = (
    "WANDB_API_KEY WANDB_IDENTITY_TOKEN_FILE WANDB_CREDENTIALS_FILE WANDB_BASE_URL WANDB_APP_URL WANDB_HTTP_PROXY"
    " WANDB_HTTPS_PROXY WANDB_X_EXTRA_HTTP_HEADERS WANDB__EXTRA_HTTP_HEADERS WANDB_INSECURE_DISABLE_SSL"
)
WANDB_RUNS = "WANDB_MODE WANDB_ENTITY WANDB_PROJECT WANDB_RUN_GROUP WANDB_NOTES WANDB_TAGS"
SET, DEFAULT, DROPPED, RECORDED, PASSED = Treatment

TABLE = (
    # Where things are.
    Row("PATH", SET, "the jobs' python is the one that runs Snakemake", _path),
    Row("PYTHONPATH", SET, "they find this package, then the user's modules; none in place of a locked one",
        search_path.joined),
    Row("PYTHONSAFEPATH", SET, "a json.py or wandb.py beside the Snakefile does not take the package's place", "1"),
    Row("LOGNAME", DEFAULT, "Snakemake asks for the user's name, which not every container knows", _user),
    Row("PIP_NO_DEPS", SET, "with --sdm conda, pip installs what environment.yml names, and no more", "1"),
    # What of the configuration changes no result, so that no rule has it among its parameters.
    Row(MIRRORS, SET, "where the download looks; the files are the same bytes from any mirror (hand_on)"),
    Row(LIVE, SET, "the section wandb: where training streams to W&B, which changes no file either (hand_on)"),
    Row(orphan.VARIABLE, SET, "a job ends when the Snakemake that started it is gone (orphan.this_process)"),
    Row("MNIST_VIZ_DOWNLOAD_WAITS MNIST_VIZ_LIVE_SECONDS", PASSED, "how patient the download and streaming are"),
    # W&B's own. The client takes any of its settings from a variable; what a sweep, a notebook or another project has
    # left would break an upload, change where it goes, or write the key to disk. See upload.variables.
    Row(WANDB_SERVER, PASSED, "they lead an upload in mode online to its server; offline it leaves them out"),
    Row(WANDB_RUNS, PASSED, "mode, entity and project win over the configuration; the others go with the run"),
    Row("WANDB_SERVICE WANDB_DEBUG", PASSED, "an upload leaves out these and every other one of W&B's, and says so"),
    # How many threads there are is `threads:` of the configuration, because bits depend on it.
    Row("OMP_THREAD_LIMIT KMP_ALL_THREADS KMP_MAX_THREADS KMP_DEVICE_THREAD_LIMIT KMP_TEAMS_THREAD_LIMIT",
        DROPPED, "oneDNN waits for ever for threads that the limit denies (pytorch#91547)"),
    Row("OMP_DYNAMIC KMP_DYNAMIC_MODE MKL_DYNAMIC",
        DROPPED, "fewer threads than asked for on a busy machine: the same hang, or other bits"),
    Row("MKL_DOMAIN_NUM_THREADS", DROPPED, "another number of threads than torch is told to take"),
    Row("OMP_NUM_THREADS MKL_NUM_THREADS OPENBLAS_NUM_THREADS GOTO_NUM_THREADS VECLIB_MAXIMUM_THREADS"
        " NUMEXPR_NUM_THREADS", PASSED,
        "Snakemake sets them to the threads of the rule; torch.set_num_threads overrules them"),
    # Where threads run.
    Row("OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY KMP_AFFINITY KMP_HW_SUBSET KMP_PLACE_THREADS",
        DROPPED, "two trainings side by side would all be pinned to the same CPUs"),
    # How threads wait. Both or none: with a policy of the user's, the count is the user's.
    Row("OMP_WAIT_POLICY", DEFAULT, "threads that wait soon sleep, on a CPU that another job could use", "passive"),
    Row("GOMP_SPINCOUNT", DEFAULT, "they spin for about as long as it takes to be woken, a quarter of a step", "1000"),
    Row("KMP_BLOCKTIME", PASSED, "the same where OpenMP is not GNU's; no result depends on it"),
    # What computes.
    Row("ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA ONEDNN_CPU_ISA_HINTS DNNL_CPU_ISA_HINTS"
        " MKL_ENABLE_INSTRUCTIONS MKL_CBWR",
        RECORDED, "limits to the CPU's instructions, which change how sums are rounded"),
    Row("ONEDNN_DEFAULT_FPMATH_MODE DNNL_DEFAULT_FPMATH_MODE NVIDIA_TF32_OVERRIDE TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
        RECORDED, "fewer bits in products of float32"),
    Row("CUBLAS_WORKSPACE_CONFIG", SET, "the same bits each time (training.hardware.make_deterministic)"),
    # What the scheduler gave.
    Row("SLURM_JOB_ID", PASSED, "in a job of SLURM, GPUs that CUDA_VISIBLE_DEVICES does not name are those of others"),
    Row("SLURM_CPUS_PER_TASK", PASSED, "more threads than these are a warning (job.cores)"),
    Row("CUDA_VISIBLE_DEVICES", PASSED,
        "the GPUs that a job may use; empty means none; jobs that share several see one each (slots.take)"),
    Row("CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY", PASSED,
        "where CUDA finds the MPS daemon that runs; jobs whose own it is are told their own (mps.join)"),
    Row(slots.VARIABLE, SET, "the GPUs that jobs without a scheduler share (slots.hand_on)"),
)  # fmt: skip


def get(name: str) -> str | None:
    """The value of a variable, or None if it is not set or empty."""
    return os.environ.get(name) or None


def hand_on(settings: "Resolved", wandb: dict[str, Any]) -> None:
    """Hand on to the jobs what of the configuration changes no result. `wandb` is its section wandb: as it counts."""
    os.environ[MIRRORS] = " ".join(settings.dataset.mirrors)
    if settings.wandb.live and wandb["mode"] == "online":
        os.environ[LIVE] = json.dumps(wandb)


def of_job(before: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job that is started from the environment `before`."""
    after = {name: value for name, value in before.items() if value or name not in _EMPTY_IS_UNSET}
    kept = WAITS if "OMP_WAIT_POLICY" in after else ()
    for row in TABLE:
        for name in row.names.split():
            if row.treatment is DROPPED:
                after.pop(name, None)
            elif row.treatment is SET and row.value:
                after[name] = _value(row, after)
            elif row.treatment is DEFAULT and name not in kept:
                after.setdefault(name, _value(row, after))
    return after


def _value(row: Row, before: Mapping[str, str]) -> str:
    return row.value if isinstance(row.value, str) else row.value(before)


def set_for_jobs() -> None:
    """Set the variables in this process, whose jobs inherit them."""
    after = {**of_job(os.environ), orphan.VARIABLE: orphan.this_process()}
    for name in os.environ.keys() - after.keys():
        del os.environ[name]
    os.environ.update(after)


def dropped() -> list[str]:
    """What is set here and would not be in a job."""
    rows = (row for row in TABLE if row.treatment is DROPPED)
    return [name for row in rows for name in row.names.split() if get(name)]


def without_dropped() -> None:
    """Start this program again without what a job would not have, if any of that is set, and say so.

    For a stage's command that is run by hand, before it imports torch: OpenMP reads these variables when it is loaded,
    and pins the process then.
    """
    if names := dropped():
        print(f"without {', '.join(names)}, which can hang or slow a training", file=sys.stderr, flush=True)
        kept = {name: value for name, value in os.environ.items() if name not in names}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], kept)


def recorded() -> str:
    """What is set here of the variables that results depend on, as NAME=value, separated by blanks."""
    rows = (row for row in TABLE if row.treatment is RECORDED)
    return " ".join(f"{name}={value}" for row in rows for name in row.names.split() if (value := get(name)))


_EMPTY_IS_UNSET = {name for row in TABLE for name in row.names.split()} - {"CUDA_VISIBLE_DEVICES"}
