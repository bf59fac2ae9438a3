"""Where jobs find modules: this package, then what PYTHONPATH names; no locked package from there."""

import os
import sysconfig
from pathlib import Path

import pytest

from mnist_viz.job import environment, search_path
from tests.conftest import PROJECT, Project

OWN = str(PROJECT / "workflow")


def test_the_path_of_a_job_is_ours_then_theirs() -> None:
    assert search_path.joined({}) == OWN
    assert search_path.joined({"PYTHONPATH": f":/a:{OWN}::/b"}) == f"{OWN}:/a:/b"  # empty is the current folder
    job = environment.of_job({"PYTHONPATH": "/a", "PYTHONSAFEPATH": ""})
    assert (job["PYTHONPATH"], job["PYTHONSAFEPATH"]) == (f"{OWN}:/a", "1")


def test_who_has_no_name_is_called_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.of_job({"LOGNAME": "me"})["LOGNAME"] == "me"
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert environment.of_job({})["LOGNAME"] == "4000000"


@pytest.mark.parametrize("name", ["numpy/__init__.py", "yaml.py", "torch.cpython-311.so", "json/__init__.py", "csv.py"])
def test_a_locked_package_of_theirs_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    module = name.split("/")[0].split(".")[0]
    with pytest.raises(search_path.ForeignPackage, match=rf"{tmp_path}, and jobs would import {module} from there"):
        search_path.check({"PYTHONPATH": f"/nowhere:{tmp_path}"})


def test_other_packages_of_theirs_are_welcome(tmp_path: Path) -> None:
    for name in ("theirs/__init__.py", "numpy/notes.txt", "numpy-1.0.dist-info/METADATA", "torch.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    search_path.check({"PYTHONPATH": f"{tmp_path}:{OWN}:{sysconfig.get_path('purelib')}"})


def test_snakemake_refuses_before_anything_runs(project: Project, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "mine.py").touch()
    assert project.dry_run(PYTHONPATH=str(theirs)) == set()
    (theirs / "wandb.py").touch()
    outcome = project.snakemake("-n", PYTHONPATH=str(theirs))
    assert outcome.status != 0 and "Traceback" not in outcome.text
    assert f"PYTHONPATH names {theirs}, and jobs would import wandb from there" in outcome.text
    assert "unset PYTHONPATH" in outcome.text
