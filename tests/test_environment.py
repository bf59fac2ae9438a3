"""The lists of packages say the same, each has what it is for and no more, and jobs run where conda puts them."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import PROJECT, copy_project
from tests.lock import packages

LOCKS = {name: (PROJECT / name).read_text() for name in ("requirements.txt", "tests/requirements.txt")}
RUN, TESTS = (list(map(Requirement, packages(lock))) for lock in LOCKS.values())
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
DIRECT = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
DIRECT_OF_TESTS = [Requirement(text) for text in PYPROJECT["project"]["optional-dependencies"]["test"]]
WITHOUT_DEPENDENCIES = {package["name"] for package in PYPROJECT["tool"]["uv"]["dependency-metadata"]}


def versions(lock: Iterable[Requirement]) -> dict[str, str]:
    """The version of every package that a lock installs here."""
    here = [line for line in lock if line.marker is None or line.marker.evaluate()]
    return {canonicalize_name(line.name): pin.version for line in here for pin in line.specifier}


def needed(direct: Iterable[Requirement], locked: dict[str, str]) -> set[str]:
    """The names of all packages that the direct dependencies need here. Every requirement fits its locked version."""
    waiting = [(requirement, "pyproject.toml") for requirement in direct]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, by = waiting.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{by} needs {requirement}, which is not locked: run make lock"
        assert requirement.specifier.contains(locked[name], prereleases=True), f"{by}: {requirement}"
        news = {(name, extra) for extra in {"", *requirement.extras}} - seen
        seen |= news
        lines = [] if name in WITHOUT_DEPENDENCIES else map(Requirement, distribution(name).requires or [])
        for line in lines:
            if any(line.marker is None or line.marker.evaluate({"extra": extra}) for _, extra in news):
                waiting.append((line, name))
    return {name for name, _ in seen}


def test_conda_environment_has_what_the_pipeline_runs_with() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]  # conda 26.7 takes nodefaults for a channel
    lines = [line.split(" --hash=") for line in environment["dependencies"][-1]["pip"]]
    assert [str(Requirement(requirement)) for requirement, *_ in lines] == [str(line) for line in RUN]
    locked = [re.findall(r"--hash=(\S+)", block) for block in packages(LOCKS["requirements.txt"]).values()]
    assert [hashes for _, *hashes in lines] == locked and all(locked)


def test_pip_refuses_what_has_not_a_hash_of_the_conda_environment(tmp_path: Path) -> None:
    """conda hands its lines to pip as a file of requirements."""
    lines = yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    (line,) = (line for line in lines if line.startswith("annotated-types=="))
    version = line.split()[0].partition("==")[2]
    wheel = tmp_path / f"annotated_types-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("annotated_types.py", "forged = True")
    (tmp_path / "requirements").write_text(f"{line}\n")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--find-links", str(tmp_path)]
    command += ["--target", str(tmp_path / "installed"), "--requirement", str(tmp_path / "requirements")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0 and "DO NOT MATCH THE HASHES" in done.stderr, done.stderr


def test_container_begins_with_one_release_of_python_and_debian() -> None:
    text = (PROJECT / "workflow" / "container.def").read_text()
    assert re.search(r"^From: python:3\.\d+\.\d+-slim-[a-z]+$", text, flags=re.MULTILINE)


def test_what_is_locked_is_what_the_pipeline_needs_and_no_more() -> None:
    assert needed(DIRECT, versions(RUN)) == set(versions(RUN))


def test_what_is_locked_for_tests_is_what_they_need_besides() -> None:
    both = {**versions(RUN), **versions(TESTS)}
    assert needed([*DIRECT, *DIRECT_OF_TESTS], both) == set(both)


def test_no_version_of_the_tests_differs() -> None:
    run, tests = ({(canonicalize_name(line.name), str(line.specifier)) for line in lock} for lock in (RUN, TESTS))
    names = {name for name, _ in run}
    assert {(name, version) for name, version in tests if name in names} <= run


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    blocks = packages(LOCKS[name]).values()
    assert len(blocks) > 50
    assert len(re.findall(r"^[a-z0-9]", LOCKS[name], flags=re.MULTILINE)) == len(blocks)
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_index(name: str) -> None:
    assert not re.search(r"https?://|file://|--index-url|--find-links|--extra-index-url", LOCKS[name])


@pytest.mark.parametrize(
    ("target", "installs"),
    [
        *((target, ["requirements.txt"]) for target in ("demo", "run", "verify")),
        *((target, list(LOCKS)) for target in ("test", "lint", "audit", "faults")),
    ],
)
def test_make_installs_what_a_target_needs(target: str, installs: list[str]) -> None:
    commands = ["make", "--dry-run", "--always-make", target]
    done = subprocess.run(commands, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert re.findall(r"--no-deps --require-hashes --requirement (\S+)", done.stdout) == installs


# What Snakemake asks conda for. The Python of its environment has the packages, but not the pipeline's code, which only
# the project's own .venv has.
CONDA = """#!/bin/sh
case "$*" in
"info --json") echo '{"conda_prefix": "FOLDER", "platform": "linux-64"}' ;;
--version) echo "conda 26.7.1" ;;
config*) echo '{"get": {"channel_priority": "strict"}}' ;;
env*) for prefix; do :; done; mkdir -p "$prefix/bin"; cp "FOLDER/python" "$prefix/bin/python"
  PYTHONPATH="PACKAGES" "BASE" -m pip config list > "FOLDER/pip" ;;
esac
"""
PYTHON = """#!/bin/sh
echo "$CONDA_PREFIX" >> "FOLDER/used"
PYTHONPATH="$PYTHONPATH:PACKAGES" exec "BASE" -S "$@"
"""
ACTIVATE = """export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"
"""


def test_what_a_job_made_with_conda_is_up_to_date_without(tmp_path: Path) -> None:
    project, folder = copy_project(tmp_path / "project"), tmp_path / "conda"
    files = {"bin/conda": CONDA, "bin/activate": ACTIVATE, "python": PYTHON}
    places = {"FOLDER": folder, "PACKAGES": sysconfig.get_path("purelib"), "BASE": os.path.realpath(sys.executable)}
    for name, text in files.items():
        for word, place in places.items():
            text = text.replace(word, str(place))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    outcome = project.snakemake("data", "--sdm", "conda", PATH=path)
    assert outcome.status == 0, outcome.text
    (environment,) = set((folder / "used").read_text().splitlines())
    assert Path(environment).parent == project.folder / ".snakemake/conda"
    assert ":env:.no-deps='1'" in (folder / "pip").read_text()  # what pip takes from its environment
    assert "data" not in project.dry_run()
