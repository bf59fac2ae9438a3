"""Models of the user's own: trained and continued to the same bits, or refused with what to do."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_viz.training import models, weights
from mnist_viz.training.evaluate import predict
from mnist_viz.training.loader import channels_first
from tests import nets

TRAINED = {
    "plain": nets.PLAIN,
    "dropout": nets.PLAIN.replace("nn.ReLU()", "nn.ReLU(), nn.Dropout(0.5)"),
    "drop path": nets.PLAIN.replace(
        "return self.layers(pixels)",
        "kept = torch.rand(len(pixels), 1, 1, 1) < 0.8\n        return self.layers(pixels * kept / 0.8)",
    ),
    "noise of NumPy": nets.PLAIN.replace(
        "self.layers(pixels)", "self.layers(pixels + torch.from_numpy(np.random.randn(*pixels.shape)).float())"
    ),
    "noise of random": nets.PLAIN.replace("self.layers(pixels)", "self.layers(pixels * random.gauss(1, 0.1))"),
    "a generator of its own": nets.PLAIN.replace(
        "super().__init__()", "super().__init__()\n        self.noise = np.random.default_rng(5)"
    ).replace("self.layers(pixels)", "self.layers(pixels * float(self.noise.normal(1, 0.1)))"),
    "a generator of torch": nets.PLAIN.replace(
        "super().__init__()", "super().__init__()\n        self.noise = torch.Generator().manual_seed(3)"
    ).replace("self.layers(pixels)", "self.layers(pixels * torch.rand(1, generator=self.noise))"),
    "a generator of the file": "NOISE = random.Random(7)\n"
    + nets.PLAIN.replace("self.layers(pixels)", "self.layers(pixels * NOISE.random())"),
    "buffers": nets.PLAIN.replace(
        "super().__init__()",
        "super().__init__()\n        self.register_buffer('steps', torch.zeros(()))\n"
        "        self.register_buffer('mean', torch.zeros(()), persistent=False)",
    ).replace(
        "        return self.layers(pixels)",
        "        if self.training:\n            self.steps += 1\n"
        "            self.mean = 0.9 * self.mean + 0.1 * pixels.mean()\n"
        "        return self.layers(pixels - self.mean) / (1 + self.steps / 10)",
    ),
    "tied": nets.PLAIN.replace("nn.ReLU(), ", "nn.ReLU(), nn.Linear(width, width), nn.Linear(width, width), ").replace(
        "\n    def forward", "        self.layers[4].weight = self.layers[3].weight\n\n    def forward"
    ),
    "batch norm": nets.PLAIN.replace("nn.ReLU()", "nn.BatchNorm1d(width), nn.ReLU()"),
    "prints and changes its input": nets.PLAIN.replace(
        "return self", "print(pixels.shape)\n        pixels.sub_(0.5).div_(0.5)\n        return self"
    ),
    "slow": "import time\n\n" + nets.PLAIN.replace("return self", "time.sleep(0.02)\n        return self"),
    "view": nets.PLAIN.replace("self.layers(pixels)", "self.layers(pixels.view(len(pixels), -1))"),
    "train without return": nets.PLAIN + "\n    def train(self, mode=True):\n        super().train(mode)\n",
    "a function": nets.PLAIN.replace("class Net(", "class Inner(")
    + "\n\ndef Net(shape, classes):\n    return Inner(shape, classes)\n",
}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("what", TRAINED)
def test_trained_alone_or_interrupted_to_the_same_bits(tmp_path: Path, what: str) -> None:
    own = nets.settings(nets.write(tmp_path / f"net_{what.replace(' ', '_')}.py", TRAINED[what]))
    images = nets.examples(shape=(6, 5, 3))
    whole = nets.train(own, tmp_path / "whole", images)
    assert whole.odd == [] and np.isfinite(whole.state.losses).all()
    random.seed(1)
    np.random.seed(1)
    for steps in (3, 4, 6):  # 4 is an epoch
        continued = nets.train(own, tmp_path / str(steps), images, stop_at=steps)
        assert np.array_equal(continued.state.losses, whole.state.losses)
        assert same(continued.state.weights, whole.state.weights)

    scores = []
    for _ in range(2):
        network = models.build(own, (3, 6, 5), images.classes)
        weights.load(network, whole.state.weights, "these")
        torch.manual_seed(0), np.random.seed(0), random.seed(0)
        scores.append(predict(network, channels_first(images.images)))
    assert scores[0].shape == (26, 3) and np.allclose(scores[0].sum(axis=1), 1, atol=1e-5)


RECIPES = {
    "bfloat16": {"precision": "bfloat16"},
    "two threads": {"threads": 2},
    "recipe": {"schedule": "one_cycle", "weight_decay": 0.1, "label_smoothing": 0.1, "learning_rate": 0.01},
    "affine": {"augment": "affine"},
}


@pytest.mark.parametrize("what", RECIPES)
def test_the_keys_of_every_training_hold_for_them(tmp_path: Path, what: str) -> None:
    """Alone and interrupted to the same bits, which are others than without the key."""
    text = nets.PLAIN.replace("nn.ReLU()", "nn.ReLU(), nn.Dropout(0.5)").replace("width=8", "width=64")
    file = nets.write(tmp_path / f"keyed_{what.replace(' ', '_')}.py", text)
    images = nets.examples(shape=(28, 28, 3))
    plain = nets.train(nets.settings(file), tmp_path / "plain", images).state
    own = nets.settings(file, **RECIPES[what])
    whole = nets.train(own, tmp_path / "whole", images).state
    continued = nets.train(own, tmp_path / "continued", images, stop_at=3).state
    assert same(continued.weights, whole.weights) and np.isfinite(whole.losses).all()
    assert {array.dtype.name for array in whole.weights.values()} == {"float32"}
    assert what == "two threads" or not same(whole.weights, plain.weights)


def test_frozen_layers_stay_and_others_move(tmp_path: Path) -> None:
    text = nets.PLAIN.replace(
        "\n    def forward", "        self.layers[1].weight.requires_grad_(False)\n\n    def forward"
    )
    own = nets.settings(nets.write(tmp_path / "frozen_net.py", text), weight_decay=0.5, learning_rate=0.1)
    state = nets.train(own, tmp_path / "r").state
    torch.manual_seed(own.seed)
    first = weights.of(models.build(own, (1, 12, 10), 3))
    assert [name for name in first if np.array_equal(first[name], state.weights[name])] == ["layers.1.weight"]
    assert state.moments["exp_avg"].size == sum(array.size for array in first.values()) - first["layers.1.weight"].size


def test_parameters_with_gaps_in_memory_are_trained_as_others(tmp_path: Path) -> None:
    losses = []
    for name, change in {"dense_net": "", "gaps_net": ".repeat(1, 2)[:, :120]"}.items():
        text = nets.PLAIN.replace(
            "\n    def forward",
            f"        self.layers[1].weight = nn.Parameter(self.layers[1].weight.detach(){change})\n\n    def forward",
        )
        own = nets.settings(nets.write(tmp_path / f"{name}.py", text))
        losses.append(nets.train(own, tmp_path / name).state.losses)
    assert np.array_equal(*losses)


def test_arguments_reach_the_model(tmp_path: Path) -> None:
    own = nets.settings(nets.write(tmp_path / "wide_net.py"), model_args={"width": "24"})
    assert models.build(own, (3, 4, 4), 5).layers[1].weight.shape == (24, 48)


REFUSED = {
    "twelve outputs": (
        nets.PLAIN.replace("nn.Linear(width, classes)", "nn.Linear(width, 12)"),
        r"\[2, 12\] for 2 images of 3 classes, where \[2, 3\] is needed. Let the last layer",
    ),
    "tuple": (
        nets.PLAIN.replace("return self.layers(pixels)", "return self.layers(pixels), 0"),
        "a tuple. Let forward",
    ),
    "tuple in training": (
        nets.PLAIN.replace(
            "return self.layers(pixels)", "out = self.layers(pixels)\n        return [out] if self.training else out"
        ),
        "in training, a list. Let forward",
    ),
    "float64 outputs": (nets.PLAIN.replace("(pixels)\n", "(pixels).double()\n"), "in training, float64. Let it"),
    "float64 parameters": (
        nets.PLAIN.replace("\n    def forw", "        self.double()\n\n    def forw"),
        "Remove .double",
    ),
    "lazy": (
        nets.PLAIN.replace("nn.Linear(width, classes)", "nn.LazyLinear(classes)"),
        "has no shape yet. In the place",
    ),
    "no parameters": (
        "class Net(nn.Module):\n    def __init__(self, shape, classes):\n        super().__init__()\n",
        "no parameters to train. Give it some layers",
    ),
    "all frozen": (
        nets.PLAIN.replace("\n    def forw", "        self.requires_grad_(False)\n\n    def forw"),
        "all have requires_grad=False. Leave some",
    ),
    "not finite": (nets.PLAIN.replace("(pixels)\n", "(pixels) / 0\n"), "not finite, with its first weights"),
    "complex buffer": (
        nets.PLAIN.replace("\n    def f", "        self.register_buffer('c', torch.zeros(1).cfloat())\n\n    def f"),
        "c is complex64, which files of weights do not hold",
    ),
    "shared memory": (
        nets.PLAIN.replace("nn.ReLU(), ", "nn.ReLU(), nn.Linear(width, width), nn.Linear(width, width), ").replace(
            "\n    def forward", "        self.layers[4].weight.data = self.layers[3].weight.data\n\n    def forward"
        ),
        r"layers.3.weight and layers.4.weight share memory.*b.weight = a.weight",
    ),
    "no class": ("Other = 3\n", "has no class Net. It has: no module of torch"),
    "no module": ("def Net(shape, classes):\n    return 3\n", "gives a int where a torch.nn.Module is needed"),
    "no such argument": (
        nets.PLAIN.replace("width=8", "depth"),
        r"Net\(shape=\(1, 12, 10\), classes=3\) fails: TypeError: .*missing 1 required positional argument: 'depth'",
    ),
    "fails in forward": (
        nets.PLAIN.replace("self.layers(pixels)", "self.layers(pixels[:, :, :3])"),
        r"fails in training: RuntimeError: .*\(fails_in_forward.py, line 1?\d+\)",
    ),
    "fails at its import": (
        "raise KeyError('x')\n",
        r"can't be imported: KeyError: 'x' \(fails_at_its_import.py, line 9\)",
    ),
    "threads": (f"torch.set_num_threads(2)\n{nets.PLAIN}", "changes torch's threads"),
    "default type": (f"torch.set_default_dtype(torch.float64)\n{nets.PLAIN}", "changes torch's default type"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_before_training_with_what_to_do(tmp_path: Path, what: str) -> None:
    text, said = REFUSED[what]
    file = nets.write(tmp_path / f"{what.replace(' ', '_')}.py", text)
    try:
        with pytest.raises(ValueError, match=f"{file.name}.*{said}"):
            nets.train(nets.settings(file), tmp_path / "resume")
    finally:
        torch.set_default_dtype(torch.float32)
    assert not (tmp_path / "resume").exists()


def test_probabilities_are_warned_of_and_trained(tmp_path: Path) -> None:
    text = nets.PLAIN.replace("self.layers(pixels)", "self.layers(pixels).softmax(dim=1)")
    trained = nets.train(nets.settings(nets.write(tmp_path / "softmax_net.py", text)), tmp_path / "r")
    assert len(trained.odd) == 1 and "Remove the softmax" in trained.odd[0] and trained.state.steps == 8


@pytest.mark.parametrize(
    ("size", "said"), [(5, "the last of 26 images in batches of 5 holds one"), (1, "batches hold one")]
)
def test_a_batch_of_one_with_batch_norm_is_refused(tmp_path: Path, size: int, said: str) -> None:
    text = nets.PLAIN.replace("nn.ReLU()", "nn.BatchNorm1d(width), nn.ReLU()")
    own = nets.settings(nets.write(tmp_path / f"norm_{size}.py", text), batch_size=size)
    with pytest.raises(ValueError, match=rf"can't be trained on one image, and {said}.*Set batch_size: \d+") as refusal:
        nets.train(own, tmp_path / "r")
    fitting = int(str(refusal.value).partition("batch_size: ")[2].split(",")[0])
    assert nets.train(own.model_copy(update={"batch_size": fitting}), tmp_path / "r").state.steps > 0


def test_a_batch_of_one_without_batch_norm_is_trained(tmp_path: Path) -> None:
    own = nets.settings(nets.write(tmp_path / "one_net.py"), batch_size=5)
    assert nets.train(own, tmp_path / "r").state.steps == 12


def test_neighbours_are_imported_from_the_file_s_folder(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "__init__.py").write_text("")
    (tmp_path / "layers" / "wide.py").write_text("from .sizes import WIDTH\n")
    (tmp_path / "layers" / "sizes.py").write_text("WIDTH = 5\n")
    (tmp_path / "neighbour_of_it.py").write_text("from layers.wide import WIDTH\n")
    text = "from neighbour_of_it import WIDTH\n" + nets.PLAIN.replace("width=8", "width=WIDTH")
    own = nets.settings(nets.write(tmp_path / "with_neighbours.py", text))
    assert nets.train(own, tmp_path / "r").state.weights["layers.1.weight"].shape == (5, 120)
    assert not [*tmp_path.rglob("__pycache__")]
