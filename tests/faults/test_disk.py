"""A full disk in every stage, and folders in which nothing can be written: said what, where and what to do."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROJECT, Project, run
from tests.faults import pipeline
from tests.faults.test_kills import OUTPUTS, remove


def mount(*arguments: str | Path) -> None:
    """Mount something, or skip the test where that is not allowed."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting is not possible here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 128 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=128m", "tmpfs", folder)
    yield folder
    pipeline.end_all(Project(folder / "project"))
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk up to `leave` bytes."""
    filler = folder / "filler"
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - leave)
    return filler


# Bash reads it before the command of a job: the job waits until the disk is full.
WAIT = """\
touch FOLDER/started
until [ -e FOLDER/filled ]; do sleep 0.01; done
"""


def fill_when_it_starts(disk: Path, signs: Path, fillers: list[Path]) -> None:
    """Wait until a job starts, then fill the disk but for what Snakemake needs to say so."""
    while not (signs / "started").exists():
        time.sleep(0.01)
    fillers.append(fill(disk, leave=32_000))
    (signs / "filled").touch()


@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_full_disk(request: pytest.FixtureRequest, small_disk: Path, tmp_path: Path, stage: str) -> None:
    if stage in ("download", "data"):
        finished = request.getfixturevalue("mnist")
        config = [f"dataset={{mirrors: ['{request.getfixturevalue('mirror')}']}}"]
    else:
        finished, config = request.getfixturevalue("sample"), pipeline.SMALL
    project = Project(small_disk / "project")
    shutil.copytree(finished.folder, project.folder, symlinks=True)
    remove(project, OUTPUTS[stage])
    before = set(pipeline.digests(project))
    fillers: list[Path] = []
    (tmp_path / "wait.sh").write_text(WAIT.replace("FOLDER", str(tmp_path)))
    threading.Thread(target=fill_when_it_starts, args=[small_disk, tmp_path, fillers], daemon=True).start()

    outcome = project.snakemake(stage, config=config, BASH_ENV=str(tmp_path / "wait.sh"))
    said = outcome.text.split("Logfile")[0]
    assert outcome.status != 0, outcome.text
    assert "Traceback" not in said and "unexpected" not in said, outcome.text
    assert "the disk is full" in said and "ree some space" in said, outcome.text
    assert set(pipeline.digests(project)) - before <= finished_files(finished, project), "a half file has a final name"
    assert not list(project.folder.rglob("*.part"))

    fillers[0].unlink()
    again = project.snakemake(stage, config=config)
    assert again.status == 0, again.text
    made, expected = pipeline.digests(project), pipeline.digests(finished)
    assert made == {path: digest for path, digest in expected.items() if path in made}
    assert before < set(made)


CLIENT = """\
import sys
from pathlib import Path
from mnist_viz.upload import client
from tests.faults.test_disk import fill
disk = Path(sys.argv[1])
client.confine(disk / "wandb", "baseline")
import wandb
fill(disk, leave=0)
try:
    client.start_service(client.Destination("mnist-viz", None, "offline", capture=False))
except wandb.Error as error:
    print(f"said: {error}")
"""


def test_client_of_wandb_that_cannot_start_says_so(small_disk: Path) -> None:
    outcome = run(
        [sys.executable, "-c", CLIENT, str(small_disk)], PROJECT, PYTHONPATH=f"{PROJECT / 'workflow'}:{PROJECT}"
    )
    assert "said: wandb-core exited with code 1" in outcome.text


def finished_files(finished: Project, project: Project) -> set[str]:
    """The files of a project that are as in the finished one."""
    expected, found = pipeline.digests(finished), pipeline.digests(project)
    return {path for path in found if found[path] == expected.get(path)}


def test_no_room_even_for_snakemake(sample: Project, small_disk: Path) -> None:
    project = Project(small_disk / "project")
    shutil.copytree(sample.folder, project.folder, symlinks=True)
    fill(small_disk, 100_000)
    outcome = project.snakemake("--forcerun", "explorer", config=pipeline.SMALL)
    assert outcome.status != 0
    assert f"the disk is full: 0.1 MB are free in {project.folder}" in outcome.text
    assert "Free some space there and run again" in outcome.text
    assert "Traceback" not in outcome.text


PLACES = [".", "demo", "demo/results", "demo/results/double", "demo/logs", "demo/benchmarks", ".snakemake"]


@pytest.mark.parametrize("place", PLACES)
def test_read_only_folder(project: Project, place: str) -> None:
    folder = project.folder / place
    remove(project, OUTPUTS["explorer"])
    mount("--bind", folder, folder)
    try:
        mount("-o", "remount,bind,ro", folder)
        outcome = project.snakemake("explorer", config=pipeline.SMALL)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
    assert outcome.status != 0
    assert "is read-only here. Make it writable, or run elsewhere: snakemake --directory" in outcome.text, outcome.text
    assert str(folder) in outcome.text and "Traceback" not in outcome.text
    again = project.snakemake("explorer", config=pipeline.SMALL)
    assert again.status == 0, again.text


def test_file_in_the_place_of_a_folder(project: Project) -> None:
    shutil.rmtree(project.folder / "demo" / "logs")
    (project.folder / "demo" / "logs").touch()
    outcome = project.snakemake("explorer", config=pipeline.SMALL)
    assert outcome.status != 0
    assert "demo/logs is no folder, and a folder is needed there. Remove it and run again." in outcome.text
    assert "Traceback" not in outcome.text
