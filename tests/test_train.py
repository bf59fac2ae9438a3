"""The command that trains: the same bits each time, undisturbed or interrupted; what it writes, and what it says."""

import itertools
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from mnist_viz import train
from mnist_viz.config import identity
from mnist_viz.job import stop
from mnist_viz.job.stop import TERMINATED
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json
from mnist_viz.training.resume import STATE, checkpoint_name
from tests import watchers
from tests.trainings import STEPS, command, configuration, outputs, run, start

FIRST = checkpoint_name(1)


class Done(NamedTuple):
    """What a training in this process said, and the entries of its record."""

    text: str
    facts: dict[str, Any]


@pytest.fixture
def train_here(split: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., Done]]:
    """Train in this process, which has torch already; the signal handlers that training sets are taken back."""
    caplog.set_level("INFO", logger="mnist_viz")
    before = {number: signal.getsignal(number) for number in stop.signals()}

    def run_here(**changes: object) -> Done:
        caplog.clear()
        arguments = train.parser().parse_args(command(split, tmp_path, **changes))
        facts = train.work(arguments).facts
        return Done(caplog.text, dict(facts))

    yield run_here
    for number, handler in before.items():
        signal.signal(number, handler)


def test_same_bits_again(split: Path, undisturbed: Path, tmp_path: Path) -> None:
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)
    assert list(outputs(undisturbed))[:3] == [f"epoch_00{epoch}.safetensors" for epoch in (1, 2, 3)]


def test_another_seed_gives_other_bits(undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done]) -> None:
    train_here(seed=1, epochs=1)
    ours, _ = tensors.read(tmp_path / "checkpoints" / FIRST)
    theirs, _ = tensors.read(undisturbed / "checkpoints" / FIRST)
    assert not np.array_equal(ours["linear.weight"], theirs["linear.weight"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_killed_in_the_middle_of_an_epoch_and_continued(
    split: Path, undisturbed: Path, tmp_path: Path, number: signal.Signals
) -> None:
    training = start(split, tmp_path, watch=watchers.Slow)
    training.wait_for(tmp_path / "resume" / FIRST)
    time.sleep(0.3)
    training.send_signal(number)
    status, _ = training.wait(timeout=600)
    state = tensors.read(tmp_path / "resume" / STATE)[1]
    if number == signal.SIGKILL:
        assert status == -signal.SIGKILL
        assert int(state["step"]) == STEPS
    else:
        assert status == TERMINATED
        assert STEPS < int(state["step"]) < 2 * STEPS
    assert not (tmp_path / "checkpoints").exists()
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert f"continuing after step {state['step']}" in said
    assert outputs(tmp_path) == outputs(undisturbed)


def test_stopped_in_the_last_step_of_an_epoch_and_continued(split: Path, undisturbed: Path, tmp_path: Path) -> None:
    assert run(split, tmp_path, watch=partial(watchers.Terminated, at=STEPS))[0] == TERMINATED
    assert tensors.read(tmp_path / "resume" / STATE)[1]["step"] == str(STEPS)
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize(("file", "most"), [(checkpoint_name(2), 10_000), (STATE, 40_000)])
def test_killed_while_writing_and_continued(
    split: Path, undisturbed: Path, tmp_path: Path, file: str, most: int
) -> None:
    """At the end of the second epoch weights of 23 kB are written, and a state of 67 kB."""
    assert run(split, tmp_path, watch=partial(watchers.Cut, most=most))[0] == -signal.SIGXFSZ
    (left,) = tmp_path.rglob("*.part")
    assert left.name.startswith(f".{file}.") and left.stat().st_size == most
    assert tensors.read(tmp_path / "resume" / STATE)[1]["step"] == str(STEPS)
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("damage", ["cut short", "flipped", "empty", "not safetensors"])
def test_damaged_state_starts_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done], damage: str
) -> None:
    train_here(epochs=2)
    path = tmp_path / "resume" / STATE
    content = bytearray(path.read_bytes())
    if damage == "cut short":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[-5000] ^= 1
    else:
        content = bytearray(b"nonsense" if damage == "not safetensors" else b"")
    path.write_bytes(content)
    text = train_here().text
    assert "starting afresh" in text
    assert outputs(tmp_path) == outputs(undisturbed)


def test_damaged_weights_of_an_earlier_epoch_start_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done]
) -> None:
    train_here(epochs=2)
    (tmp_path / "resume" / FIRST).unlink()
    text = train_here().text
    assert "starting afresh" in text
    assert outputs(tmp_path) == outputs(undisturbed)


def test_weights_of_another_training_start_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done]
) -> None:
    train_here(epochs=2, seed=3)
    other = (tmp_path / "resume" / FIRST).read_bytes()
    train_here(epochs=2)
    (tmp_path / "resume" / FIRST).write_bytes(other)
    text = train_here().text
    assert "starting afresh" in text and "epoch_001.safetensors is damaged or of another training" in text
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize("other", [{}, {"seed": 3}], ids=["the same", "another configuration"])
def test_of_two_trainings_of_a_variant_the_one_that_began_last_writes(
    split: Path, undisturbed: Path, tmp_path: Path, other: dict[str, object]
) -> None:
    """As when a killed Snakemake has left a job on another machine, and the next one starts it again."""
    gate = tmp_path / "go on"
    left = start(split, tmp_path, watch=partial(watchers.Waiting, gate=gate), **other)
    left.wait_for(tmp_path / "resume" / STATE)
    status, said = run(split, tmp_path)
    assert status == 0, said
    gate.touch()
    status, said = left.wait()
    assert status == 1
    assert "error: train small: another training of small has begun since" in said
    assert "Traceback" not in said
    assert outputs(tmp_path) == outputs(undisturbed)


def test_checkpoints_of_more_epochs_before_are_removed(tmp_path: Path, train_here: Callable[..., Done]) -> None:
    train_here(epochs=2)
    train_here(epochs=1)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [FIRST]


def test_a_clock_that_is_set_back_gives_no_negative_times(
    train_here: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = itertools.count(2_000_000_000, -1000)
    monkeypatch.setattr(time, "time", lambda: next(moments))
    assert all(seconds > 0 for seconds in train_here(epochs=2).facts["seconds"].values())


def test_more_epochs_continue(undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done]) -> None:
    train_here(epochs=2)
    text = train_here().text
    assert "continuing after step" in text
    assert "epoch 3/3" in text
    assert "epoch 2/3" not in text
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0.002}, {"seed": 3}, {"batch_size": 8}, {"precision": "bfloat16"}]
)
def test_any_other_change_starts_afresh(
    tmp_path: Path, train_here: Callable[..., Done], change: dict[str, object]
) -> None:
    train_here(epochs=1, precision="float32")
    text = train_here(**{"epochs": 2, "precision": "float32", **change}).text
    assert "starting afresh" in text
    assert "epoch 1/2" in text


def test_schedule_that_depends_on_the_epochs_starts_afresh(tmp_path: Path, train_here: Callable[..., Done]) -> None:
    train_here(epochs=1, schedule="one_cycle")
    assert "starting afresh" in train_here(epochs=2, schedule="one_cycle").text


def test_batch_norm_learns_in_every_epoch(undisturbed: Path) -> None:
    counts, means = [], []
    for epoch in (1, 2, 3):
        arrays, _ = tensors.read(undisturbed / "checkpoints" / checkpoint_name(epoch))
        counts.append(int(arrays["norm1.num_batches_tracked"]))
        means.append(arrays["norm2.running_mean"])
    assert counts == [STEPS, 2 * STEPS, 3 * STEPS]
    assert not np.array_equal(means[0], means[1]) and not np.array_equal(means[1], means[2])


def test_checkpoint_says_what_it_is_of(undisturbed: Path) -> None:
    metadata = tensors.read(undisturbed / "checkpoints" / checkpoint_name(2))[1]
    assert metadata["variant"] == "small"
    assert metadata["epoch"] == "2"
    assert {name: metadata[name] for name in identity(configuration())} == {
        name: str(value) for name, value in identity(configuration()).items()
    }
    assert metadata["torch"] == torch.__version__
    assert metadata["dataset"] == "sample" and metadata["dataset_sha256"] == "0" * 64
    assert metadata["device_used"] in ("cpu", "cuda") and metadata["precision_used"] in ("float32", "bfloat16")
    assert metadata["cpu_flags"] is not None and metadata["threads"] == "1"


def test_history_has_a_row_a_step(undisturbed: Path) -> None:
    table = tables.read(undisturbed / "history.parquet", tables.HISTORY)
    assert table["step"].to_pylist() == list(range(1, 3 * STEPS + 1))
    assert table["epoch"].to_pylist() == [epoch for epoch in (1, 2, 3) for _ in range(STEPS)]
    losses = table["loss"].to_numpy()
    assert losses[-20:].mean() < losses[:20].mean() / 2
    record = read_json(undisturbed / "train.json")
    assert record["checkpoints"] == {
        name: digest for name, digest in outputs(undisturbed).items() if name.startswith("epoch")
    }
    assert list(record["seconds"]) == list(record["started"]) == ["1", "2", "3"]


def shared(folder: Path) -> list[bool]:
    """Of each checkpoint, whether it is the file in the resume folder, so that it is on disk once."""
    return [path.samefile(folder / "resume" / path.name) for path in sorted((folder / "checkpoints").iterdir())]


def test_weights_are_on_disk_once(undisturbed: Path) -> None:
    assert shared(undisturbed) == [True, True, True]


def test_where_links_are_refused_weights_are_copied(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    train_here()
    assert outputs(tmp_path) == outputs(undisturbed)
    assert shared(tmp_path) == [False, False, False]


def test_weights_of_fewer_epochs_before_say_how_many_there_are_now(
    tmp_path: Path, train_here: Callable[..., Done]
) -> None:
    train_here(epochs=2)
    train_here()
    paths = sorted((tmp_path / "checkpoints").iterdir())
    assert [tensors.read(path)[1]["epochs"] for path in paths] == ["3", "3", "3"]
    assert shared(tmp_path) == [True, True, True]
    assert "continuing after step" in train_here(epochs=4).text


def test_killed_while_the_number_of_epochs_is_changed_and_continued(
    split: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """The weights are 23 kB and written again, the state is not."""
    assert run(split, tmp_path, epochs=2)[0] == 0
    assert run(split, tmp_path, watch=partial(watchers.Cut, most=40_000))[0] == -signal.SIGXFSZ
    assert tensors.read(tmp_path / "checkpoints" / FIRST)[1]["epochs"] == "3"
    shutil.rmtree(tmp_path / "checkpoints")  # as Snakemake does
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert f"continuing after step {3 * STEPS}" in said
    assert outputs(tmp_path) == outputs(undisturbed)


def test_weights_that_were_not_replaced_yet_are_continued_from(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., Done]
) -> None:
    train_here(epochs=2)
    before = (tmp_path / "resume" / FIRST).read_bytes()
    train_here()
    for path in (tmp_path / "resume" / FIRST, tmp_path / "checkpoints" / FIRST):
        path.unlink()
    (tmp_path / "resume" / FIRST).write_bytes(before)
    assert "continuing after step" in train_here().text
    assert outputs(tmp_path) == outputs(undisturbed)
    assert shared(tmp_path) == [True, True, True]
