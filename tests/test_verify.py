"""Verification finds every change, names the stage and gives the command that mends it."""

import os
import random
import re
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_viz.job import records
from mnist_viz.verify import WRONG, Finding, verify
from tests.conftest import PROJECT, Outcome, Project, run
from tests.stages import MADE
from tests.test_workflow import MNIST

PREDICTIONS = "results/double/predictions.parquet"


def wrong(root: Path) -> dict[str, str]:
    """Path and status of what is not as it should be."""
    return {
        finding.path.relative_to(root).as_posix(): finding.status for finding in verify(root) if finding.status in WRONG
    }


def command(project: Project, *arguments: str) -> Outcome:
    return run(
        [sys.executable, "-m", "mnist_viz.verify", *arguments],
        project.folder,
        PYTHONPATH=str(project.folder / "workflow"),
    )


FLIPS = 14
RECORDS = {Path(stage.record).name for stage in MADE}


def flips(size: int, seed: str) -> list[tuple[int, int]]:
    """FLIPS bits to flip in a file of `size` bytes: at its beginning, its end and at random places between."""
    choose = random.Random(seed)
    places = [0, 1, 7, 8, 9, size // 2, size - 9, size - 8, size - 5, size - 1]
    places += [choose.randrange(size) for _ in range(FLIPS - len(places))]
    return [(place % size, choose.randrange(8)) for place in places]


def test_every_file_of_a_finished_project_is_intact(finished_project: Project) -> None:
    root = finished_project.folder / "demo"
    findings = verify(root)
    assert {finding.status for finding in findings} == {"intact"}
    files = {path for top in ("resources", "results") for path in (root / top).rglob("*") if path.is_file()}
    left_out = {path for path in files if {"wandb", "resume"} & set(path.parts) or path.name.startswith(".")}
    assert {finding.path for finding in findings} == files - left_out
    assert len(findings) == len(files - left_out) > 20


def test_a_flipped_bit_in_any_file_is_found(project: Project) -> None:
    root = project.folder / "demo"
    whole = {path: path.read_bytes() for path in (finding.path for finding in verify(root))}
    assert {path.suffix for path in whole} >= {".json", ".parquet", ".safetensors", ".html"}
    places = {path: flips(len(content), path.name) for path, content in whole.items()}
    recording = {path for path in whole if path.name in RECORDS}
    choose = random.Random(0)
    for i in range(FLIPS):
        for kind in (
            recording,
            whole.keys() - recording,
        ):  # not both at once: of a damaged record's files nothing is known
            some = set(choose.sample(sorted(kind), len(kind) // 2))
            for flipped in (some, kind - some):
                for path in flipped:
                    place, bit = places[path][i]
                    with open(path, "r+b") as file:
                        file.seek(place)
                        file.write(bytes([whole[path][place] ^ 1 << bit]))
                assert wrong(root) == {path.relative_to(root).as_posix(): "changed" for path in flipped}
                for path in flipped:
                    path.write_bytes(whole[path])
    assert wrong(root) == {}


@pytest.mark.skipif(not MNIST.is_dir(), reason=f"the MNIST files are not in {MNIST}")
def test_a_flipped_bit_in_a_downloaded_file_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "resources" / "mnist"
    shutil.copytree(MNIST, folder / "raw", ignore=lambda _, names: [name for name in names if name[-3:] != ".gz"])
    files = sorted((folder / "raw").glob("*.gz"))
    records.write(folder / "download.json", "download", time.time(), {}, files, {"dataset": "mnist"})
    assert wrong(tmp_path) == {}
    for path in files:
        whole = path.read_bytes()
        for place, bit in flips(len(whole), path.name):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            assert wrong(tmp_path) == {path.relative_to(tmp_path).as_posix(): "changed"}
        path.write_bytes(whole)


def swap(root: Path, name: str) -> None:
    first, second = root / "results" / "baseline" / name, root / "results" / "double" / name
    first.rename(root / "aside")
    second.rename(first)
    (root / "aside").rename(second)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


BOTH = ("baseline", "double")
CHANGES: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "truncated": (lambda root: os.truncate(root / PREDICTIONS, 1000), {PREDICTIONS: "changed"}),
    "emptied": (lambda root: os.truncate(root / PREDICTIONS, 0), {PREDICTIONS: "changed"}),
    "longer": (lambda root: (root / PREDICTIONS).open("a").write("x"), {PREDICTIONS: "changed"}),
    "removed": (lambda root: (root / PREDICTIONS).unlink(), {PREDICTIONS: "missing"}),
    "a folder": (lambda root: replace_by_folder(root / PREDICTIONS), {PREDICTIONS: "changed"}),
    "a dangling link": (lambda root: replace_by_dangling_link(root / PREDICTIONS), {PREDICTIONS: "changed"}),
    "swapped": (
        lambda root: swap(root, "predictions.parquet"),
        {f"results/{variant}/predictions.parquet": "changed" for variant in BOTH},
    ),
    "swapped with its record": (
        lambda root: (swap(root, "config.json"), swap(root, "train.json")),
        {f"results/{variant}/train.json": "changed" for variant in BOTH},
    ),
    "without its record": (
        lambda root: (root / "results/double/predict.json").unlink(),
        {"results/double/predict.json": "missing"},
    ),
    "reformatted record": (
        lambda root: (root / "results/data.json").write_text(
            (root / "results/data.json").read_text().replace("\n  ", "\n ")
        ),
        {"results/data.json": "changed"},
    ),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_change_is_found(project: Project, change: Callable[[Path], object], expected: dict[str, str]) -> None:
    root = project.folder / "demo"
    change(root)
    assert wrong(root) == expected


def test_files_that_no_stage_makes_are_listed_and_not_wrong(project: Project) -> None:
    (project.folder / "demo/results/double/notes.txt").write_text("mine")
    outcome = command(project)
    assert outcome.status == 0
    assert "unknown   demo/results/double/notes.txt\n" in outcome.text


def test_what_is_made_from_older_files_is_outdated(project: Project) -> None:
    """Another test split, recorded: the predictions are what they were, but not of these images."""
    path = project.folder / "demo/results/double/config.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    record = path.with_name("train.json")
    content = records.read(record)
    facts = {key: content[key] for key in ("variant", "dataset", "dataset_sha256", "checkpoints")}
    outputs = [path, path.with_name("history.parquet"), path.parent / "checkpoints" / "epoch_001.safetensors"]
    records.write(record, "train", time.time(), {}, outputs, facts)
    found = {finding.path.relative_to(project.folder / "demo").as_posix(): finding for finding in outdated(project)}
    of_all = {"results/explorer.json", "results/summary.json", "results/provenance.json"}
    assert found.keys() == {"results/double/predict.json", "results/double/wandb.json", *of_all}
    crate = found.pop("results/provenance.json")
    assert crate.detail.endswith("results/double/train.json")
    assert all(finding.detail.endswith("results/double/config.json") for finding in found.values())


def outdated(project: Project) -> list[Finding]:
    return [finding for finding in verify(project.folder / "demo") if finding.status == "outdated"]


def test_command_names_file_stage_and_remedy_and_the_remedy_works(project: Project) -> None:
    before = (project.folder / "demo" / PREDICTIONS).read_bytes()
    assert command(project).status == 0
    os.truncate(project.folder / "demo" / PREDICTIONS, 1000)
    outcome = command(project)
    assert outcome.status == 1
    assert f"changed   demo/{PREDICTIONS}  (predict)\n" in outcome.text
    assert "intact    demo/results/baseline/predictions.parquet  (predict)\n" in outcome.text
    (remedy,) = set(re.findall(r"^ +(snakemake .*)$", outcome.text, flags=re.MULTILINE))
    assert remedy.startswith("snakemake --cores 4 --force demo/results/double/predict.json --replace-workflow-config ")
    assert re.search(r"\d+ files: 1 changed, \d+ intact", outcome.text)
    project.edit("config.yaml", lambda text: text.replace("seed: 0", "seed: 5"))  # no longer that of the run
    made = project.snakemake(*shlex.split(remedy)[3:], "--cores", "2", config=[])
    assert made.status == 0, made.text
    assert (project.folder / "demo" / PREDICTIONS).read_bytes() == before
    assert wrong(project.folder / "demo") == {"results/provenance.json": "outdated"}  # it has the job's times
    project.edit("config.yaml", lambda text: text.replace("seed: 5", "seed: 0"))
    assert project.dry_run() == {"provenance"}


def test_nothing_made_yet_is_said(tmp_path: Path) -> None:
    outcome = run([sys.executable, "-m", "mnist_viz.verify"], tmp_path, PYTHONPATH=str(PROJECT / "workflow"))
    assert outcome.status == 1
    assert outcome.text.startswith("error: there is no folder resources or results here")
    assert "Traceback" not in outcome.text
