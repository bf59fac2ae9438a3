"""Training and inference against the tutorial's loop and against the limit that the convolutions set.

python -m tests.benchmarks.training --mnist FOLDER

FOLDER holds the four MNIST files. In every round each contender runs once, in turns; medians and ratios over the rounds
are printed as a table and, with --json, written to a file. Each has a process of its own, as a job of the pipeline has.
The contenders, for `baseline` and `double`:

tutorial    the loop that most tutorials show: a DataLoader with two workers that decodes and converts image by image,
            float32, ReLU before the pooling, the loss read at every step; torch's own settings
ours        the step of mnist_viz.training, as a training job runs it
two         two such jobs side by side, each with half the threads (CPU)
replay      the captured step alone, without what the loop does around it (GPU)
limit       the two convolutions and the linear layer alone, in ours' shapes, type and layout: forward and backward for
            training, forward for inference; on a GPU, that of training is captured as a CUDA graph, too

At last the whole pipeline runs as config.yaml says, with two cores, and its wall time is set against the sum of its
training and inference jobs, by Snakemake's own clock (`--no-pipeline` leaves this out).
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor
from torchvision.transforms.functional import to_pil_image

from mnist_viz.config import Hyperparameters, load
from mnist_viz.datasets import mnist
from mnist_viz.job import environment
from mnist_viz.training import hardware, models
from mnist_viz.training.evaluate import BATCH_SIZE, predict
from mnist_viz.training.loader import Loader
from mnist_viz.training.optimizer import Adam
from mnist_viz.training.step import Loss, Step, capture, make_step
from tests.conftest import PROJECT

Contender = Callable[[], float]  # runs once and gives images a second


class Decoded(Dataset):
    """Images that are converted one by one when they are asked for, as torchvision's MNIST does."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        self.images, self.labels, self.convert = images, labels, ToTensor()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.convert(to_pil_image(self.images[index])), int(self.labels[index])


def sizes(settings: Hyperparameters) -> tuple[int, int, int]:
    """The channels of both convolutions, and their kernel."""
    return settings.l1_size, settings.l2_size, settings.conv_kernel


def tutorial_network(l1_size: int, l2_size: int, kernel: int) -> nn.Sequential:
    """The model with ReLU before the pooling, in torch's own layout."""
    return nn.Sequential(
        *(nn.Conv2d(1, l1_size, kernel, padding="same"), nn.BatchNorm2d(l1_size), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(l1_size, l2_size, kernel, padding="same"), nn.BatchNorm2d(l2_size), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(l2_size * 49, 10)),
    )


def timed(images: int, work: Callable[[], None], device: torch.device) -> float:
    """Images a second of `work`, which handles `images` of them."""
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return images / (time.perf_counter() - began)


def tutorial_training(settings: Hyperparameters, data: Decoded, steps: int, device: torch.device) -> Contender:
    network = tutorial_network(*sizes(settings)).to(device).train()
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    loader = DataLoader(data, settings.batch_size, shuffle=True, num_workers=2, multiprocessing_context="fork")

    def work() -> None:
        for step, (pixels, labels) in enumerate(loader):
            if step == steps:
                break
            loss = F.cross_entropy(network(pixels.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()

    return lambda: timed(steps * settings.batch_size, work, device)


def our_step(
    settings: Hyperparameters, data: Decoded, device: torch.device, precision: torch.dtype
) -> tuple[Loader, Adam, Step]:
    """The images, the optimizer and the step over a whole batch, as the training loop makes them."""
    loader = Loader(data.images.numpy(), data.labels.numpy(), settings, device)
    network = models.build(settings).to(device).train()
    optimizer = Adam(network, settings.weight_decay)
    loss = Loss(network, precision, settings.label_smoothing)
    return loader, optimizer, make_step(loader, loss, optimizer, settings.batch_size)


def our_training(
    settings: Hyperparameters, data: Decoded, steps: int, device: torch.device, precision: torch.dtype
) -> Contender:
    loader, optimizer, step = our_step(settings, data, device, precision)
    losses = torch.zeros(steps, device=device)

    def work() -> None:
        loader.shuffle()
        for i in range(steps):
            step.indices.copy_(loader.batch(i))
            optimizer.rate.fill_(settings.learning_rate)
            step.run()
            losses[i] = step.loss

    return lambda: timed(steps * settings.batch_size, work, device)


def replay(
    settings: Hyperparameters, data: Decoded, steps: int, device: torch.device, precision: torch.dtype
) -> Contender:
    _, _, step = our_step(settings, data, device, precision)

    def work() -> None:
        for _ in range(steps):
            step.run()

    return lambda: timed(steps * settings.batch_size, work, device)


def _serve(make: Callable[..., Contender], arguments: tuple, threads: int | None, pipe: Connection) -> None:
    if threads is not None:
        hardware.make_deterministic(threads)
        hardware.keep_freed_memory()
    contender = make(*arguments)
    while pipe.recv():
        pipe.send(contender())


def job(make: Callable[..., Contender], *arguments: object, threads: int | None) -> Connection:
    """A process with the contender that `make` gives; sent True, it runs it and sends its images a second.

    With `threads` it is set up as a job of the pipeline is, without as torch is when nothing is said.
    """
    ours, theirs = multiprocessing.Pipe()
    before = dict(os.environ)
    if threads is not None:
        environment.set_for_jobs()
    multiprocessing.get_context("spawn").Process(target=_serve, args=(make, arguments, threads, theirs)).start()
    os.environ.clear()
    os.environ.update(before)
    return ours


def together(*jobs: Connection) -> Contender:
    """The jobs side by side; their images a second together."""

    def run() -> float:
        for pipe in jobs:
            pipe.send(True)
        return sum(pipe.recv() for pipe in jobs)

    return run


def limit(settings: Hyperparameters, steps: int, device: torch.device, precision: torch.dtype) -> Contender:
    size, (l1_size, l2_size, kernel) = settings.batch_size, sizes(settings)
    layers = [
        nn.Conv2d(1, l1_size, kernel, padding=kernel // 2),
        nn.Conv2d(l1_size, l2_size, kernel, padding=kernel // 2),
        nn.Linear(l2_size * 49, 10),
    ]
    shapes = [(size, 1, 28, 28), (size, l1_size, 14, 14), (size, l2_size * 49)]
    inputs, gradients = [], []
    for number, (layer, shape) in enumerate(zip(layers, shapes, strict=True)):
        layout = torch.channels_last if len(shape) == 4 else torch.contiguous_format
        layers[number] = layer.to(device, memory_format=layout)
        given = torch.rand(shape, device=device).to(torch.float32 if number == 0 else precision, memory_format=layout)
        inputs.append(given.requires_grad_(number > 0))
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            gradients.append(torch.rand_like(layers[number](inputs[-1])))
    leaves = [*(parameter for layer in layers for parameter in layer.parameters()), *inputs[1:]]

    def run() -> None:
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            outputs = [layer(given) for layer, given in zip(layers, inputs, strict=True)]
        for leaf in leaves:
            leaf.grad = None
        torch.autograd.backward(outputs, gradients)

    step = capture(run) if device.type == "cuda" else run

    def work() -> None:
        for _ in range(steps):
            step()

    return lambda: timed(steps * size, work, device)


def inference_limit(settings: Hyperparameters, images: int, device: torch.device) -> Contender:
    size, (l1_size, l2_size, kernel) = BATCH_SIZE[device.type], sizes(settings)
    conv1 = nn.Conv2d(1, l1_size, kernel, padding=kernel // 2).to(device, memory_format=torch.channels_last)
    conv2 = nn.Conv2d(l1_size, l2_size, kernel, padding=kernel // 2).to(device, memory_format=torch.channels_last)
    linear = nn.Linear(l2_size * 49, 10).to(device)
    pixels, hidden = torch.rand(size, 1, 28, 28, device=device), torch.rand(size, l1_size, 14, 14, device=device)
    hidden, flat = hidden.to(memory_format=torch.channels_last), torch.rand(size, l2_size * 49, device=device)

    def work() -> None:
        with torch.inference_mode():
            for _ in range(images // size):
                conv1(pixels), conv2(hidden), linear(flat)

    return lambda: timed(images // size * size, work, device)


def tutorial_inference(settings: Hyperparameters, data: Decoded, device: torch.device) -> Contender:
    network = tutorial_network(*sizes(settings)).to(device).eval()
    loader = DataLoader(data, settings.batch_size, num_workers=2, multiprocessing_context="fork")

    def work() -> None:
        with torch.no_grad():
            for pixels, _ in loader:
                network(pixels.to(device)).softmax(dim=1).cpu()

    return lambda: timed(len(data), work, device)


def our_inference(settings: Hyperparameters, data: Decoded, device: torch.device) -> Contender:
    network = models.build(settings).to(device)
    images = data.images.unsqueeze(1).to(device)
    return lambda: timed(len(data), lambda: predict(network, images), device)


def pipeline_command(folder: Path, mnist: Path, *config: str) -> list[str]:
    """Snakemake in `folder`, with config.yaml and then `config`, and MNIST from the folder `mnist`."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(PROJECT / "config.yaml")]
    return [*command, "--config", f"dataset={{mirrors: ['{mnist.resolve().as_uri()}']}}", *config]


def pipeline(mnist: Path) -> dict[str, float]:
    """Seconds of the whole pipeline on two cores, and of its training and inference jobs together."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*pipeline_command(Path(folder), mnist), "--cores", "2"]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.perf_counter() - began
        jobs = {
            f"{stage}, {path.stem}": float(path.read_text().splitlines()[1].split("\t")[0])
            for stage in ("train", "predict", "upload")
            for path in sorted((Path(folder) / "benchmarks" / stage).glob("*.tsv"))
        }
    steps = sum(seconds for name, seconds in jobs.items() if not name.startswith("upload"))
    return {"wall": wall, "training and inference jobs": steps, "own share": wall - steps, **jobs}


def compare(settings: Hyperparameters, training: Decoded, test: Decoded, rounds: int, steps: int) -> dict:
    """Device, precision, medians in images a second and ratios of all contenders for a variant's hyperparameters."""
    device = hardware.choose_device(settings.device)
    precision = hardware.choose_precision(settings.precision, device)
    threads, half = settings.threads, max(1, settings.threads // 2)
    ours = (our_training, settings, training, steps, device, precision)
    contenders: dict[str, Contender] = {
        "training, tutorial": together(job(tutorial_training, settings, training, steps, device, threads=None)),
        "training, ours": together(job(*ours, threads=threads)),
        "training, limit": together(job(limit, settings, steps, device, precision, threads=threads)),
        "inference, tutorial": together(job(tutorial_inference, settings, test, device, threads=None)),
        "inference, ours": together(job(our_inference, settings, test, device, threads=threads)),
        "inference, limit": together(job(inference_limit, settings, len(test), device, threads=threads)),
    }
    if device.type == "cpu":
        contenders["training, two"] = together(job(*ours, threads=half), job(*ours, threads=half))
    else:
        contenders["training, replay"] = together(job(replay, *ours[1:], threads=threads))
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, contender in contenders.items():
            measured[name].append(contender())
    medians = {name: statistics.median(speeds[1:]) for name, speeds in measured.items()}
    pairs = [(kind, "ours", other) for kind in ("training", "inference") for other in ("tutorial", "limit")]
    pairs += [("training", "two", "tutorial"), ("training", "two", "limit"), ("training", "ours", "replay")]
    ratios = {
        f"{kind}, {own} / {other}": medians[f"{kind}, {own}"] / medians[f"{kind}, {other}"]
        for kind, own, other in pairs
        if {f"{kind}, {own}", f"{kind}, {other}"} <= medians.keys()
    }
    return {"device": str(device), "precision": str(precision), "images/s": medians, "ratios": ratios}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.training", description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", type=Path, required=True, help="the folder of the four MNIST files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=300, help="training steps of a contender in a round")
    parser.add_argument("--pipeline", action=argparse.BooleanOptionalAction, default=True, help="run the pipeline too")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()

    splits = mnist.DATASET.read([arguments.mnist / name for name in mnist.DATASET.files])
    training, test = (Decoded(torch.tensor(part.images), torch.tensor(part.labels)) for part in splits)
    figures = {}
    for variant, config in load(PROJECT / "config.yaml")["variants"].items():
        settings = Hyperparameters.model_validate(config)
        try:
            found = compare(settings, training, test, arguments.rounds, arguments.steps)
        finally:
            # They wait for more to do; no daemons, because a DataLoader's workers forbid that.
            for process in multiprocessing.active_children():
                process.kill()
        figures[variant] = found
        where = f"{found['device']}, {found['precision']}, {settings.threads} threads"
        print(f"{variant}, {where}, {arguments.rounds} rounds")
        for name, speed in found["images/s"].items():
            print(f"  {name:<32} {speed:10,.0f} images/s")
        for name, ratio in found["ratios"].items():
            print(f"  {name:<32} {ratio:10.2f}")
    if arguments.pipeline:
        figures["pipeline"] = pipeline(arguments.mnist)
        print("the whole pipeline, 2 cores")
        for name, seconds in figures["pipeline"].items():
            print(f"  {name:<32} {seconds:10.1f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
