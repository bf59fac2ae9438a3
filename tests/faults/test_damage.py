"""Files truncated, emptied, swapped, replaced by a folder or a dangling link: refused by name or made anew."""

import os
import random
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Project, run
from tests.faults import pipeline

RESULTS, MADE_ONCE = "demo/results", ["demo/resources/mnist/train.safetensors", "demo/resources/mnist/test.safetensors"]
OF_A_VARIANT = ["config.json", "train.json", "history.parquet", "predictions.parquet", "metrics.parquet"]
OF_A_VARIANT += ["checkpoints/epoch_001.safetensors", "resume/state.safetensors", "resume/epoch_002.safetensors"]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
FILES = [*MADE_ONCE, f"{RESULTS}/images.parquet", *(f"{RESULTS}/baseline/{name}" for name in OF_A_VARIANT)]


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_of(path: Path) -> Path:
    """The other variant's file, the other split."""
    others = {"train.safetensors": "test.safetensors", "test.safetensors": "train.safetensors"}
    other = path.with_name(others.get(path.name, path.name))
    return Path(*("double" if part == "baseline" else part for part in other.parts))


def swap(path: Path) -> None:
    """Exchange a file for its other, in the way of a hasty copy."""
    other = other_of(path)
    shutil.copyfile(path, path.with_name("aside"))
    shutil.copyfile(other, path)
    shutil.move(path.with_name("aside"), other)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").touch()


def dangle(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGES = {"truncated": truncate, "emptied": empty, "flipped": flip, "swapped": swap}
DAMAGES |= {"folder": make_folder, "link": dangle}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All pairs of a file and a damage, or as many of them as asked for, by chance."""
    alone = (f"{RESULTS}/images.parquet", "swapped")  # there is no other file of its kind
    pairs = [(file, damage) for file in FILES for damage in DAMAGES if (file, damage) != alone]
    random.Random(metafunc.config.getoption("--fault-seed")).shuffle(pairs)
    trials = metafunc.config.getoption("--trials")
    if "damage" in metafunc.fixturenames:
        metafunc.parametrize(("file", "damage"), pairs[: trials or len(pairs)])


def test_damaged_file_is_refused_or_made_anew(project: Project, sample: Project, file: str, damage: str) -> None:
    """A run that needs the file refuses it by name; one that does not leaves that to `verify`. Both say how to mend it,
    and that mends it."""
    action: Callable[[Path], None] = DAMAGES[damage]
    action(project.folder / file)
    (project.folder / "mine.yaml").write_text("\n".join(entry.replace("=", ": ", 1) for entry in pipeline.SMALL))
    outcome = project.snakemake(config=pipeline.SMALL)
    said = outcome.text.split("Logfile")[0]
    assert "Traceback" not in said, outcome.text
    damaged = [file, str(other_of(Path(file)))] if damage == "swapped" else [file]
    refused = any(f"error: {name} " in said for name in damaged) or f"{file} is a link to nowhere" in said
    assert outcome.status == 0 or refused, outcome.text
    verdict = pipeline.verify(project)
    assert verdict.status == 0 or f"  {file}  " in verdict.text, verdict.text
    assert "Traceback" not in verdict.text, verdict.text
    if outcome.status or verdict.status:
        for command in dict.fromkeys(re.findall(r"(?m)^ +(.*snakemake --cores 4 --force .*)$", verdict.text)):
            mended = run(["bash", "-c", command.replace(" FILE ", " mine.yaml ")], project.folder, PATH=PATH)
            assert mended.status == 0, mended.text
        again = project.snakemake(config=pipeline.SMALL)
        assert again.status == 0, again.text
    pipeline.assert_verified(project)
    assert pipeline.digests(project) == pipeline.digests(sample)
