"""Slots on GPUs: each job that may use one takes a free slot, and computes on that GPU alone.

A slot is a name in the kernel's list of sockets (Linux; unix(7), abstract), which one process can have at a time, of
all users of the machine, and which is free as soon as the process has ended, however it ended. No file, no lock and
nothing that runs stands behind it.
"""

import errno
import json
import os
import socket
import time
from pathlib import Path

from mnist_viz.job import mps
from mnist_viz.job.log import logger

VARIABLE = "MNIST_VIZ_GPUS"  # the environment variable in which a job finds the GPUs that it may choose from
PER_GPU = 4  # unless the profile says jobs_per_gpu: starting a job takes longer than an epoch on a GPU
SECONDS = 1  # between two looks for a free one

_SOCKETS = Path("/proc/net/unix")
_held: list[socket.socket] = []


def hand_on(gpus: list[str], each: int) -> None:
    """Let the jobs of this process share these GPUs, `each` jobs at a time on one; none where the list is empty."""
    if gpus:
        os.environ[VARIABLE] = json.dumps({"gpus": gpus, "each": each})
    else:
        os.environ.pop(VARIABLE, None)


def find_gpu(who: str, device: str, gpu_mps: int) -> str | None:
    """Settle on which GPU this job computes, and whether through MPS, before CUDA starts: see `take` and `mps.join`.

    `who` is stage and variant, `device` the configuration's, `gpu_mps` the profile's.
    """
    if device == "cpu":
        return None
    gpu = take(who)
    if gpu_mps:
        mps.join(who)
    return gpu


def take(who: str) -> str | None:
    """Wait for a slot, and let CUDA see its GPU alone: to be called before CUDA starts. `who` is stage and variant.

    The slot is this process's until it ends. Returns the GPU as CUDA_VISIBLE_DEVICES names it; None where there are no
    slots, and nothing is changed.
    """
    if not os.environ.get(VARIABLE):
        return None
    given = json.loads(os.environ[VARIABLE])
    told = False
    while (gpu := _take_free(given["gpus"], given["each"])) is None:
        if not told:
            logger.info("%s: waits for one of the other jobs on the GPUs to end", who)
        told = True
        time.sleep(SECONDS)
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    return gpu


def _take_free(gpus: list[str], each: int) -> str | None:
    """Take a slot on the GPU that has the fewest jobs, if one is free."""
    taken = _taken()
    ways: list[tuple[int, str, str]] = []
    for gpu in gpus:
        free = [name for name in (f"mnist-viz/gpu/{gpu}/{slot}" for slot in range(each)) if name not in taken]
        ways += [(each - len(free) + others, gpu, name) for others, name in enumerate(free)]
    # Jobs that start at the same moment see the same list: who comes second finds a name taken, and tries the next.
    for _, gpu, name in sorted(ways, key=lambda way: way[0]):
        if _take_name(name):
            return gpu
    return None


def _take_name(name: str) -> bool:
    held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        held.bind(f"\0{name}")
    except OSError as error:
        held.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    _held.append(held)
    return True


def _taken() -> set[str]:
    """The names that somebody has now."""
    lines = _SOCKETS.read_text().splitlines() if _SOCKETS.exists() else []
    return {line.rpartition("@")[2] for line in lines}
