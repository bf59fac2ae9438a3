"""Train one variant and keep its weights after every epoch.

The training images stay on the device as bytes; each batch is gathered and scaled there. On a GPU the whole step is
captured once as a CUDA graph and replayed. A job that is stopped continues where it was: its state lies in the resume
folder, outside of what Snakemake deletes.
"""

import argparse
import hashlib
import json
import math
import signal
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.adamw import adamw

from mnist_viz.job import log, records
from mnist_viz.job.digest import stage_digest
from mnist_viz.job.log import logger
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import atomic, sha256, write_json
from mnist_viz.training import hardware, model, split
from mnist_viz.upload import loss_feed

Config = dict[str, Any]

# Into how many pieces Adam's update is split. On a GPU, a block of threads works on up to 65,536 numbers of a tensor: a
# small model in one piece would keep two of a hundred multiprocessors busy.
PIECES = {"cpu": 1, "cuda": 32}
PROGRESS_SECONDS = 5 if sys.stderr.isatty() else 60
TERMINATED = 143  # exit status of a job that saved its state on SIGTERM, as a shell reports the signal


class DivergedError(ArithmeticError):
    """The loss is no longer a finite number."""


class Step(NamedTuple):
    """One optimizer step over as many images as `batch` holds indices; `run` leaves their mean loss in `loss`."""

    batch: torch.Tensor
    loss: torch.Tensor
    run: Callable[[], None]


class State(NamedTuple):
    """Where training stands: everything that the next step depends on, and what the steps before left behind."""

    step: int
    weights: dict[str, np.ndarray]
    moments: dict[str, np.ndarray]  # Adam's step count and moments, over all parameters in their order
    shuffle: np.ndarray  # the shuffling generator's state at the beginning of the epoch
    losses: np.ndarray  # float32, one a step
    started: dict[str, float]  # by epoch, in seconds since 1970
    seconds: dict[str, float]  # by epoch
    checkpoints: dict[str, str]  # SHA-256 of the weights after each epoch, by file name


def train(config: Config, data: Path, resume: Path, gpu_percent: int = 100) -> tuple[State, dict[str, str]]:
    """Train the variant of `config` to its last epoch and write the weights after each epoch into `resume`.

    `config` has the variant's name (`variant`) and all its hyperparameters. `data` is the training split; `resume` the
    folder from which a stopped training continues; `gpu_percent` the share of the GPU's memory that it may take.
    Returns the final state and the dataset's name and digest (`dataset`, `dataset_sha256`). Raises DivergedError if the
    loss is not finite, OSError if another training of the variant has begun, and SystemExit with the state saved when
    the process is told to stop (SIGTERM, SIGINT).
    """
    hardware.make_deterministic(config["threads"])
    hardware.keep_freed_memory()
    device = hardware.choose_device(config["device"])
    hardware.limit_gpu_memory(gpu_percent, device)
    precision = hardware.choose_precision(config["precision"], device)
    images, labels, metadata = split.read(data)
    environment = hardware.describe(device, precision, config["threads"])
    images = torch.from_numpy(images).unsqueeze(1).to(device)
    labels = torch.from_numpy(labels).to(device, torch.int64)

    torch.manual_seed(config["seed"])
    network = model.Network(config["l1_size"], config["l2_size"], config["conv_kernel"]).to(device).train()
    flat = flatten(network)
    rate = torch.zeros((), device=device)
    moments = zero_moments(flat)
    update = adam_update(flat, moments, rate, config["weight_decay"])
    shuffle = torch.Generator().manual_seed(config["seed"])

    batch_size, epochs = config["batch_size"], config["epochs"]
    steps_per_epoch = math.ceil(len(labels) / batch_size)
    rates = learning_rates(config, epochs * steps_per_epoch)
    losses = torch.zeros(len(rates), device=device)
    angles_and_shifts = torch.zeros(len(labels), 3, device=device) if config["augment"] == "affine" else None

    start = State(0, model.weights(network), {}, shuffle.get_state().numpy(), np.zeros(0, np.float32), {}, {}, {})
    sizes = {min(batch_size, len(labels) - first) for first in range(0, len(labels), batch_size)}
    make = capture_step if device.type == "cuda" else make_step
    steps = {
        size: make(network, flat, update, images, labels, angles_and_shifts, size, precision, config["label_smoothing"])
        for size in sizes
    }

    key = resume_key(config, metadata["dataset_sha256"], environment)
    claim = Claim(resume, config["variant"])
    state = load_state(resume, key, config["variant"], len(rates), steps_per_epoch) or start
    model.load(network, state.weights, str(resume))
    load_moments(moments, state.moments)
    shuffle.set_state(torch.from_numpy(state.shuffle))
    losses[: state.step] = torch.from_numpy(state.losses).to(device)
    started, seconds, digests = dict(state.started), dict(state.seconds), dict(state.checkpoints)

    def snapshot(step: int, shuffle_state: torch.Tensor) -> State:
        moments_now = {name: tensor.cpu().numpy().copy() for name, tensor in moments.items()}
        now = model.weights(network), moments_now, shuffle_state.numpy(), losses[:step].cpu().numpy()
        return State(step, *now, started, seconds, digests)

    dataset = {key: metadata[key] for key in ("dataset", "dataset_sha256")}
    live = loss_feed.Stream(config, dataset, rates, resume.parent)
    stop = StopRequest()
    progress = Progress(config["variant"], epochs, steps_per_epoch, batch_size, state.step)
    first_epoch, first_step = divmod(state.step, steps_per_epoch)
    for epoch in range(first_epoch + 1, epochs + 1):
        shuffle_state = shuffle.get_state()
        order = torch.randperm(len(labels), generator=shuffle).to(device)
        if angles_and_shifts is not None:
            angles_and_shifts.copy_(draw_angles_and_shifts(len(labels), shuffle))
        begun = time.monotonic()
        before = seconds.get(str(epoch), 0.0)
        started.setdefault(str(epoch), time.time())
        for i in range(first_step, steps_per_epoch):
            batch = order[i * batch_size : (i + 1) * batch_size]
            step = steps[len(batch)]
            step.batch.copy_(batch)
            now = (epoch - 1) * steps_per_epoch + i
            rate.fill_(rates[now])
            step.run()
            losses[now] = step.loss
            live.step(losses, now + 1)
            if stop.requested and i + 1 < steps_per_epoch:
                seconds[str(epoch)] = before + time.monotonic() - begun
                claim.check()
                save_state(resume, key, snapshot(now + 1, shuffle_state))
                stop.exit(f"train {config['variant']}: stopped in epoch {epoch}, to be continued from {resume}")
            progress.step(epoch, i + 1, losses, now)
        first_step = 0
        check_finite(losses, (epoch - 1) * steps_per_epoch, epoch * steps_per_epoch, config["variant"], epoch)
        seconds[str(epoch)] = before + time.monotonic() - begun
        state = snapshot(epoch * steps_per_epoch, shuffle.get_state())
        claim.check()
        name = checkpoint_name(epoch)
        digests[name] = tensors.write(resume / name, state.weights, environment)
        save_state(resume, key, state)
        progress.epoch(epoch, state, len(labels))
        if stop.requested and epoch < epochs:
            stop.exit(f"train {config['variant']}: stopped after epoch {epoch}, to be continued from {resume}")
    claim.check()
    return state, dataset


def flatten(network: torch.nn.Module) -> torch.Tensor:
    """Move all parameters into one tensor and all gradients into its `grad`: one update instead of one a parameter.

    Each parameter stays what it was, in its own layout, as a view of its stretch.
    """
    parameters = list(network.parameters())
    flat = torch.empty(sum(parameter.numel() for parameter in parameters), device=parameters[0].device)
    flat.grad = torch.zeros_like(flat)
    start = 0
    for parameter in parameters:
        layout = parameter.shape, parameter.stride(), start
        parameter.data = flat.as_strided(*layout).copy_(parameter.detach())
        parameter.grad = flat.grad.as_strided(*layout)
        start += parameter.numel()
    return flat


def zero_moments(flat: torch.Tensor) -> dict[str, torch.Tensor]:
    """Adam's moments at the beginning, over all parameters, and its step count, once for each piece."""
    step = torch.zeros(PIECES[flat.device.type], device=flat.device)
    return {"step": step, "exp_avg": torch.zeros_like(flat), "exp_avg_sq": torch.zeros_like(flat)}


def load_moments(moments: dict[str, torch.Tensor], saved: dict[str, np.ndarray]) -> None:
    """Put what was saved into `moments`, in place; without any, Adam begins anew."""
    for name, tensor in moments.items():
        if saved:
            tensor.copy_(torch.from_numpy(saved[name]))
        else:
            tensor.zero_()


def adam_update(
    flat: torch.Tensor, moments: dict[str, torch.Tensor], rate: torch.Tensor, weight_decay: float
) -> Callable[[], None]:
    """The update of `flat` by its gradient, as a function: Adam with decoupled weight decay, constants as in torch.

    torch.optim.AdamW does the same, but imports torch's compiler first, which takes as long as torch itself. Source:
    Kingma and Ba, 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101.
    """
    steps = list(moments["step"].unbind())
    whole = flat, flat.grad, moments["exp_avg"], moments["exp_avg_sq"]
    pieces = [list(tensor.tensor_split(len(steps))) for tensor in whole]
    constants = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": False, "maximize": False}
    return partial(adamw, *pieces, [], steps, lr=rate, weight_decay=weight_decay, fused=True, **constants)


def make_step(
    network: torch.nn.Module,
    flat: torch.Tensor,
    update: Callable[[], None],
    images: torch.Tensor,
    labels: torch.Tensor,
    angles_and_shifts: torch.Tensor | None,
    size: int,
    precision: torch.dtype,
    label_smoothing: float,
) -> Step:
    """A step over `size` images: gather, scale, forward, backward, update of the parameters in `flat`.

    `images` is uint8 [N, 1, 28, 28], `labels` int64 [N], `angles_and_shifts` float32 [N, 3] or None.
    """
    batch = torch.zeros(size, dtype=torch.int64, device=images.device)
    loss = torch.zeros((), device=images.device)

    def run() -> None:
        pixels = images[batch].to(torch.float32).div_(255)
        if angles_and_shifts is not None:
            pixels = move(pixels, angles_and_shifts[batch])
        with torch.autocast(images.device.type, precision, enabled=precision != torch.float32):
            logits = network(pixels)
        mean_loss = F.cross_entropy(logits.float(), labels[batch], label_smoothing=label_smoothing)
        flat.grad.zero_()
        mean_loss.backward()
        update()
        loss.copy_(mean_loss.detach())

    return Step(batch, loss, run)


def capture_step(*arguments: Any) -> Step:
    """The step of `make_step` as a CUDA graph. It runs the step a few times: load weights and moments afterwards."""
    step = make_step(*arguments)
    return step._replace(run=capture(step.run))


def capture(run: Callable[[], None]) -> Callable[[], None]:
    """What `run` does on the GPU as a CUDA graph; it is run a few times.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#whole-network-capture
    """
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return partial(_replay, graph, run)


def _replay(graph: torch.cuda.CUDAGraph, run: Callable[[], None]) -> None:
    """Replay `graph`. `run` is here to be kept: the graph keeps none of the tensors that it works on."""
    graph.replay()


def learning_rates(config: Config, steps: int) -> list[float]:
    """The learning rate of every step.

    `one_cycle` rises along a half cosine from 1/25 of `learning_rate` to it over the first 30 % of the steps, and
    falls along another to 1/250,000 of it, as torch.optim.lr_scheduler.OneCycleLR does by default (Smith and Topin,
    2018, https://arxiv.org/abs/1708.07120).
    """
    highest = config["learning_rate"]
    if config["schedule"] == "constant":
        return [highest] * steps
    first, last = highest / 25, highest / 250_000
    rise = max(0.3 * steps - 1, 1e-9)
    fall = max(steps - 1 - rise, 1e-9)

    def half_cosine(start: float, end: float, part: float) -> float:
        return end + (start - end) / 2 * (1 + math.cos(math.pi * part))

    return [
        half_cosine(first, highest, i / rise) if i <= rise else half_cosine(highest, last, min((i - rise) / fall, 1))
        for i in range(steps)
    ]


def draw_angles_and_shifts(count: int, generator: torch.Generator) -> torch.Tensor:
    """For each image an angle (up to 10 degrees, in radians) and two shifts (up to 2 of 28 pixels): [count, 3]."""
    highest = torch.tensor([math.radians(10), 4 / model.SIDE, 4 / model.SIDE])
    return (2 * torch.rand(count, 3, generator=generator) - 1) * highest


def move(pixels: torch.Tensor, angles_and_shifts: torch.Tensor) -> torch.Tensor:
    """Turn and shift images float32 [B, 1, 28, 28] by their rows of `angles_and_shifts`, bilinearly, zeros beyond."""
    angle, shift = angles_and_shifts[:, 0], angles_and_shifts[:, 1:]
    cosine, sine = angle.cos(), angle.sin()
    matrix = torch.stack([cosine, -sine, shift[:, 0], sine, cosine, shift[:, 1]], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(matrix, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, align_corners=False)


def check_finite(losses: torch.Tensor, start: int, end: int, variant: str, epoch: int) -> None:
    """Raise DivergedError naming the first step of [start, end) whose loss is NaN or infinite."""
    finite = torch.isfinite(losses[start:end])
    if not finite.all():
        step = start + int((~finite).nonzero()[0]) + 1
        raise DivergedError(
            f"train {variant}: the loss is {float(losses[step - 1])} at step {step}, in epoch {epoch}. "
            f"The epochs before are kept. Lower the learning_rate of {variant}."
        )


def checkpoint_name(epoch: int) -> str:
    """The file name of the weights after `epoch` epochs."""
    return f"epoch_{epoch:03d}.safetensors"


def resume_key(config: Config, dataset_sha256: str, environment: dict[str, str]) -> str:
    """A digest of the configuration, the data, the code and torch; a state with another key is not continued.

    A variant with a constant learning rate may be given more epochs; any other change starts it afresh.
    """
    hyperparameters = {name: value for name, value in config.items() if name not in ("device", "precision")}
    if config["schedule"] == "constant":
        del hyperparameters["epochs"]
    used = {name: environment[name] for name in ("torch", "device", "precision")}
    binding = json.dumps([hyperparameters, used, dataset_sha256, stage_digest("train")], sort_keys=True)
    return hashlib.sha256(binding.encode()).hexdigest()


STATE = "state.safetensors"


def save_state(resume: Path, key: str, state: State) -> None:
    """Write the state into the folder, in place of the one before."""
    arrays = {
        **{f"weights.{name}": array for name, array in state.weights.items()},
        **{f"moments.{name}": array for name, array in state.moments.items()},
        "shuffle": state.shuffle,
        "losses": state.losses,
    }
    texts = {"times": json.dumps([state.started, state.seconds]), "checkpoints": json.dumps(state.checkpoints)}
    tensors.write(resume / STATE, arrays, {"key": key, "step": str(state.step), **texts})


def load_state(resume: Path, key: str, variant: str, steps: int, steps_per_epoch: int) -> State | None:
    """The state to continue from; None if there is none for `key`, or it is damaged or beyond `steps` steps."""
    path = resume / STATE
    if not path.exists():
        return None
    try:
        arrays, metadata = tensors.read(path)
        if metadata.get("key") != key or int(metadata["step"]) > steps:
            raise ValueError(f"{path} is of another configuration, data or code")
        step, checkpoints = int(metadata["step"]), json.loads(metadata["checkpoints"])
        for epoch in range(1, step // steps_per_epoch + 1):
            check_weights(resume / checkpoint_name(epoch), checkpoints)
    except (ValueError, OSError) as error:
        logger.info("train %s: starting afresh: %s", variant, error)
        return None
    groups: dict[str, dict[str, np.ndarray]] = {"weights": {}, "moments": {}}
    for name, array in arrays.items():
        group, _, rest = name.partition(".")
        if rest:
            groups[group][rest] = array
    started, seconds = json.loads(metadata["times"])
    logger.info("train %s: continuing after step %d", variant, step)
    own = groups["weights"], groups["moments"], arrays["shuffle"], arrays["losses"]
    return State(step, *own, started, seconds, checkpoints)


def check_weights(path: Path, digests: dict[str, str]) -> None:
    """Raise ValueError if `path` is not the file of weights whose SHA-256 `digests` has under its name."""
    if sha256(path) != digests.get(path.name):
        raise ValueError(f"{path} is damaged or of another training: its SHA-256 is not the recorded one")


class Claim:
    """The right to write a variant's files. It goes to the training that began last.

    A job that a killed Snakemake left on a compute node may still be at work when its successor starts, perhaps with
    another configuration. It is not locked out, which network file systems do badly, but finds another name here.
    """

    def __init__(self, resume: Path, variant: str) -> None:
        self.path, self.variant, self.name = resume / "claim", variant, uuid.uuid4().hex
        with atomic(self.path) as temporary:
            temporary.write_text(self.name)

    def check(self) -> None:
        """Raise OSError if another training of the variant has begun, or the folder was removed."""
        if not self.path.is_file() or self.path.read_text() != self.name:
            raise OSError(
                f"train {self.variant}: another training of {self.variant} has begun since, or {self.path} was "
                "removed; this one ends"
            )


class StopRequest:
    """Becomes `requested` when the process is told to stop, so that the step under way can end and be saved."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def _request(self, *_: object) -> None:
        self.requested = True

    def exit(self, message: str) -> NoReturn:
        """End the process, saying why."""
        logger.info(message)
        sys.exit(TERMINATED)


class Progress:
    """Progress lines: variant, epoch, step, loss, images a second, time left."""

    def __init__(self, variant: str, epochs: int, steps_per_epoch: int, batch_size: int, step: int) -> None:
        self.variant, self.epochs, self.steps_per_epoch, self.batch_size = variant, epochs, steps_per_epoch, batch_size
        self.first_step, self.began = step, time.monotonic()
        self.shown = self.began

    def step(self, epoch: int, i: int, losses: torch.Tensor, now: int) -> None:
        """Say how far training is, every few seconds."""
        moment = time.monotonic()
        if moment - self.shown < PROGRESS_SECONDS:
            return
        self.shown = moment
        speed = (now + 1 - self.first_step) / (moment - self.began)
        left = (self.epochs * self.steps_per_epoch - now - 1) / speed
        recent = float(losses[max(0, now - 99) : now + 1].mean())
        logger.info(
            "train %s  epoch %d/%d  step %d/%d  loss %.4f  %s images/s  %d:%02d left",
            self.variant,
            epoch,
            self.epochs,
            i,
            self.steps_per_epoch,
            recent,
            f"{speed * self.batch_size:,.0f}",
            *divmod(round(left), 60),
        )

    def epoch(self, epoch: int, state: State, images: int) -> None:
        """Say how an epoch of `images` images went."""
        seconds = state.seconds[str(epoch)]
        logger.info(
            "train %s  epoch %d/%d  loss %.4f  %s images/s  %.1f s",
            self.variant,
            epoch,
            self.epochs,
            float(state.losses[-self.steps_per_epoch :].mean()),
            f"{images / seconds:,.0f}",
            seconds,
        )


def publish(
    config: Config,
    state: State,
    dataset: dict[str, str],
    resume: Path,
    folder: Path,
    began: float,
    inputs: dict[Path, str],
) -> None:
    """Write the stage's outputs into the variant's folder: configuration, checkpoints, history and record.

    `dataset` has the dataset's name and digest (`dataset`, `dataset_sha256`); `began` and `inputs` are for the record.
    """
    hyperparameters = {key: str(value) for key, value in config.items()}
    digests = {}
    for epoch in range(1, config["epochs"] + 1):
        name = checkpoint_name(epoch)
        check_weights(resume / name, state.checkpoints)
        weights, environment = tensors.read(resume / name)
        used = {f"{key}_used" if key in config else key: value for key, value in environment.items()}
        path = folder / "checkpoints" / name
        digests[name] = tensors.write(path, weights, {**hyperparameters, **used, **dataset, "epoch": str(epoch)})
    for path in (folder / "checkpoints").glob("epoch_*.safetensors"):
        if path.name not in digests:
            path.unlink()
    steps = len(state.losses)
    history = {
        "step": np.arange(1, steps + 1),
        "epoch": np.repeat(np.arange(1, config["epochs"] + 1), steps // config["epochs"]),
        "loss": state.losses,
        "learning_rate": np.array(learning_rates(config, steps), np.float32),
    }
    tables.write(folder / "history.parquet", history, tables.HISTORY, dataset["dataset"])
    write_json(folder / "config.json", {**config, "dataset": dataset["dataset"]})
    facts = {
        "variant": config["variant"],
        **dataset,
        **environment,
        "parameters": state.moments["exp_avg"].size,
        "started": state.started,
        "seconds": state.seconds,
        "checkpoints": digests,
    }
    outputs = [*(folder / "checkpoints" / name for name in digests), folder / "history.parquet", folder / "config.json"]
    records.write(folder / "train.json", "train", began, inputs, outputs, facts)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.train", description=__doc__)
    parser.add_argument("--variant", required=True, help="the variant's name")
    parser.add_argument("--config", type=json.loads, required=True, help="all its hyperparameters, as JSON")
    parser.add_argument("--data", type=Path, required=True, help="training split (safetensors)")
    parser.add_argument("--data-record", type=Path, required=True, help="the record of the data, data.json")
    parser.add_argument("--folder", type=Path, required=True, help="the variant's folder, for all that is written")
    parser.add_argument("--gpu-percent", type=int, default=100, help="the share of the GPU's memory to take at most")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    inputs = records.check(arguments.data_record, [arguments.data])
    config = {"variant": arguments.variant, **arguments.config}
    resume = arguments.folder / "resume"
    with hardware.gpu_memory_explained(f"train {arguments.variant}", arguments.gpu_percent):
        state, dataset = train(config, arguments.data, resume, arguments.gpu_percent)
    publish(config, state, dataset, resume, arguments.folder, began, inputs)


if __name__ == "__main__":
    main()
