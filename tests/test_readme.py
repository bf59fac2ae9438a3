"""The commands and snippets of README.md work as they stand there."""

import re

import pytest

from tests.conftest import PROJECT, Project

README = (PROJECT / "README.md").read_text()
STAGES = README.split("<!-- dry runs: a test executes these lines -->")[1].split("```")[1]
COMMANDS = [line.split("#")[0].split() for line in STAGES.splitlines() if line.startswith("snakemake")]


def test_commands_are_found() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_plans_a_run(finished_project: Project, command: list[str]) -> None:
    if "--dry-run" not in command:
        command = [*command, "--dry-run"]
    outcome = finished_project.snakemake("-n", *command[1:], config=[])
    assert outcome.status == 0, outcome.text


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)`", README)) <= targets


def test_paths_exist() -> None:
    for path in re.findall(r"[(`]((?:workflow|profiles|tests)/[\w./-]+)[)`]", README):
        assert (PROJECT / path).exists(), path
