"""Disks of clusters: without locks, without permissions, with files that stay while they are open, without inodes."""

import errno
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PROJECT, Project, copy_project, run
from tests.faults import pipeline
from tests.faults.test_disk import mount
from tests.programs import required
from tests.wandb_server import Server
from tests.wandb_server.uploads import receipt, upload


@pytest.fixture(scope="session")
def odd_disk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a disk is odd as odd_disk.c says."""
    library = tmp_path_factory.mktemp("odd_disk") / "odd_disk.so"
    source = Path(__file__).with_name("odd_disk.c")
    subprocess.run([required("cc"), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


def test_upload_without_locks(root: Path, server: Server, odd_disk: dict[str, str]) -> None:
    done = upload(root, "baseline", server, **odd_disk, WITHOUT_LOCKS="1")
    assert done.status == 0, done.text
    assert "dataset.lock can't be locked: [Errno 38] Function not implemented" in done.text
    assert receipt(root, "baseline")["table_rows"] == 2000


def test_what_is_still_open_after_an_upload_is_left_and_removed_later(
    root: Path, server: Server, odd_disk: dict[str, str]
) -> None:
    wandb = root / "results" / "wandb"
    nfs = {**odd_disk, "STILL_OPEN": "debug.log"}
    assert upload(root, "baseline", None, mode="offline", **nfs).status == 0
    again = upload(root, "baseline", None, mode="offline", **nfs)
    assert again.status == 0, again.text
    assert len(list(wandb.glob("offline-run-*"))) == 2
    assert list((root / "results" / receipt(root, "baseline")["folder"]).glob("*.wandb"))
    online = upload(root, "baseline", server, **nfs)
    assert online.status == 0, online.text
    assert "could not be removed; it is of no more use" in online.text
    assert receipt(root, "baseline")["mode"] == "online"
    assert list(wandb.glob("run-*/logs/.nfs*")) and list(wandb.glob("offline-run-*/logs/.nfs*"))
    assert upload(root, "baseline", server).status == 0
    assert not list(wandb.glob("*run-*"))


def test_every_stage_where_no_mode_can_be_set(project: Project, odd_disk: dict[str, str]) -> None:
    folder = project.folder / "demo"
    outcome = project.snakemake("--forceall", config=pipeline.SMALL, **odd_disk, WITHOUT_MODES=str(folder))
    assert outcome.status == 0, outcome.text
    pipeline.assert_verified(project)


def test_provenance_while_its_last_crate_is_read(project: Project, odd_disk: dict[str, str]) -> None:
    results = project.folder / "demo" / "results"
    command = [sys.executable, "-m", "mnist_viz.provenance", "--results", str(results), "--variants", "baseline"]
    command += ["--folder", str(results / "provenance"), "--record", str(results / "provenance.json")]
    environment = {**odd_disk, "PYTHONPATH": str(PROJECT / "workflow"), "STILL_OPEN": "ro-crate-metadata.json"}
    outcome = run(command, project.folder, **environment)
    assert outcome.status == 0, outcome.text
    assert (results / "provenance" / "ro-crate-metadata.json").is_file()
    assert run(command, project.folder, PYTHONPATH=str(PROJECT / "workflow")).status == 0
    assert not list(results.glob(".provenance.*"))


@pytest.fixture
def few_inodes(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for 400 files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=64m,nr_inodes=400", "tmpfs", folder)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def use_up(folder: Path) -> None:
    """Make files until no more can be made."""
    with pytest.raises(OSError) as refused:
        for number in itertools.count():
            (folder / f"used-{number}").touch()
    assert refused.value.errno == errno.ENOSPC


WRITE = """
import sys
from mnist_viz.job import log
from mnist_viz.store.files import atomic
from pathlib import Path
log.start(None)
if sys.argv[2] == "stage":
    with atomic(Path(sys.argv[1])): pass
Path(sys.argv[1]).mkdir()
"""


@pytest.mark.parametrize("way", ["stage", "library"])
def test_a_disk_without_inodes_is_not_called_full_by_a_stage(few_inodes: Path, way: str) -> None:
    use_up(few_inodes)
    command = [sys.executable, "-c", WRITE, str(few_inodes / "a.json"), way]
    outcome = run(command, PROJECT, PYTHONPATH=str(PROJECT / "workflow"))
    assert f"no inodes are left, 0 files can still be made in {few_inodes}, whatever their size" in outcome.text
    assert "the disk is full" not in outcome.text and "Traceback" not in outcome.text


def test_a_disk_without_inodes_is_not_called_full_at_the_start(few_inodes: Path) -> None:
    project = copy_project(few_inodes / "project")
    use_up(few_inodes)
    for number in range(10):
        (few_inodes / f"used-{number}").unlink()
    outcome = project.snakemake("data", config=pipeline.SMALL)
    assert outcome.status != 0
    assert re.search(rf"no inodes are left, \d+ files can still be made in {project.folder}", outcome.text), (
        outcome.text
    )
    assert "Remove files there and run again; what is finished stays." in outcome.text
    assert "Traceback" not in outcome.text
