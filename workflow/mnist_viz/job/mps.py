"""CUDA's Multi-Process Service, through which the jobs on one GPU compute side by side instead of taking turns.

Its control daemon (man nvidia-cuda-mps-control) runs once for the jobs of a user on a GPU. Which of them is the last,
a lock says, that each holds until it ends, however it ends: `python -m mnist_viz.job.mps FOLDER` starts the daemon,
waits until nobody holds the lock, and ends the daemon.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from mnist_viz.job.gpus import SCHEDULERS
from mnist_viz.job.log import logger
from mnist_viz.job.stop import signals

PROGRAM = "nvidia-cuda-mps-control"
SECONDS = 30  # for the daemon's answers; longer, and the jobs run without it

_READY = "ready"
_held: list[TextIO] = []


def join(who: str) -> None:
    """Compute through the control daemon that runs already, else through one that ends with the last job.

    To be called before CUDA starts, with the GPU chosen. A daemon that runs is CUDA's matter: it finds the one that
    CUDA_MPS_PIPE_DIRECTORY names. Where there is no MPS, or its daemon can't be started, a warning says so; `who` is
    stage and variant.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible == "":
        return  # no GPU
    if shutil.which(PROGRAM) is None:
        logger.warning("warning: %s: gpu_mps is asked for, but %s is not installed here", who, PROGRAM)
    elif not _answers(os.environ.get("CUDA_MPS_PIPE_DIRECTORY")):
        try:
            pipe = _daemon_of_jobs(visible)
        except OSError as error:
            logger.warning("warning: %s: MPS can't be used: %s. The job runs without it.", who, error)
        else:
            os.environ["CUDA_MPS_PIPE_DIRECTORY"] = str(pipe)
            if visible:
                os.environ["CUDA_VISIBLE_DEVICES"] = _as_numbered_by_daemon(visible)


def _as_numbered_by_daemon(visible: str) -> str:
    """What a job names its GPUs where the daemon sees these alone: they count from 0; UUIDs stay.

    https://docs.nvidia.com/deploy/mps/latest/appendix-environment-variables.html
    """
    return ",".join(str(i) if name.strip().isdigit() else name for i, name in enumerate(visible.split(",")))


def _answers(pipe: str | None) -> bool:
    """Whether a control daemon runs there; by default where CUDA would look for it."""
    environment = {**os.environ, **({"CUDA_MPS_PIPE_DIRECTORY": pipe} if pipe else {})}
    try:
        done = subprocess.run(
            [PROGRAM], input="get_server_list\n", env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _daemon_of_jobs(visible: str | None) -> Path:
    """The pipe directory of the daemon for these GPUs, which is started if it does not run. OSError if it can't be.

    It runs at least until this process ends.
    """
    folder = _folder(visible)
    lock = open(folder / "jobs.lock", "a")  # noqa: SIM115  # until the process ends
    fcntl.flock(lock, fcntl.LOCK_SH)  # waits where a daemon is just being ended
    _held.append(lock)
    pipe = folder / "pipe"
    with open(folder / "start.lock", "a") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if not _answers(str(pipe)):
            command = [sys.executable, "-m", "mnist_viz.job.mps", str(folder)]
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
            assert process.stdout is not None
            with process.stdout as said:
                answer = said.readline().strip()
            if answer != _READY:
                raise OSError(answer or f"{PROGRAM} can't be watched")
    return pipe


def _folder(visible: str | None) -> Path:
    """The folder of the daemon for these GPUs, on this machine, of this user, and in this job of a scheduler.

    Two jobs may both have a GPU 0, each another. OSError if somebody else has made the folder.
    """
    own = Path(tempfile.gettempdir()) / f"mnist-viz-mps-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.is_symlink() or own.stat().st_uid != os.getuid():
        raise OSError(f"{own} is another user's")
    where = [str(visible), *(os.environ.get(name, "") for name in SCHEDULERS)]
    folder = own / hashlib.sha256("\n".join(where).encode()).hexdigest()[:12]
    folder.mkdir(exist_ok=True)
    return folder


def watch(folder: Path) -> None:
    """Start the daemon and say whether it runs, wait until all jobs have ended, and end it."""
    for number in signals():
        signal.signal(number, signal.SIG_IGN)  # also in the daemon: jobs that are told to end still save their state
    pipe, logs = folder / "pipe", folder / "log"
    for left in (pipe, logs):  # by a daemon that was killed
        shutil.rmtree(left, ignore_errors=True)
        left.mkdir()
    environment = {**os.environ, "CUDA_MPS_PIPE_DIRECTORY": str(pipe), "CUDA_MPS_LOG_DIRECTORY": str(logs)}
    quiet = subprocess.DEVNULL  # the daemon keeps what it is given
    with open(logs / "start.txt", "w+") as said:
        done = subprocess.run([PROGRAM, "-d"], env=environment, stdin=quiet, stdout=said, stderr=said)
        said.seek(0)
        text = " ".join(said.read().split())
    running = done.returncode == 0 and _answers(str(pipe))
    print(_READY if running else f"{PROGRAM} -d did not start: {text or f'see {logs}'}", flush=True)
    if running:
        with open(folder / "jobs.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                subprocess.run(
                    [PROGRAM], input="quit -t 10\n", env=environment, stdout=quiet, text=True, timeout=SECONDS
                )
            except subprocess.TimeoutExpired:
                os.kill(int((pipe / "nvidia-cuda-mps-control.pid").read_text()), signal.SIGKILL)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
