"""End a stage when the Snakemake that started it is no more, so that it does not write beside its successor.

A Snakemake that is killed (SIGKILL, out of memory) leaves its jobs running. The next one would start the same jobs
again, beside them.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

VARIABLE = "MNIST_VIZ_SNAKEMAKE"  # the environment variable in which a stage finds its Snakemake
SECONDS = 0.5  # between two looks
GRACE = 10  # seconds to save what there is to save


def this_process() -> str:
    """This process, for the variable: its id, and in which namespace of ids that is valid (containers have others)."""
    return f"{os.getpid()}@{_namespace()}"


def end_with_snakemake() -> None:
    """Watch, in a thread, the Snakemake that the environment names; without one (a stage run by hand) do nothing.

    When it is gone, this process gets SIGTERM, as from a cluster that wants the machine back, and is ended if it is
    still there ten seconds later. Raises SystemExit if it is gone already.
    """
    process, _, namespace = os.environ.get(VARIABLE, "").partition("@")
    if not process or namespace != _namespace():
        return
    if not _is_ancestor(int(process)):
        sys.exit("the Snakemake that started this job is gone; nothing is begun")
    threading.Thread(target=_watch, args=[int(process)], daemon=True).start()


def _namespace() -> str:
    own = Path("/proc/self/ns/pid")
    return own.readlink().name if own.exists() else ""


def _is_ancestor(process: int) -> bool:
    ancestor = os.getppid()
    while ancestor not in (process, 0):
        try:
            ancestor = psutil.Process(ancestor).ppid()
        except psutil.NoSuchProcess:
            return False
    return ancestor == process


def _watch(snakemake: int) -> None:
    while _is_ancestor(snakemake):
        time.sleep(SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(128 + signal.SIGTERM)
