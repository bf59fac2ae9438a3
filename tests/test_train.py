"""Training: the same bits each time, undisturbed or interrupted; the step against a plain reference."""

import itertools
import json
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mnist_viz import train
from mnist_viz.config import resolve
from mnist_viz.datasets import sample
from mnist_viz.job import records
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json, sha256
from mnist_viz.training import hardware, model
from mnist_viz.training.split import read as read_split
from mnist_viz.training.split import write as write_split
from tests import forked
from tests.conftest import PROJECT

IMAGES = 1000


def configuration(**changes: object) -> dict[str, object]:
    small = {"epochs": 3, "l1_size": 4, "l2_size": 8, "batch_size": 16, "threads": 1, **changes}
    return resolve({"variants": {"small": small}}, "test")["variants"]["small"]


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training split of 1,000 digits; 1,000 is no multiple of the batch size, so the last batch is smaller."""
    images, labels = sample.read([])[0]
    path = tmp_path_factory.mktemp("split") / "train.safetensors"
    metadata = {"dataset": "sample", "source": "test", "dataset_sha256": "0" * 64}
    write_split(path, images[:IMAGES], labels[:IMAGES], metadata)
    records.write(path.with_name("data.json"), "data", time.time(), {}, [path], metadata)
    return path


def command(split: Path, folder: Path, **changes: object) -> list[str]:
    config = json.dumps(configuration(**changes))
    arguments = ["--variant", "small", "--config", config, "--data", str(split), "--folder", str(folder)]
    return [*arguments, "--data-record", str(split.with_name("data.json")), "--log", str(folder / "log.txt")]


def start(split: Path, folder: Path, *options: str, before: str = "", **changes: object) -> forked.Training:
    return forked.Training([*command(split, folder, **changes), *options], before)


def run(split: Path, folder: Path, *options: str, before: str = "", **changes: object) -> tuple[int, str]:
    """The exit status of a training, and what it wrote to standard error."""
    return start(split, folder, *options, before=before, **changes).wait()


@pytest.fixture
def train_here(split: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Train in this process, which has torch already, and give the lines it logged."""

    def run_here(**changes: object) -> str:
        caplog.clear()
        config = {"variant": "small", **configuration(**changes)}
        state, dataset = train.train(config, split, tmp_path / "resume")
        train.publish(config, state, dataset, tmp_path / "resume", tmp_path, time.time(), {})
        return caplog.text

    return run_here


@pytest.fixture(autouse=True)
def handlers(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The log is captured; the signal handlers that training sets are taken back."""
    caplog.set_level("INFO", logger="mnist_viz")
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def outputs(folder: Path) -> dict[str, str]:
    """The digest of everything that training makes, but for the record's times."""
    files = [*sorted((folder / "checkpoints").iterdir()), folder / "history.parquet", folder / "config.json"]
    return {path.name: sha256(path) for path in files}


@pytest.fixture(scope="session")
def undisturbed(split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mnist_viz.train", *command(split, folder)],
        env={"PYTHONPATH": str(PROJECT / "workflow")},
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (folder / "imported.txt").write_text(done.stderr)
    return folder


def test_same_bits_again(split: Path, undisturbed: Path, tmp_path: Path) -> None:
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)
    assert list(outputs(undisturbed))[:3] == [f"epoch_00{epoch}.safetensors" for epoch in (1, 2, 3)]


def test_another_seed_gives_other_bits(undisturbed: Path, tmp_path: Path, train_here: Callable[..., str]) -> None:
    train_here(seed=1, epochs=1)
    first = "epoch_001.safetensors"
    ours, _ = tensors.read(tmp_path / "checkpoints" / first)
    theirs, _ = tensors.read(undisturbed / "checkpoints" / first)
    assert not np.array_equal(ours["linear.weight"], theirs["linear.weight"])


SLOWLY = (
    "import mnist_viz.train as t, time; s = t.Progress.step; t.Progress.step = lambda *a: (time.sleep(0.02), s(*a))"
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_in_the_middle_of_an_epoch_and_continued(
    split: Path, undisturbed: Path, tmp_path: Path, number: signal.Signals
) -> None:
    training = start(split, tmp_path, before=SLOWLY)
    training.wait_for(tmp_path / "resume" / "epoch_001.safetensors")
    time.sleep(0.3)
    training.send_signal(number)
    status, _ = training.wait(timeout=30)
    state = tensors.read(tmp_path / "resume" / train.STATE)[1]
    steps_per_epoch = -(-IMAGES // 16)
    if number == signal.SIGKILL:
        assert status == -signal.SIGKILL
        assert int(state["step"]) == steps_per_epoch
    else:
        assert status == train.TERMINATED
        assert steps_per_epoch < int(state["step"]) < 2 * steps_per_epoch
    assert not (tmp_path / "checkpoints").exists()
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert f"continuing after step {state['step']}" in said
    assert outputs(tmp_path) == outputs(undisturbed)


def test_stopped_in_the_last_step_of_an_epoch_and_continued(split: Path, undisturbed: Path, tmp_path: Path) -> None:
    last = -(-IMAGES // 16)
    stop = (
        "import mnist_viz.train as t, os, signal; s = t.Progress.step\n"
        f"t.Progress.step = lambda *a: (a[2] == {last - 1} and os.kill(os.getpid(), signal.SIGTERM), s(*a))"
    )
    assert run(split, tmp_path, before=stop)[0] == train.TERMINATED
    assert tensors.read(tmp_path / "resume" / train.STATE)[1]["step"] == str(last)
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize("file", ["epoch_002.safetensors", train.STATE])
def test_killed_while_writing_and_continued(split: Path, undisturbed: Path, tmp_path: Path, file: str) -> None:
    kill = (
        "import mnist_viz.store.files as f, pathlib, os, signal; replace = pathlib.Path.replace; count = {}\n"
        "def cut(self, target):\n"
        "    count[target.name] = count.get(target.name, 0) + 1\n"
        f"    if target.name == {file!r} and (target.name != {train.STATE!r} or count[target.name] == 2):\n"
        "        os.truncate(self, self.stat().st_size // 2); os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return replace(self, target)\n"
        "pathlib.Path.replace = cut"
    )
    assert run(split, tmp_path, before=kill)[0] == -signal.SIGKILL
    assert tensors.read(tmp_path / "resume" / train.STATE)[1]["step"] == str(-(-IMAGES // 16))
    status, said = run(split, tmp_path)
    assert status == 0, said
    assert outputs(tmp_path) == outputs(undisturbed)
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("damage", ["cut short", "flipped", "empty", "not safetensors"])
def test_damaged_state_starts_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., str], damage: str
) -> None:
    train_here(epochs=2)
    path = tmp_path / "resume" / train.STATE
    content = bytearray(path.read_bytes())
    if damage == "cut short":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[-5000] ^= 1
    else:
        content = bytearray(b"nonsense" if damage == "not safetensors" else b"")
    path.write_bytes(content)
    text = train_here()
    assert "starting afresh" in text
    assert outputs(tmp_path) == outputs(undisturbed)


def test_damaged_weights_of_an_earlier_epoch_start_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., str]
) -> None:
    train_here(epochs=2)
    (tmp_path / "resume" / "epoch_001.safetensors").unlink()
    text = train_here()
    assert "starting afresh" in text
    assert outputs(tmp_path) == outputs(undisturbed)


def test_weights_of_another_training_start_afresh(
    undisturbed: Path, tmp_path: Path, train_here: Callable[..., str]
) -> None:
    train_here(epochs=2, seed=3)
    other = (tmp_path / "resume" / "epoch_001.safetensors").read_bytes()
    train_here(epochs=2)
    (tmp_path / "resume" / "epoch_001.safetensors").write_bytes(other)
    text = train_here()
    assert "starting afresh" in text and "epoch_001.safetensors is damaged or of another training" in text
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize("other", [{}, {"seed": 3}], ids=["the same", "another configuration"])
def test_of_two_trainings_of_a_variant_the_one_that_began_last_writes(
    split: Path, undisturbed: Path, tmp_path: Path, other: dict[str, object]
) -> None:
    """As when a killed Snakemake has left a job on another machine, and the next one starts it again."""
    go_on = tmp_path / "go on"
    waiting = (
        "import mnist_viz.train as t, pathlib, time; s = t.Progress.epoch\n"
        f"def wait(*a):\n    while not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.01)\n    s(*a)\n"
        "t.Progress.epoch = wait"
    )
    left = start(split, tmp_path, before=waiting, **other)
    left.wait_for(tmp_path / "resume" / train.STATE)
    status, said = run(split, tmp_path)
    assert status == 0, said
    go_on.touch()
    status, said = left.wait()
    assert status == 1
    assert "error: train small: another training of small has begun since" in said
    assert "Traceback" not in said
    assert outputs(tmp_path) == outputs(undisturbed)


def test_checkpoints_of_more_epochs_before_are_removed(tmp_path: Path, train_here: Callable[..., str]) -> None:
    train_here(epochs=2)
    train_here(epochs=1)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["epoch_001.safetensors"]


def test_a_clock_that_is_set_back_gives_no_negative_times(
    tmp_path: Path, train_here: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = itertools.count(2_000_000_000, -1000)
    monkeypatch.setattr(time, "time", lambda: next(moments))
    train_here(epochs=2)
    record = read_json(tmp_path / "train.json")
    assert all(seconds > 0 for seconds in record["seconds"].values())


def test_more_epochs_continue(undisturbed: Path, tmp_path: Path, train_here: Callable[..., str]) -> None:
    train_here(epochs=2)
    text = train_here()
    assert "continuing after step" in text
    assert "epoch 3/3" in text
    assert "epoch 2/3" not in text
    assert outputs(tmp_path) == outputs(undisturbed)


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0.002}, {"seed": 3}, {"batch_size": 8}, {"precision": "bfloat16"}]
)
def test_any_other_change_starts_afresh(
    tmp_path: Path, train_here: Callable[..., str], change: dict[str, object]
) -> None:
    train_here(epochs=1, precision="float32")
    text = train_here(**{"epochs": 2, "precision": "float32", **change})
    assert "starting afresh" in text
    assert "epoch 1/2" in text


def test_schedule_that_depends_on_the_epochs_starts_afresh(tmp_path: Path, train_here: Callable[..., str]) -> None:
    train_here(epochs=1, schedule="one_cycle")
    assert "starting afresh" in train_here(epochs=2, schedule="one_cycle")


def test_diverging_loss_is_named_and_earlier_epochs_are_kept(split: Path, tmp_path: Path) -> None:
    poison = (
        "import mnist_viz.train as t; rates = t.learning_rates\n"
        "t.learning_rates = lambda *a: [r if i < 100 else float('inf') for i, r in enumerate(rates(*a))]"
    )
    status, said = run(split, tmp_path, before=poison)
    assert status == 1
    assert "train small: the loss is nan at step 102, in epoch 2" in said
    assert "Traceback" not in said
    assert (tmp_path / "resume" / "epoch_001.safetensors").exists()
    assert not (tmp_path / "resume" / "epoch_002.safetensors").exists()


def test_batch_norm_learns_in_every_epoch(undisturbed: Path) -> None:
    counts, means = [], []
    for epoch in (1, 2, 3):
        arrays, _ = tensors.read(undisturbed / "checkpoints" / f"epoch_00{epoch}.safetensors")
        counts.append(int(arrays["norm1.num_batches_tracked"]))
        means.append(arrays["norm2.running_mean"])
    steps_per_epoch = -(-IMAGES // 16)
    assert counts == [steps_per_epoch, 2 * steps_per_epoch, 3 * steps_per_epoch]
    assert not np.array_equal(means[0], means[1]) and not np.array_equal(means[1], means[2])


def test_checkpoint_says_what_it_is_of(undisturbed: Path) -> None:
    metadata = tensors.read(undisturbed / "checkpoints" / "epoch_002.safetensors")[1]
    assert metadata["variant"] == "small"
    assert metadata["epoch"] == "2"
    assert {name: metadata[name] for name in configuration()} == {
        name: str(value) for name, value in configuration().items()
    }
    assert metadata["torch"] == torch.__version__
    assert metadata["dataset"] == "sample" and metadata["dataset_sha256"] == "0" * 64
    assert metadata["device_used"] in ("cpu", "cuda") and metadata["precision_used"] in ("float32", "bfloat16")
    assert metadata["cpu_flags"] is not None and metadata["threads"] == "1"


def test_history_has_a_row_a_step(undisturbed: Path) -> None:
    table = tables.read(undisturbed / "history.parquet", tables.HISTORY)
    steps_per_epoch = -(-IMAGES // 16)
    assert table["step"].to_pylist() == list(range(1, 3 * steps_per_epoch + 1))
    assert table["epoch"].to_pylist() == [epoch for epoch in (1, 2, 3) for _ in range(steps_per_epoch)]
    losses = table["loss"].to_numpy()
    assert losses[-20:].mean() < losses[:20].mean() / 2
    record = read_json(undisturbed / "train.json")
    assert record["checkpoints"] == {
        name: digest for name, digest in outputs(undisturbed).items() if name.startswith("epoch")
    }
    assert list(record["seconds"]) == list(record["started"]) == ["1", "2", "3"]


class Plain(nn.Module):
    """The model as it is usually written: ReLU before the pooling, no particular memory format."""

    def __init__(self, l1_size: int, l2_size: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, l1_size, kernel, padding="same")
        self.norm1 = nn.BatchNorm2d(l1_size)
        self.conv2 = nn.Conv2d(l1_size, l2_size, kernel, padding="same")
        self.norm2 = nn.BatchNorm2d(l2_size)
        self.linear = nn.Linear(l2_size * 49, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        hidden = F.max_pool2d(F.relu(self.norm1(self.conv1(pixels))), 2)
        hidden = F.max_pool2d(F.relu(self.norm2(self.conv2(hidden))), 2)
        return self.linear(hidden.movedim(1, 3).flatten(1))


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_training_equals_the_plain_loop(split: Path, tmp_path: Path, kernel: int) -> None:
    config = configuration(precision="float32", device="cpu", conv_kernel=kernel, epochs=1, batch_size=100)
    state, _ = train.train({"variant": "small", **config}, split, tmp_path)
    images, labels, _ = read_split(split)
    torch.manual_seed(0)
    plain = Plain(4, 8, kernel)
    first = model.weights(plain)
    optimizer = torch.optim.Adam(plain.parameters(), 0.001)
    order = torch.randperm(IMAGES, generator=torch.Generator().manual_seed(0))
    losses = []
    for batch in order.split(100):
        pixels = torch.from_numpy(images)[batch].unsqueeze(1) / 255
        loss = F.cross_entropy(plain(pixels), torch.from_numpy(labels)[batch].long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.allclose(state.losses, losses, rtol=1e-3)
    # Adam turns the rounding noise of a gradient that is zero, as of a bias before a batch norm, into whole steps.
    for name, expected in model.weights(plain).items():
        if name not in ("conv1.bias", "conv2.bias"):
            moved = np.abs(expected - first[name]).mean()
            assert np.median(np.abs(state.weights[name] - expected)) <= 0.05 * moved, name


def test_pooling_before_the_relu_gives_the_same_gradients() -> None:
    images, labels = (torch.from_numpy(array[:64]) for array in sample.read([])[0])
    networks = model.Network(4, 8, 5), Plain(4, 8, 5)
    for parameter in networks[0].parameters():
        nn.init.normal_(parameter, std=0.1)
    networks[1].load_state_dict(networks[0].state_dict())
    gradients = []
    for network in (network.double() for network in networks):
        F.cross_entropy(network(images.unsqueeze(1).double() / 255), labels.long()).backward()
        gradients.append({name: parameter.grad for name, parameter in network.named_parameters()})
    for name, expected in gradients[1].items():
        assert torch.allclose(gradients[0][name], expected, rtol=1e-9, atol=1e-12), name


@pytest.mark.parametrize("kernel", [1, 3, 5, 9, 27])
def test_any_odd_kernel_keeps_the_shape(kernel: int) -> None:
    assert model.Network(2, 3, kernel)(torch.zeros(1, 1, 28, 28)).shape == (1, 10)


def test_one_cycle_is_that_of_torch() -> None:
    config = configuration(schedule="one_cycle", learning_rate=0.01)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=200, cycle_momentum=False)
    expected = []
    for _ in range(200):
        expected.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert np.allclose(train.learning_rates(config, 200), expected, rtol=1e-9)


def test_augmentation_shifts_and_turns() -> None:
    pixels = torch.zeros(2, 1, 28, 28)
    pixels[:, 0, 10, 14] = 1
    still = train.move(pixels, torch.zeros(2, 3))
    assert torch.allclose(still, pixels, atol=1e-5)
    shifted = train.move(pixels, torch.tensor([[0, 4 / 28, 0], [0, 0, -4 / 28]]))
    assert shifted[0, 0, 10, 12] > 0.99
    assert shifted[1, 0, 12, 14] > 0.99
    drawn = train.draw_angles_and_shifts(10_000, torch.Generator().manual_seed(0))
    assert 9.9 < np.degrees(drawn[:, 0].abs().max().item()) <= 10
    assert 1.99 < drawn[:, 1:].abs().max() * 14 <= 2


def test_a_gpu_is_named_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.cuda.set_per_process_memory_fraction takes no other; tests/gpu has the rest, on a real one."""
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert hardware.choose_device("auto") == hardware.choose_device("cuda") == torch.device("cuda", 0)
    assert hardware.choose_device("cpu") == torch.device("cpu")


def test_too_little_gpu_memory_is_explained() -> None:
    message = "train wide: the 25 % of the GPU's memory .* Raise gpu_percent in the profile.* torch says: out of memory"
    with pytest.raises(ValueError, match=message), hardware.gpu_memory_explained("train wide", 25):
        raise torch.OutOfMemoryError("out of memory")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("train", ["torchvision", "wandb", "pyarrow.dataset", "pandas", "matplotlib", "mlxtend"]),
        ("predict", ["torchvision", "wandb", "pandas", "mlxtend"]),
        ("data", ["torch", "torchvision", "wandb"]),
        ("explorer", ["torch", "torchvision", "wandb"]),
        ("summary", ["torch", "torchvision", "wandb"]),
        ("provenance", ["torch", "torchvision", "wandb"]),
        ("verify", ["torch", "torchvision", "wandb", "numpy", "pyarrow"]),
        ("upload", ["torch", "torchvision", "wandb"]),
    ],
)
def test_a_job_imports_only_what_it_uses(module: str, absent: list[str]) -> None:
    code = f"import sys, mnist_viz.{module}; print([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PROJECT / "workflow")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_whole_of_a_training_imports_no_compiler(undisturbed: Path) -> None:
    imported = {line.rpartition("|")[2].strip() for line in (undisturbed / "imported.txt").read_text().splitlines()}
    assert "torch.optim.adamw" in imported
    assert imported.isdisjoint({"torch._dynamo", "torch._inductor", "sympy", "triton"})


@pytest.mark.skipif(sys.platform != "linux", reason="the threads of torch are not those of GNU's OpenMP")
@pytest.mark.parametrize(
    ("wanted", "policy", "spins"),
    [
        ({}, "PASSIVE", "1000"),
        ({"OMP_WAIT_POLICY": "active"}, "ACTIVE", "30000000000"),
        ({"GOMP_SPINCOUNT": "7"}, "PASSIVE", "7"),
    ],
)
@pytest.mark.parametrize("module", ["train", "predict"])
def test_waiting_threads_leave_the_cpu_to_others(module: str, wanted: dict[str, str], policy: str, spins: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", f"mnist_viz.{module}", "--help"],
        env={"PYTHONPATH": str(PROJECT / "workflow"), "OMP_DISPLAY_ENV": "verbose", **wanted},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"OMP_WAIT_POLICY = '{policy}'" in shown.stderr
    assert f"GOMP_SPINCOUNT = '{spins}'" in shown.stderr


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not GNU's")
def test_a_training_step_gets_no_memory_from_the_system() -> None:
    program = """
import resource
import torch
from mnist_viz.training import hardware, model
from mnist_viz import train

hardware.make_deterministic(1)
hardware.keep_freed_memory()
network = model.Network(32, 64, 5).train()
flat = train.flatten(network)
update = train.adam_update(flat, train.zero_moments(flat), torch.full((), 0.001), 0.0)
images, labels = torch.zeros(32, 1, 28, 28, dtype=torch.uint8), torch.zeros(32, dtype=torch.int64)
step = train.make_step(network, flat, update, images, labels, None, 32, torch.float32, 0.0)
for i in range(30):
    if i == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    step.run()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""
    environment = {"PYTHONPATH": str(PROJECT / "workflow")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 50  # pages a step; without keep_freed_memory more than a thousand
