"""SIGKILL at random moments, then the recovery of docs/running.md: every final file is that of an undisturbed run."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.faults import pipeline

# What is removed before a stage runs again: its outputs. `all` is the whole pipeline on the sample.
OUTPUTS = {
    "download": ["resources/mnist/raw", "resources/mnist/download.json"],
    "data": ["resources/mnist/*.safetensors", "results/images.parquet", "results/data.json"],
    "train": ["demo/results/*/*", "demo/results/explorer.*"],
    "predict": [f"demo/results/*/{name}" for name in ("predictions.parquet", "metrics.parquet", "predict.json")],
    "upload": ["demo/results/*/wandb.json", "demo/results/wandb"],
    "explorer": ["demo/results/explorer.*"],
    "summary": ["demo/results/summary.*"],
    "comparison": ["demo/results/comparison*"],
    "provenance": ["demo/results/provenance*"],
    "all": ["demo", ".snakemake"],
}
Prepared = tuple[Project, Project, list[str]]
WAYS = ["stage", "snakemake", "group"]
WHOLE_SERIES = 60  # kills
STARTING = 2  # seconds that Snakemake takes to start, about


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Stages and ways in turn, so that each pair comes equally often; the moments, as shares of a run, by chance."""
    if "moment" not in metafunc.fixturenames:
        return
    draw = random.Random(metafunc.config.getoption("--fault-seed"))
    pairs = [(stage, way) for way in WAYS for stage in OUTPUTS if (stage, way) != ("all", "stage")]
    draw.shuffle(pairs)
    count = metafunc.config.getoption("--trials") or WHOLE_SERIES
    kills = [(*pairs[number % len(pairs)], round(draw.random(), 3)) for number in range(count)]
    names = [f"{number}-{stage}-{way}-{moment}" for number, (stage, way, moment) in enumerate(kills)]
    metafunc.parametrize(("stage", "way", "moment"), kills, ids=names)


def remove(project: Project, patterns: list[str]) -> None:
    for pattern in patterns:
        for path in list(project.folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.fixture
def prepared(
    request: pytest.FixtureRequest, stage: str, tmp_path: Path
) -> Iterator[tuple[Project, Project, list[str]]]:
    """A finished project, a copy without the outputs of `stage`, and the configuration of both."""
    if stage in ("download", "data"):
        finished, config = (
            request.getfixturevalue("mnist"),
            [f"dataset={{mirrors: ['{request.getfixturevalue('mirror')}']}}"],
        )
    else:
        finished, config = request.getfixturevalue("sample"), pipeline.SMALL
    project = Project(tmp_path / "project")
    shutil.copytree(finished.folder, project.folder, symlinks=True)
    remove(project, OUTPUTS[stage])
    yield finished, project, config
    pipeline.end_all(project)


def duration(finished: Project, stage: str, way: str) -> float:
    """About how many seconds the undisturbed run took, of Snakemake or of the stage's longest job alone."""
    if stage == "all":
        return float((finished.folder / "done").read_text())
    tables = [path for root in (".", "demo") for path in finished.folder.glob(f"{root}/benchmarks/{stage}*/*.tsv")]
    tables += [path for root in (".", "demo") for path in finished.folder.glob(f"{root}/benchmarks/{stage}.tsv")]
    seconds = [float(path.read_text().splitlines()[1].split("\t")[0]) for path in tables]
    return max(seconds) if way == "stage" else STARTING + sum(seconds)


def await_stage(process: subprocess.Popen[bytes], stage: str) -> None:
    while process.poll() is None and not pipeline.stage_processes(process, stage):
        time.sleep(0.02)


def kill(project: Project, stage: str, way: str, seconds: float, config: list[str]) -> bool:
    """Start the stage and kill it after `seconds`; False if it was done before."""
    process = pipeline.start(project, stage, config=config)
    if way == "stage":
        await_stage(process, stage)
    time.sleep(seconds)
    if way == "stage":
        victims = pipeline.stage_processes(process, stage)
        for victim in victims[:1]:
            victim.kill()
        process.wait()
        return bool(victims)
    if process.poll() is not None:
        return False
    if way == "snakemake":
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    else:
        pipeline.kill_group(process)
    return True


def test_killed_and_recovered(prepared: Prepared, stage: str, way: str, moment: float) -> None:
    finished, project, config = prepared
    seconds = moment * duration(finished, stage, way)
    while not kill(project, stage, way, seconds, config):
        seconds /= 2
        remove(project, OUTPUTS[stage])
    unlocked = project.snakemake("--unlock", config=config)
    assert unlocked.status == 0, unlocked.text
    again = project.snakemake(stage, config=config)
    assert again.status == 0, again.text
    assert pipeline.wait_until_alone(project) == []
    expected = pipeline.digests(finished)
    made = pipeline.digests(project)
    if stage == "train":
        later = (
            "predictions.parquet",
            "metrics.parquet",
            "predict.json",
            "wandb.json",
            "explorer.html",
            "explorer.json",
        )
        expected = {path: digest for path, digest in expected.items() if not path.endswith(later)}
    assert made == expected
    if stage not in ("train", "predict", "data", "download"):
        last = project.snakemake("provenance", config=config)  # it was made from the removed records, of other times
        assert last.status == 0, last.text
        pipeline.assert_verified(project)
    assert not [path for path in project.folder.rglob("*.part") if path.exists()]
    assert project.dry_run(stage, config=config) == set()
