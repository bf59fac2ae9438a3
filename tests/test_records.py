"""Records show every change of themselves and of the files that they are of, and stages refuse what is not recorded."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_viz.job import records
from tests.conftest import PROJECT, Project, run


@pytest.fixture
def record(tmp_path: Path) -> Path:
    (tmp_path / "raw.gz").write_bytes(b"raw")
    (tmp_path / "made.parquet").write_bytes(b"made")
    path = tmp_path / "small" / "predict.json"
    inputs = {tmp_path / "raw.gz": records.sha256(tmp_path / "raw.gz")}
    facts = {"variant": "small", "text": "ünïcode", "sha256 of another": "0" * 64, "inner": {"sha256": "1" * 64}}
    records.write(path, "predict", time.time(), inputs, [tmp_path / "made.parquet"], facts)
    return path


def test_record_says_what_was_made_of_what_by_which_code(record: Path) -> None:
    content = json.loads(record.read_text())
    assert content["inputs"] == {"../raw.gz": records.sha256(record.parents[1] / "raw.gz")}
    assert content["outputs"] == {"../made.parquet": records.sha256(record.parents[1] / "made.parquet")}
    assert content["stage"] == "predict" and content["text"] == "ünïcode"
    assert content["began"] <= content["ended"] and content["ended"].endswith("Z")
    assert content["software"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert records.read(record) == content


def test_revision_is_what_git_says(tmp_path: Path) -> None:
    """In a clone: the commit, clean, then dirty; outside of any repository nothing; where git can't say, why."""
    code = "import json; from mnist_viz.job.records import revision; print(json.dumps(revision()))"

    def text(folder: Path, **environment: str) -> str:
        return run([sys.executable, "-c", code], folder, PYTHONPATH=str(folder / "workflow"), **environment).text

    def said(folder: Path, **environment: str) -> dict:
        return json.loads(text(folder, **environment))

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    shutil.copytree(
        PROJECT / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__", "explorer")
    )
    assert said(tmp_path) == {"commit": None, "dirty": None}
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    git("init")
    git("add", ".gitignore")
    git("commit", "--message", "without the code")
    reason, revision = text(tmp_path).rsplit("\n", 2)[:2]
    assert reason.startswith("the commit of the code is not recorded: ") and "did not match any file" in reason
    assert json.loads(revision) == {"commit": None, "dirty": None}
    git("add", ".")
    git("commit", "--message", "one")
    assert said(tmp_path) == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    git("tag", "--annotate", "v1", "--message", "a tag does not hide the commit")
    (tmp_path / "notes.txt").write_text("An untracked file is no change of the code.")
    assert said(tmp_path) == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    with open(tmp_path / "workflow" / "mnist_viz" / "job" / "log.py", "a") as file:
        file.write("\n")
    changed = {"commit": git("rev-parse", "HEAD"), "dirty": True}
    assert said(tmp_path) == changed
    assert said(tmp_path, GIT_TEST_ASSUME_DIFFERENT_OWNER="1") == changed, "a colleague's folder"
    assert "the commit of the code is not recorded: [Errno 2]" in text(tmp_path, PATH="")


def test_a_flipped_bit_anywhere_in_a_record_is_found(record: Path) -> None:
    whole = record.read_bytes()
    ends = [*range(16), *range(len(whole) - 16, len(whole))]
    flips = {(place, 1 << place % 8) for place in range(len(whole))} | {
        (place, 1 << k) for place in ends for k in range(8)
    }
    for place, bit in flips:
        record.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"predict\.json is damaged"):
            records.read(record)
    record.write_bytes(whole)
    records.read(record)


@given(cut=st.integers(0, 10_000), junk=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_other_content_of_a_record_is_found(record: Path, cut: int, junk: bytes) -> None:
    whole = record.read_bytes()
    changed = whole[:cut] + junk + whole[cut + len(junk) :]
    try:
        record.write_bytes(changed)
        if changed == whole:
            records.read(record)
        else:
            with pytest.raises(ValueError, match=r"predict\.json is damaged"):
                records.read(record)
    finally:
        record.write_bytes(whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_bytes(b"mode"), "damaged or replaced"),
        (lambda path: path.write_bytes(b""), "damaged or replaced"),
        (lambda path: path.unlink(), "is missing"),
        (lambda path: (path.unlink(), path.mkdir()), "is missing"),
        (lambda path: (path.unlink(), path.symlink_to("nowhere")), "is missing"),
    ],
    ids=["changed", "emptied", "removed", "a folder", "a dangling link"],
)
def test_check_names_the_file_and_what_to_do(record: Path, change: Callable[[Path], object], message: str) -> None:
    path = record.parents[1] / "made.parquet"
    assert records.check(record, [path]) == {path: records.sha256(path)}
    change(path)
    with pytest.raises(ValueError, match=rf"made\.parquet .*{message}.*snakemake --cores 4 .*--force .*predict\.json"):
        records.check(record, [path])


def test_record_in_another_variants_folder_is_refused(record: Path) -> None:
    record.parent.rename(record.parents[1] / "wide")
    with pytest.raises(ValueError, match=r"wide/predict\.json is the record of small\. Make it anew: "):
        records.read(record.parents[1] / "wide" / "predict.json")


def test_check_refuses_what_is_not_recorded(record: Path) -> None:
    with pytest.raises(ValueError, match=r"other\.parquet is not among the files"):
        records.check(record, [record.with_name("other.parquet")])
    record.unlink()
    with pytest.raises(ValueError, match=r"predict\.json is missing"):
        records.check(record, [record.parents[1] / "made.parquet"])


def test_that_command_runs_that_stage_alone(finished_project: Project) -> None:
    made = finished_project.dry_run("--force", "demo/results/double/predict.json")
    assert made == {"predict_variant:double"}


REFUSALS = {
    "train reads the training images": ("resources/mnist/train.safetensors", "demo/results/double/train.json"),
    "predict reads a checkpoint": (
        "results/double/checkpoints/epoch_001.safetensors",
        "demo/results/double/predict.json",
    ),
    "upload reads the history": ("results/double/history.parquet", "demo/results/double/wandb.json"),
    "the explorer reads the predictions": ("results/double/predictions.parquet", "demo/results/explorer.html"),
}


@pytest.mark.parametrize(("damaged", "target"), REFUSALS.values(), ids=REFUSALS.keys())
def test_stage_refuses_a_damaged_input_by_name(project: Project, damaged: str, target: str) -> None:
    path = project.folder / "demo" / damaged
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    outcome = project.snakemake("--force", target)
    assert outcome.status != 0
    assert re.search(rf"error: demo/{damaged} is damaged", outcome.text), outcome.text
    assert "Make it anew: snakemake --cores 4 --force demo/" in outcome.text
    assert "Traceback" not in outcome.text.split("Logfile")[0]


def test_predictions_of_another_variant_are_refused(project: Project) -> None:
    results = project.folder / "demo" / "results"
    shutil.copy(results / "baseline" / "predictions.parquet", results / "double" / "predictions.parquet")
    environment = {"PYTHONPATH": str(PROJECT / "workflow")}
    command = [sys.executable, "-m", "mnist_viz.compare", "baseline:1", "double:1", "--results", "demo/results"]
    outcome = run(command, project.folder, **environment)
    assert outcome.status == 1
    assert outcome.text.startswith("error: demo/results/double/predictions.parquet is damaged or replaced")
    assert "Traceback" not in outcome.text
