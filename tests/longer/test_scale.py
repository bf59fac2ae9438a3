"""Hundreds of variants: what Snakemake plans, and that the work of planning grows with their number and not faster."""

import json
import pstats
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import Project, copy_project, run

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[str, pstats.Stats]]:
    """By the number of variants, what Snakemake plans and how often each function was called for it."""
    project = copy_project(tmp_path_factory.mktemp("scale") / "project")
    return {count: plan(project, count) for count in (100, 500)}


def plan(project: Project, count: int) -> tuple[str, pstats.Stats]:
    seeds = json.dumps(list(range(count // 2)))
    config = ["dataset={name: sample}", f"seeds={seeds}", "defaults={epochs: 5}"]
    profile = project.folder / f"{count}.prof"
    profiled = [
        sys.executable,
        "-m",
        "cProfile",
        "-o",
        str(profile),
        "-m",
        "snakemake",
        "--dry-run",
        "--quiet",
        "rules",
    ]
    planned = run([*profiled, "--config", *config], project.folder)
    assert planned.status == 0, planned.text
    return planned.text, pstats.Stats(str(profile))


def calls(stats: pstats.Stats, file: str, function: str) -> int:
    """How often the functions of this name in files of this name were called."""
    return sum(
        entry[1] for (path, _, name), entry in stats.stats.items() if Path(path).name == file and name == function
    )


def test_every_variant_is_planned(plans: dict[int, tuple[str, pstats.Stats]]) -> None:
    planned = dict(re.findall(r"^(\w+) +(\d+)$", plans[500][0], flags=re.MULTILINE))
    assert [planned[f"{stage}_variant"] for stage in ("train", "predict", "upload")] == ["500"] * 3
    assert planned["explorer"] == "1"


def test_configuration_and_code_are_read_once(plans: dict[int, tuple[str, pstats.Stats]]) -> None:
    few, many = plans[100][1], plans[500][1]
    assert calls(many, "resolved.py", "resolve") == 1
    for file, function in (("code.py", "canonical"), ("ast.py", "parse")):
        assert calls(many, file, function) == calls(few, file, function) > 0


def test_work_grows_with_the_number_of_variants_and_no_faster(plans: dict[int, tuple[str, pstats.Stats]]) -> None:
    few, many = plans[100][1], plans[500][1]
    assert few.total_calls < many.total_calls < 5 * few.total_calls
    assert calls(many, "_parser.py", "_parse") == calls(few, "_parser.py", "_parse"), "paths that hold all names"
    assert calls(many, "__init__.py", "__hash__") < 6 * calls(few, "__init__.py", "__hash__"), (
        "all inputs compared with each other"
    )
