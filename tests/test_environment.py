"""The three lists of packages say the same."""

import re
import tomllib

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import PROJECT

LOCK = (PROJECT / "requirements.txt").read_text()


def locked() -> list[Requirement]:
    lines = re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*?) *\\$", LOCK, flags=re.MULTILINE)
    return [Requirement(line) for line in lines]


def test_conda_environment_has_the_same_packages() -> None:
    dependencies = yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"]
    assert [str(Requirement(line)) for line in dependencies[-1]["pip"]] == [str(line) for line in locked()]


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
