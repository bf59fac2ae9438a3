"""Two people of one group, who work in one folder by turns: every stage, both directions."""

import os
import shlex
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


def python_lies_in() -> set[Path]:
    """The folders of this Python: of its environment, of its library and of every link that leads to it."""
    program, found = Path(sys.executable), {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    while program.is_symlink():
        program = program.parent / program.readlink()
        found.add(program.parents[1].resolve())
    return found


def private_above(place: Path) -> Path | None:
    """The uppermost folder on the way to `place` that others may not enter."""
    return next((folder for folder in reversed(place.parents) if not folder.stat().st_mode & 0o001), None)


def open_to_others(places: set[Path], staging: Path) -> str:
    """Commands of a shell that show `places` where they are, and nothing else, in folders that others may not enter.

    They are for a mount namespace of its own, so that nobody else sees it, and end with the shell's arguments as a
    command. `staging` is an empty folder.
    """
    hidden = {place: private for place in sorted(places) if (private := private_above(place))}
    lines = ["set -e", f"mount -t tmpfs tmpfs {shlex.quote(str(staging))}"]
    for number, place in enumerate(hidden):
        kept = shlex.quote(str(staging / str(number)))
        lines += [f"mkdir {kept}", f"mount --bind {shlex.quote(str(place))} {kept}"]
    lines += [f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(private))}" for private in sorted({*hidden.values()})]
    for number, place in enumerate(hidden):
        there = shlex.quote(str(place))
        lines += [f"mkdir -p {there}", f"mount --bind {shlex.quote(str(staging / str(number)))} {there}"]
    return "\n".join([*lines, 'exec "$@"'])


def as_person(person: int, command: list[str], folder: Path, home: Path) -> Outcome:
    """Run a command as one of the two, with the umask of people who share a folder, wherever this Python lies."""
    become = [required("setpriv"), f"--reuid={person}", f"--regid={GROUP}", "--clear-groups"]
    opened = open_to_others(python_lies_in(), folder.parent / "staging")
    environment = inherited(HOME=str(home), PYTHONDONTWRITEBYTECODE="1")
    for name in ("LOGNAME", "USER"):
        environment.pop(name, None)
    done = subprocess.run(
        [required("unshare"), "--mount", "--propagation", "private", "sh", "-c", opened, "sh", *become, *command],
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
    """A project in a folder of a group, in a place that anybody can reach, whatever TMPDIR is."""
    if os.getuid() != 0:
        pytest.skip("only root can act as two people")
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        Path(base).chmod(0o755)
        folder = Path(base) / "shared"
        (Path(base) / "staging").mkdir()
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
