"""What several test modules share: a copy of the project that a test may change, and Snakemake runs in it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests import forked
from tests.workers import shared_folder

pytest_plugins = ["tests.explorer.browser", "tests.gpu_jobs", "tests.trainings", "tests.wandb_server.fixtures"]

PROJECT = Path(__file__).parents[1]
SMALL = [
    "dataset={name: sample}",
    "defaults={epochs: 1, l1_size: 4, l2_size: 8, threads: 1}",
    "variants={double: {l1_size: 8, l2_size: 16}}",
    "wandb={mode: offline}",
]


settings.register_profile("short", max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("short")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, pytest.TestReport, object]:
    """Where everything is installed, as in CI, a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which in CI is a failure: {report.longrepr}"
    return report


@dataclass(frozen=True)
class Outcome:
    """What a command printed and its exit status."""

    status: int
    text: str

    def jobs(self) -> set[str]:
        """The jobs of a dry run, as `rule` or `rule:variant`; the targets that only collect are left out."""
        jobs = re.findall(r"^ *rule (\w+):(?: variant=(\S+))?$", self.text, flags=re.MULTILINE)
        collecting = {"all", "train", "predict", "upload"}
        return {f"{rule}:{variant}" if variant else rule for rule, variant in jobs if rule not in collecting}


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, config: list[str] = SMALL, **environment: str) -> Outcome:
        """Run Snakemake there, by default with two cores and the small configuration."""
        dry = any(argument.startswith(("-n", "--dry-run")) for argument in arguments)
        cores = not dry and not any(argument.startswith(("--lint", "--report", "--unlock")) for argument in arguments)
        complete = [*arguments, *(["--cores", "2"] if cores else []), *(["--config", *config] if config else [])]
        spared = ("WANDB_", "MNIST_VIZ_")  # others may matter to a process's start
        if all(name.startswith(spared) for name in environment):
            return Outcome(*forked.snakemake(complete, self.folder, inherited(**environment)))
        return run([sys.executable, "-m", "snakemake", *complete], self.folder, **environment)

    def dry_run(self, *arguments: str, config: list[str] = SMALL, **environment: str) -> set[str]:
        """The jobs that Snakemake would run now."""
        outcome = self.snakemake("-n", *arguments, config=config, **environment)
        assert outcome.status == 0, outcome.text
        return outcome.jobs()

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Change a file's text; the change must change something."""
        file = self.folder / path
        before = file.read_text()
        after = change(before)
        assert after != before
        file.write_text(after)


def inherited(**environment: str) -> dict[str, str]:
    """The environment of what a test starts: this one without W&B's settings, and `environment`."""
    return {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")} | environment


def run(command: list[str], folder: Path, **environment: str) -> Outcome:
    """Run a command to its end, its output and errors together.

    Raises AssertionError with what it has printed if it does not end.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=inherited(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
    except subprocess.TimeoutExpired as late:
        printed = os.fsdecode(late.stdout or b"")
        raise AssertionError(f"{shlex.join(command)} did not end. It had printed:\n{printed}") from None
    return Outcome(done.returncode, done.stdout)


def copy_project(folder: Path) -> Project:
    """A copy of the project's own files, without what it has made."""
    for name in ("Snakefile", "config.yaml", "environment.yml", "pyproject.toml"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder)
    for name in ("workflow", "profiles"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(folder)


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """A project in which the whole pipeline has run on the sample, small. Not to be changed.

    It is made once, also where several processes of pytest-xdist run the tests.
    """
    with shared_folder(tmp_path_factory, worker_id, "finished") as folder:
        if not (folder / "output.txt").exists():
            copy_project(folder)
            outcome = run([sys.executable, "-m", "snakemake", "--cores", "2", "--config", *SMALL], folder)
            assert outcome.status == 0, outcome.text
            (folder / "output.txt").write_text(outcome.text)
    return Project(folder)


@pytest.fixture
def project(finished_project: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, with its time stamps, that a test may change."""
    shutil.copytree(finished_project.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
