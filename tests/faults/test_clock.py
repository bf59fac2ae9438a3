"""A clock that is set back, and files from the future."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.faults import pipeline
from tests.faults.test_kills import OUTPUTS, remove

YEAR = 365 * 86400
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def test_files_from_the_future_rerun_nothing(project: Project) -> None:
    future = time.time() + YEAR
    for number, path in enumerate(sorted(project.folder.glob("demo/**/*"))):
        os.utime(path, (future - number, future - number), follow_symlinks=False)
    assert project.dry_run(config=pipeline.SMALL) == set()


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed here")
@pytest.mark.parametrize("stage", ["train", "predict"])
def test_run_by_a_clock_that_is_a_year_behind(project: Project, sample: Project, stage: str) -> None:
    """The outputs are older than their inputs by the clock, and right; nothing runs again afterwards."""
    remove(project, OUTPUTS[stage])
    if stage == "train":
        shutil.rmtree(project.folder / "demo/results/double")
    back = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": "-365d", "DONT_FAKE_MONOTONIC": "1"}
    outcome = project.snakemake(config=pipeline.SMALL, **back)
    assert outcome.status == 0, outcome.text
    assert pipeline.digests(project) == pipeline.digests(sample)
    pipeline.assert_verified(project)
    assert project.dry_run(config=pipeline.SMALL) == set()
    assert project.dry_run(config=pipeline.SMALL, **back) == set()
