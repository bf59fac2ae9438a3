"""A training that makes no step says so."""

import re
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from mnist_viz.job import stall
from tests import watchers
from tests.trainings import run


def test_training_without_a_step_says_so_and_goes_on(split: Path, tmp_path: Path) -> None:
    watch = partial(watchers.Stalled, at=5, log=tmp_path / "log.txt")
    status, said = run(split, tmp_path, watch=watch, epochs=1)
    assert status == 0, said
    assert re.search(r"warning: train small has made no step for \d+ seconds, after step 5\. ", said)


def test_a_training_that_hangs_is_named_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stall, "SECONDS", 0.04)
    watched = stall.Stall("train small")
    while len(caplog.records) < 3:
        time.sleep(0.01)
    watched.close()
    waited = [record.args[1] for record in caplog.records]
    assert waited[1] >= 2 * waited[0] and waited[2] >= 2 * waited[1]


def test_one_that_has_ended_is_watched_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stall, "SECONDS", 0.04)
    watched = stall.Stall("train ended")
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "stall of train ended"]
    watched.close()
    thread.join(timeout=600)
    assert not thread.is_alive()
