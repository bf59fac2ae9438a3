"""Folders that lie elsewhere than they seem to, names that mean something to Python or Snakemake, no home folder."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import Project, run
from tests.faults import pipeline

LINKED = ["results", "resources", "results/double", "results/wandb", "results/double/checkpoints"]


def named(project: Project) -> tuple[set[str], set[str]]:
    """The files that the receipt of `double` names as read, and as what was uploaded."""
    receipt = json.loads((project.folder / "demo/results/double/wandb.json").read_text())
    return set(receipt["inputs"]), {path for artifact in receipt["artifacts"] for path in artifact["made_from"]}


@pytest.mark.parametrize("linked", [*LINKED, "all"])
def test_results_that_lie_on_scratch(sample: Project, project: Project, tmp_path: Path, linked: str) -> None:
    """They are linked after a run, made anew there, and found to be right by verify and by the plan."""
    scratch = tmp_path / "scratch" / "of" / "mine"
    for number, name in enumerate(reversed(LINKED) if linked == "all" else [linked]):
        folder = project.folder / "demo" / name
        scratch.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, scratch / str(number))
        folder.symlink_to(scratch / str(number))
    results = project.folder / "demo" / "results"
    for stage in ("predict", "wandb"):
        (results / "double" / f"{stage}.json").unlink()
    outcome = project.snakemake(config=pipeline.SMALL)
    assert outcome.status == 0, outcome.text
    for record in results.glob("**/*.json"):
        assert str(tmp_path) not in record.read_text(), record
    assert named(project) == named(sample)
    assert project.dry_run(config=pipeline.SMALL) == set()
    (results / "double" / "stray.txt").touch()
    verified = pipeline.verify(project)
    assert verified.status == 0, verified.text
    assert "unknown   demo/results/double/stray.txt" in verified.text
    checkpoint = results / "double" / "checkpoints" / "epoch_001.safetensors"
    checkpoint.write_bytes(b"")
    assert f"changed   demo/results/double/checkpoints/{checkpoint.name}" in pipeline.verify(project).text


def test_verify_ends_where_a_link_leads_to_a_folder_above(project: Project) -> None:
    (project.folder / "demo" / "results" / "loop").symlink_to("..")
    pipeline.assert_verified(project)


def test_braces_in_the_path(sample: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "a{b}" / "{variant} {} {{c")
    shutil.copytree(sample.folder, project.folder, symlinks=True)
    outcome = project.snakemake("--forceall", config=pipeline.SMALL)
    assert outcome.status == 0, outcome.text
    pipeline.assert_verified(project)
    assert project.snakemake("--report", "report.html", config=pipeline.SMALL).status == 0


@pytest.mark.parametrize("home", ["/proc", "/proc/none"])
def test_home_that_nobody_can_write_in(project: Project, home: str) -> None:
    outcome = project.snakemake("--forceall", config=pipeline.SMALL, HOME=home)
    assert outcome.status == 0, outcome.text


BROKEN = "raise ImportError('this file is no package')\n"


def test_files_beside_the_snakefile_hide_no_package(project: Project) -> None:
    for name in (
        "json",
        "csv",
        "statistics",
        "numpy",
        "torch",
        "pyarrow",
        "wandb",
        "rocrate",
        "snakemake",
        "mnist_viz",
    ):
        (project.folder / f"{name}.py").write_text(BROKEN)
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", "--forceall", "--config"]
    outcome = run([*command, *pipeline.SMALL], project.folder)
    assert outcome.status == 0, outcome.text
    verified = run([sys.executable, "-P", "-m", "mnist_viz.verify"], project.folder)
    assert verified.status == 0, verified.text
