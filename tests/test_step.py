"""The step and what it is made of, against plain references: the loop, the gradients, the schedule, the moves."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mnist_viz.config import Hyperparameters
from mnist_viz.datasets import sample
from mnist_viz.training import hardware, loop, models, weights
from mnist_viz.training.augment import draw_angles_and_shifts, move
from mnist_viz.training.models.network import Network
from mnist_viz.training.resume import Resume
from mnist_viz.training.schedule import learning_rates
from mnist_viz.training.split import read as read_split
from tests.conftest import PROJECT
from tests.trainings import IMAGES, configuration
from tests.watchers import Silent


def settings(**changes: object) -> Hyperparameters:
    return Hyperparameters.model_validate(configuration(**changes))


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
    images, labels, _ = read_split(split)
    own = settings(conv_kernel=kernel, epochs=1, batch_size=100)
    machine = hardware.prepare(own, "cpu", "float32", 100)
    resume = Resume(tmp_path, "key", "small", {})
    state = loop.train(own, loop.Examples(images, labels), machine, resume, Silent())
    torch.manual_seed(0)
    plain = Plain(4, 8, kernel)
    first = weights.of(plain)
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
    for name, expected in weights.of(plain).items():
        if name not in ("conv1.bias", "conv2.bias"):
            moved = np.abs(expected - first[name]).mean()
            assert np.median(np.abs(state.weights[name] - expected)) <= 0.05 * moved, name


def test_pooling_before_the_relu_gives_the_same_gradients() -> None:
    images, labels = (torch.from_numpy(array[:64]) for array in sample.read([])[0])
    networks = Network(4, 8, 5), Plain(4, 8, 5)
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
    own = settings(l1_size=2, l2_size=3, conv_kernel=kernel)
    assert models.build(own)(torch.zeros(1, 1, 28, 28)).shape == (1, 10)


def test_one_cycle_is_that_of_torch() -> None:
    own = settings(schedule="one_cycle", learning_rate=0.01)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=200, cycle_momentum=False)
    expected = []
    for _ in range(200):
        expected.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert np.allclose(learning_rates(own, 200), expected, rtol=1e-9)


def test_augmentation_shifts_and_turns() -> None:
    pixels = torch.zeros(2, 1, 28, 28)
    pixels[:, 0, 10, 14] = 1
    still = move(pixels, torch.zeros(2, 3))
    assert torch.allclose(still, pixels, atol=1e-5)
    shifted = move(pixels, torch.tensor([[0, 4 / 28, 0], [0, 0, -4 / 28]]))
    assert shifted[0, 0, 10, 12] > 0.99
    assert shifted[1, 0, 12, 14] > 0.99
    drawn = draw_angles_and_shifts(10_000, torch.Generator().manual_seed(0))
    assert 9.9 < np.degrees(drawn[:, 0].abs().max().item()) <= 10
    assert 1.99 < drawn[:, 1:].abs().max() * 14 <= 2


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not GNU's")
def test_a_training_step_gets_no_memory_from_the_system() -> None:
    program = """
import json, resource, statistics, sys
import numpy as np
import torch
from mnist_viz.config import Hyperparameters
from mnist_viz.training import hardware, models
from mnist_viz.training.loader import Loader
from mnist_viz.training.optimizer import Adam
from mnist_viz.training.step import Loss, make_step

settings = Hyperparameters.model_validate(json.loads(sys.argv[1]))
machine = hardware.prepare(settings, "cpu", "float32", 100)
network = models.build(settings).train()
images, labels = np.zeros((32, 28, 28), np.uint8), np.zeros(32, np.uint8)
loader = Loader(images, labels, settings, machine.device)
step = make_step(loader, Loss(network, machine.precision, 0.0), Adam(network, 0.0), 32)
pages = []
for _ in range(30):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    step.run()
    pages.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(statistics.median(pages[10:]))
"""
    environment = {"PYTHONPATH": str(PROJECT / "workflow")}
    wanted = json.dumps(configuration(l1_size=32, l2_size=64, batch_size=32))
    command = [sys.executable, "-c", program, wanted]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 50  # pages of the median step; without hardware.keep_freed_memory hundreds
