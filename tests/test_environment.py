"""The three lists of packages say the same, and jobs run where conda puts them."""

import os
import re
import sys
import sysconfig
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import PROJECT, copy_project

LOCK = (PROJECT / "requirements.txt").read_text()


def locked() -> list[Requirement]:
    lines = re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*?) *\\$", LOCK, flags=re.MULTILINE)
    return [Requirement(line) for line in lines]


def test_conda_environment_has_the_same_packages() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]  # conda 26.7 takes nodefaults for a channel
    packages = environment["dependencies"][-1]["pip"]
    assert [str(Requirement(line)) for line in packages] == [str(line) for line in locked()]


def test_lock_satisfies_the_direct_dependencies() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    direct = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for requirement in map(Requirement, direct):
        found = [line for line in locked() if canonicalize_name(line.name) == canonicalize_name(requirement.name)]
        assert found, f"{requirement} is not in requirements.txt"
        for (pin,) in (line.specifier for line in found):
            assert requirement.specifier.contains(pin.version), f"{requirement} against {pin}"


def test_every_locked_package_has_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked()) > 50
    assert all("--hash=sha256:" in block for block in blocks)


def test_lock_names_no_index() -> None:
    assert not re.search(r"https?://|file://|--index-url|--find-links|--extra-index-url", LOCK)


# What Snakemake asks conda for. The Python of its environment has the packages, but not the pipeline's code, which only
# the project's own .venv has.
CONDA = """#!/bin/sh
case "$*" in
"info --json") echo '{"conda_prefix": "FOLDER", "platform": "linux-64"}' ;;
--version) echo "conda 26.7.1" ;;
config*) echo '{"get": {"channel_priority": "strict"}}' ;;
env*) for prefix; do :; done; mkdir -p "$prefix/bin"; cp "FOLDER/python" "$prefix/bin/python" ;;
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
    assert "data" not in project.dry_run()
