"""Two people of one group, who work in one folder by turns: every stage, both directions."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Outcome, Project, copy_project, inherited
from tests.faults import pipeline
from tests.programs import required

GROUP, ANN, BEN = 64_200, 64_201, 64_202


def as_person(person: int, command: list[str], folder: Path, home: Path) -> Outcome:
    """Run a command as one of the two, with the umask of people who share a folder."""
    become = [required("setpriv"), f"--reuid={person}", f"--regid={GROUP}", "--clear-groups"]
    environment = inherited(HOME=str(home), PYTHONDONTWRITEBYTECODE="1")
    for name in ("LOGNAME", "USER"):
        environment.pop(name, None)
    done = subprocess.run(
        [*become, *command],
        cwd=folder,
        env=environment,
        umask=0o002,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    return Outcome(done.returncode, done.stdout)


@pytest.fixture
def shared() -> Iterator[Project]:
    """A project in a folder of a group, in a place that anybody can reach."""
    if os.getuid() != 0:
        pytest.skip("only root can act as two people")
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o755)
        folder = Path(base) / "shared"
        copy_project(folder)
        (folder / "config.yaml").write_text(pipeline.CONFIG)
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, ANN, GROUP)
            path.chmod(0o2775 if path.is_dir() else 0o664)
        can_run = as_person(ANN, ["sh", "-c", '"$0" -c "import snakemake"', sys.executable], folder, folder)
        if can_run.status != 0:
            pytest.skip(f"an ordinary user cannot run this Python: {can_run.text}")
        yield Project(folder)


def test_every_stage_both_directions(shared: Project) -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--forceall"]
    for person in (ANN, BEN, ANN):
        outcome = as_person(person, [*command, "--config", *pipeline.SMALL], shared.folder, Path("/proc"))
        assert outcome.status == 0, f"{person}: {outcome.text}"
        made = [path for path in (shared.folder / "demo").rglob("*") if not path.is_symlink()]
        assert {path.stat().st_gid for path in made} == {GROUP}
        results = [path for path in made if "client" not in path.parts]  # of W&B, of one user each
        assert [path for path in results if path.stat().st_mode & 0o060 != 0o060] == []
    pipeline.assert_verified(shared)
