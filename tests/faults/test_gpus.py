"""Runs on a machine whose GPUs no scheduler hands out; a stand-in for nvidia-smi lists them, and the CPU computes."""

import json
import os
from pathlib import Path

import pytest

from mnist_viz.job import gpus
from tests.conftest import Project
from tests.faults import pipeline
from tests.stand_ins import mps, nvidia_smi, whole

OWN = f"test-{os.getpid()}"
JOBS = [(variant, stage) for variant in ("baseline", "double") for stage in ("train", "predict")]


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables as on a machine of one's own."""
    for name in (*gpus.SCHEDULERS, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)


def used(project: Project) -> dict[tuple[str, str], str | None]:
    """The GPU of each job's record."""
    results = project.folder / "demo" / "results"
    return {(variant, stage): json.loads((results / variant / f"{stage}.json").read_text()).get("gpu")
            for variant, stage in JOBS}  # fmt: skip


def test_one_gpu_for_one_job_at_a_time(project: Project, tmp_path: Path) -> None:
    """No job waits: Snakemake starts no more than there are slots. What ran on which GPU is no part of any key.

    Each training finds no other, so that each starts MPS and ends it.
    """
    before = pipeline.digests(project)
    one = {**nvidia_smi(tmp_path / "bin", whole(OWN)), **mps(tmp_path / "bin")}
    arguments = ["predict", "--forcerun", "train_variant", "--resources", "jobs_per_gpu=1"]
    arguments += ["--set-resources", "train_variant:gpu_mps=1"]
    outcome = project.snakemake(*arguments, config=pipeline.SMALL, **one)
    assert outcome.status == 0, outcome.text
    assert "waits for" not in outcome.text
    assert (tmp_path / "bin/log.txt").read_text().splitlines() == [f"starts GPU-{OWN}", f"quits GPU-{OWN}"] * 2
    assert used(project) == dict.fromkeys(JOBS, f"GPU-{OWN}")
    changed = {path for path, digest in pipeline.digests(project).items() if digest != before[path]}
    assert changed == {f"demo/results/{variant}/{stage}.json" for variant, stage in JOBS}
    assert project.dry_run("predict", config=pipeline.SMALL) == set()


@pytest.mark.parametrize("variables", [{"CUDA_VISIBLE_DEVICES": ""}, {"SLURM_JOB_ID": "7"}])
def test_nothing_is_shared(project: Project, tmp_path: Path, variables: dict[str, str]) -> None:
    many = nvidia_smi(tmp_path / "bin", whole(OWN, f"{OWN}-2"))
    outcome = project.snakemake("train", "--forcerun", "train_variant", config=pipeline.SMALL, **many, **variables)
    assert outcome.status == 0, outcome.text
    assert set(used(project).values()) == {None}


def test_number_of_jobs_that_is_none(project: Project) -> None:
    outcome = project.snakemake("train", "--forceall", "--resources", "jobs_per_gpu=0", config=pipeline.SMALL)
    assert outcome.status != 0
    assert "jobs_per_gpu=0: how many jobs compute on a GPU at a time is a number from 1" in outcome.text
    assert "Traceback" not in outcome.text
