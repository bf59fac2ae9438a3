"""How many CPU cores this process may use, by whom, and the warning where a stage wants more threads than that."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mnist_viz.job import environment
from mnist_viz.job.log import logger

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


class Limit(NamedTuple):
    """So many cores, and what sets the limit."""

    cores: float
    source: str


def usable(cgroups: Path = CGROUPS, own: Path = OWN) -> Limit:
    """The lowest limit: of the CPUs that this process may run on, the quotas of its cgroups, and what SLURM gave.

    `cgroups` is where those are mounted, `own` the list of this process's.
    """
    return min(_limits(cgroups, own))


def warn_of_too_many(threads: int, who: str) -> None:
    """Say so if `threads` are more than there are cores to use; `who` is stage and variant.

    Their number stays: results depend on it.
    """
    cores, source = usable()
    if threads > cores:
        logger.warning(
            "warning: %s: threads: %d is more than the CPU cores to use here, %.4g (%s), and makes it many times "
            "slower. Ask for more cores, or set threads: %d, which changes the results' last bits.",
            *(who, threads, cores, source, max(1, int(cores))),
        )


def too_many(given: float) -> str:
    """A warning if Snakemake, which was given so many cores, fills more than there are to use; else empty."""
    cores, source = usable()
    if given <= cores:
        return ""
    return (
        f"--cores {given:.4g} is more than the CPU cores to use here, {cores:.4g} ({source}): trainings side by side "
        "slow each other down."
    )


def _limits(cgroups: Path, own: Path) -> Iterator[Limit]:
    if hasattr(os, "sched_getaffinity"):
        yield Limit(len(os.sched_getaffinity(0)), "the CPUs that the process may run on")
    else:
        yield Limit(os.cpu_count() or 1, "those of the machine")
    given = environment.get("SLURM_CPUS_PER_TASK")
    if given and given.isdigit():
        yield Limit(int(given), "SLURM_CPUS_PER_TASK")
    for line in own.read_text().splitlines() if own.exists() else []:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield from _quotas(cgroups, path, "cpu.max")
        elif "cpu" in controllers.split(","):
            yield from _quotas(cgroups / controllers, path, "cpu.cfs_quota_us", "cpu.cfs_period_us")


def _quotas(mount: Path, path: str, *names: str) -> Iterator[Limit]:
    """The quotas of a cgroup and of those above it: CPU time in a period, in one file (version 2) or in two.

    In a container, the mount may show its own cgroup alone, as the uppermost.
    """
    own = mount / path.lstrip("/")
    for folder in (own, *own.parents):
        files = [folder / name for name in names]
        if all(file.exists() for file in files):
            quota, period = " ".join(file.read_text() for file in files).split()
            if quota not in ("max", "-1"):
                yield Limit(int(quota) / int(period), f"the quota of the cgroup {folder}")
        if folder == mount:
            return
