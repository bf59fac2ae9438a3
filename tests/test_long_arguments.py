"""What is longer than a system passes to a program in one word: it reaches the stages all the same."""

import json
import os
import shlex
import sys
from pathlib import Path

import polars as pl
import pytest

from mnist_viz.job.frame import complete
from mnist_viz.job.remedy import LONGEST, command
from tests.conftest import PROJECT, SMALL, Project, copy_project, run
from tests.pictures import classes

WORD = 128 * 1024  # bytes, of Linux
COUNT, LENGTH = 1000, 200


def test_arguments_of_a_file_take_its_place(tmp_path: Path) -> None:
    words = ["--own", "a b\n'\"", "", "--arguments", "ü \udcff"]
    (tmp_path / "more").write_bytes(b"".join(os.fsencode(word) + b"\0" for word in words))
    assert complete(["--a", "1", "--arguments", str(tmp_path / "more"), "-b"]) == ["--a", "1", *words, "-b"]
    assert complete(["--a", "1"]) == ["--a", "1"] and complete(["--arguments"]) == ["--arguments"]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[str], list[str]]:
    """A project in which the data of 1,000 long names were read, of which two have pictures; the options and names."""
    folder = tmp_path_factory.mktemp("long")
    names = [f'{number:04d} "it\'s" {"x" * LENGTH}'[:LENGTH] for number in range(COUNT)]
    path = classes(folder / "pets", {names[0]: 5, names[-1]: 5})
    project = copy_project(folder / "project")
    section = {"name": "pets", "path": str(path), "classes": names}
    assert len(json.dumps(section)) > WORD
    (project.folder / "long.yaml").write_text(json.dumps({"dataset": section}))
    options = ["--configfile", "long.yaml"]
    outcome = project.snakemake("data", *options, config=SMALL[1:])
    assert outcome.status == 0, outcome.text
    return project, options, names


def test_a_thousand_long_names_of_classes_are_read(read: tuple[Project, list[str], list[str]]) -> None:
    project, options, names = read
    results = project.folder / "own" / "pets" / "results"
    assert pl.read_parquet(results / "classes.parquet")["name"].to_list() == names
    assert project.dry_run("data", *options, config=SMALL[1:]) == set()


def test_the_command_that_makes_them_anew_stays_a_line(read: tuple[Project, list[str], list[str]]) -> None:
    said = command(read[0].folder / "own" / "pets" / "results" / "data.json")
    assert len(said) < LONGEST and "own/pets/results/data.json" in shlex.split(said, comments=True)
    assert "--configfile FILE  # FILE: the configuration of the run that made it; its section dataset: is in " in said


def test_ten_thousand_replicates_reach_a_stage(tmp_path: Path) -> None:
    """As the rules hand them on; the stage says which of them is missing."""
    replicates = ",".join(f"baseline-seed_{number}" for number in range(10_000))
    assert len(replicates) > WORD
    told = ["--groups", f"baseline={replicates}", "--reference", "baseline"]
    script = tmp_path / "script.sh"
    script.write_text(
        f"{shlex.quote(sys.executable)} -m mnist_viz.summary --results . --arguments <(printf '%s\\0' "
        f"{shlex.join(told)}) --markdown m --csv c --record r\n"
    )
    outcome = run(["bash", str(script)], tmp_path, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 1 and "baseline-seed_0/train.json is missing" in outcome.text
