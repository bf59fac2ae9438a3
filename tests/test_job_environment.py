"""The environment of a job, and of a stage's command that is run by hand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_viz.job import environment
from tests.conftest import PROJECT
from tests.trainings import command, outputs, record_and_log

ROWS = [(name, row) for row in environment.TABLE for name in row.names.split()]


def by_hand(arguments: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
    """A training that a person starts with these variables."""
    program = [sys.executable, "-m", "mnist_viz.train", *arguments]
    given = {"PYTHONPATH": str(PROJECT / "workflow"), **variables}
    return subprocess.run(program, env=given, capture_output=True, text=True, timeout=600)


def test_the_table_says_of_each_variable_one_thing_and_why() -> None:
    assert len({name for name, _ in ROWS}) == len(ROWS)
    assert all(row.reason for _, row in ROWS)


def test_variables_are_passed_set_and_dropped_as_the_table_says() -> None:
    before = {name: "theirs" for name, _ in ROWS} | {"OF_NOBODY": "theirs"}
    after = environment.of_job(before)
    for name, row in ROWS:
        if row.treatment is environment.DROPPED:
            assert name not in after
        elif row.treatment is environment.SET and row.value:
            assert after[name] != "theirs"
        else:
            assert after[name] == "theirs"
    assert after["OF_NOBODY"] == "theirs"
    assert after["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}theirs"


def test_what_is_empty_is_not_set_but_for_the_gpus() -> None:
    after = environment.of_job({name: "" for name, _ in ROWS})
    assert after["CUDA_VISIBLE_DEVICES"] == ""
    assert after["OMP_WAIT_POLICY"] == "passive"
    assert "ATEN_CPU_CAPABILITY" not in after


@pytest.mark.parametrize("limit", [{"OMP_THREAD_LIMIT": "1"}, {"OMP_DYNAMIC": "true", "OMP_PROC_BIND": "true"}])
def test_limits_of_openmp_neither_hang_a_training_nor_change_it(
    split: Path, tmp_path: Path, limit: dict[str, str]
) -> None:
    """With OMP_THREAD_LIMIT=1 oneDNN waited for ever for the second thread."""
    arguments = [*command(split, tmp_path / "a", threads=2, epochs=1, l1_size=32), *record_and_log(tmp_path / "a")]
    done = by_hand(arguments, **limit)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"without {', '.join(limit)}, ")
    plain = [argument.replace(str(tmp_path / "a"), str(tmp_path / "b")) for argument in arguments]
    assert by_hand(plain).returncode == 0
    assert outputs(tmp_path / "a") == outputs(tmp_path / "b")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"ATEN_CPU_CAPABILITY": "default"}, ("DEFAULT", "ATEN_CPU_CAPABILITY=default")),
        ({"ONEDNN_MAX_CPU_ISA": "SSE41"}, (None, "ONEDNN_MAX_CPU_ISA=SSE41")),
    ],
)
def test_limits_to_the_instructions_are_recorded_and_start_a_training_afresh(
    split: Path, undisturbed: Path, tmp_path: Path, limit: dict[str, str], said: tuple[str | None, str]
) -> None:
    shutil.copytree(undisturbed / "resume", tmp_path / "resume")
    plain = json.loads((undisturbed / "train.json").read_text())
    assert plain["variables"] == ""
    done = by_hand([*command(split, tmp_path), *record_and_log(tmp_path)], **limit)
    assert done.returncode == 0, done.stderr
    assert "train small: starting afresh: " in done.stderr
    record = json.loads((tmp_path / "train.json").read_text())
    assert (record["cpu_capability"], record["variables"]) == (said[0] or plain["cpu_capability"], said[1])
