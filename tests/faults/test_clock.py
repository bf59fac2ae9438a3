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


behind = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed here")
BACK = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": "-365d", "DONT_FAKE_MONOTONIC": "1"}


@behind
@pytest.mark.parametrize("stage", ["train", "predict"])
def test_clock_that_was_set_back_changes_nothing(project: Project, sample: Project, stage: str) -> None:
    """What it stamps is older than its inputs, and right all the same: no time stamp counts."""
    remove(project, OUTPUTS[stage])
    if stage == "train":
        shutil.rmtree(project.folder / "demo/results/double")
    target = [f"demo/results/{variant}/predict.json" for variant in ("baseline", "double")]
    outcome = project.snakemake(*target, config=pipeline.SMALL, **BACK)
    assert outcome.status == 0, outcome.text
    outcome = project.snakemake(config=pipeline.SMALL)
    assert outcome.status == 0, outcome.text
    assert pipeline.digests(project) == pipeline.digests(sample)
    pipeline.assert_verified(project)
    assert project.dry_run(config=pipeline.SMALL) == set()


@behind
def test_run_by_a_clock_that_is_a_year_behind(project: Project, sample: Project) -> None:
    """All but the upload, whose client waits forever under libfaketime. Nothing runs again when the clock is right."""
    made = ["explorer", "summary", "comparison"]
    remove(project, OUTPUTS["all"])
    outcome = project.snakemake(*made, config=pipeline.SMALL, **BACK)
    assert outcome.status == 0, outcome.text
    later = ("wandb.json", "provenance.json")
    expected = {name: digest for name, digest in pipeline.digests(sample).items() if not name.endswith(later)}
    assert pipeline.digests(project) == expected
    pipeline.assert_verified(project)
    assert project.dry_run(*made, config=pipeline.SMALL) == set()
    assert project.dry_run(*made, config=pipeline.SMALL, **BACK) == set()
