"""How many cores a stage may use, and what is said of more threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_viz.job import cores
from tests.conftest import PROJECT, Project
from tests.trainings import command, record_and_log

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
UNLIMITED = {"cpu.max": "max 100000\n"}
QUOTA = {"cpu.max": "50000 100000\n"}
QUOTA_1 = {"cpu.cfs_quota_us": "75000\n", "cpu.cfs_period_us": "100000\n"}
UNLIMITED_1 = {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/\n", {}, ALL),
        ("0::/a/b\n", {"a/b": QUOTA, "a": UNLIMITED}, 0.5),
        ("0::/a/b\n", {"a/b": UNLIMITED, "a": QUOTA}, 0.5),
        ("0::/a/b\n", {"a/b": UNLIMITED, "a": UNLIMITED}, ALL),
        ("0::/not/shown/in/the/container\n", {".": QUOTA}, 0.5),
        ("3:cpu,cpuacct:/a\n2:pids:/\n", {"cpu,cpuacct/a": QUOTA_1, "cpu,cpuacct": UNLIMITED_1}, 0.75),
        ("3:cpu,cpuacct:/a\n", {"cpu,cpuacct/a": UNLIMITED_1}, ALL),
        ("4:cpu:/docker/1\n0::/\n", {"cpu": QUOTA_1}, 0.75),
    ],
)
def test_quotas_of_cgroups_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: dict[str, dict[str, str]], expected: float
) -> None:
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    (tmp_path / "own").write_text(own)
    for folder, texts in files.items():
        (tmp_path / "mount" / folder).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (tmp_path / "mount" / folder / name).write_text(text)
    assert cores.usable(tmp_path / "mount", tmp_path / "own").cores == expected


def test_what_slurm_gave_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "1")
    assert cores.usable(tmp_path, tmp_path / "none").cores == 1
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "")
    assert cores.usable(tmp_path, tmp_path / "none").cores == ALL


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process can be bound to a CPU here")
@pytest.mark.parametrize("threads", [1, 3])
def test_more_threads_than_cores_are_a_warning_with_both_numbers(split: Path, tmp_path: Path, threads: int) -> None:
    """A training bound to one CPU; what is configured stays."""
    bound = f"import os, sys; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}}); os.execv(sys.executable, "
    bound += "[sys.executable, '-m', 'mnist_viz.train', *sys.argv[1:]])"
    arguments = [*command(split, tmp_path, threads=threads, epochs=1), *record_and_log(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", bound, *arguments],
        env={"PYTHONPATH": str(PROJECT / "workflow")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    warning = f"warning: train small: threads: {threads} is more than the CPU cores to use here, 1 ("
    assert (warning in done.stderr) == (threads > 1)
    assert f'"threads": "{threads}"' in (tmp_path / "train.json").read_text()


def test_more_cores_for_snakemake_than_there_are_is_a_warning(project: Project) -> None:
    """SLURM gave one; the run has two, and a summary to make."""
    (project.folder / "demo/results/summary.json").unlink()
    outcome = project.snakemake("summary", SLURM_CPUS_PER_TASK="1")
    assert outcome.status == 0, outcome.text
    assert "--cores 2 is more than the CPU cores to use here, 1 (SLURM_CPUS_PER_TASK): " in outcome.text
    assert cores.too_many(cores.usable().cores) == ""
