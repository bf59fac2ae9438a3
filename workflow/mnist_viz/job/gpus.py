"""The GPUs of this machine that its jobs share out among themselves: those that no scheduler hands out."""

import itertools
import os
import re
import runpy
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

PROGRAM = "nvidia-smi"
SECONDS = 60  # for its answer; a driver that keeps nothing loaded takes some seconds

# What schedulers set in their jobs, and nowhere else: SLURM, PBS, LSF, Grid Engine, HTCondor, Flux, OAR.
SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "SGE_TASK_ID", "_CONDOR_JOB_AD", "FLUX_JOB_ID", "OAR_JOB_ID")

_GPU = re.compile(r"GPU \d+: .*\(UUID: (?P<name>GPU-[^)]+)\)")
_PART = re.compile(r"\s+MIG .*\(UUID: (?P<name>MIG-[^)]+)\)")


def to_share() -> list[str]:
    """The names of the GPUs, as CUDA_VISIBLE_DEVICES takes them: its own entries where it is set, else UUIDs.

    None in a job of a scheduler, whose assignment stays as it is, and none where torch would use no GPU. A GPU that is
    divided (MIG) is its parts. Raises OSError if nvidia-smi gives no answer.
    """
    if any(os.environ.get(name) for name in SCHEDULERS) or shutil.which(PROGRAM) is None or not _torch_has_cuda():
        return []
    here, chosen = _of_machine(), os.environ.get("CUDA_VISIBLE_DEVICES")
    return here if chosen is None or not here else _entries(chosen)


def _of_machine() -> list[str]:
    """The UUIDs of all GPUs, in the order of the bus; nothing where the driver is not there."""
    try:
        done = subprocess.run([PROGRAM, "-L"], capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise OSError(
            f"{PROGRAM} -L has not answered for {SECONDS} seconds: a GPU or its driver hangs. Mend that, or train "
            "without GPUs: CUDA_VISIBLE_DEVICES= and device: auto"
        ) from None
    found: list[list[str]] = []
    for line in done.stdout.splitlines() if done.returncode == 0 else []:
        if whole := _GPU.match(line):
            found.append([whole["name"]])
        elif (part := _PART.match(line)) and found:
            found[-1].append(part["name"])
    return [name for gpu in found for name in (gpu[1:] or gpu)]


def _entries(chosen: str) -> list[str]:
    """The entries of CUDA_VISIBLE_DEVICES up to the first that names no GPU, as CUDA reads it."""
    named = re.compile(r"\d+|(GPU|MIG)-.+")
    return list(dict.fromkeys(itertools.takewhile(named.fullmatch, (name.strip() for name in chosen.split(",")))))


def _torch_has_cuda() -> bool:
    """Whether the torch of this Python can use NVIDIA's GPUs; without importing it, which takes seconds."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    return runpy.run_path(str(Path(spec.origin).with_name("version.py"))).get("cuda") is not None
