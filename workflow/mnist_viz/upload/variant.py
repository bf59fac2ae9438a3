"""A finished variant's files as what is uploaded of them: the run's configuration, its history, its pictures."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.compute as pc

from mnist_viz.config import identity
from mnist_viz.store import tables
from mnist_viz.store.corrections import corrected, recorded
from mnist_viz.store.files import read_json
from mnist_viz.upload.pictures import Pictures

if TYPE_CHECKING:
    from mnist_viz.upload.settings import Description

EPOCH_METRICS = {"errors": "errors", "test_loss": "loss", "calibration_error": "calibration_error"}
# W&B's name -> column of metrics.parquet

# Of the training's record, what the artifacts say of themselves.
FACTS = (
    *("variant", "dataset", "dataset_sha256", "torch", "device", "device_name", "cpu_flags", "precision", "threads"),
    "parameters",
)

Row = dict[str, Any]


class Layout(NamedTuple):
    """How a run's history is arranged: each run keeps the arrangement that it was begun with."""

    epochs_last: bool = False
    """The epochs' rows follow all training steps, as where training streamed, not those of their epoch."""
    fraction: bool = False
    """`acc` is the fraction that is right, and there is no `accuracy`: of runs before these had two names."""


def layout(rows: list[Row], steps: int) -> Layout:
    """The arrangement of a run that has these rows, of a training with so many steps an epoch."""
    return Layout(
        epochs_last=any("loss" in row and row["_step"] == steps + 1 for row in rows),
        fraction=any("acc" in row and "accuracy" not in row for row in rows),
    )


def epochs_with_tables(choice: str, count: int) -> set[int]:
    """The epochs of `count` whose predictions are uploaded; `choice` is `all`, `last` or `first and last`."""
    return {"all": set(range(1, count + 1)), "last": {count}, "first and last": {1, count}}[choice]


def run_id(config: dict[str, Any], dataset_sha256: str, attempt: int = 1) -> str:
    """The run's id, the same for the same configuration on the same data: 16 hexadecimal digits.

    Every further attempt, from 2, has an id of its own. A hyperparameter that was added later counts only where it is
    not at its default: no run changes its id.
    """
    told = [identity(config), dataset_sha256, *([attempt] if attempt > 1 else [])]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def shown_images(choice: str | dict[str, int], count: int) -> int:
    """How many of the `count` test images, from the first, the W&B tables show; `choice` is `all` or a mapping."""
    if isinstance(choice, str):
        return count
    return min(count, choice["batches_to_log"] * choice["images_per_batch"])


def training_row(step: int, steps: int, loss: float, learning_rate: float, moment: float) -> Row:
    """The history row of one training step of `steps`; `moment` in seconds since 1970."""
    return {"loss": loss, "learning_rate": learning_rate, "progress": step / steps, "_timestamp": moment}


def raw_files(resources: Path) -> list[Path]:
    """The downloaded files, by name; none where the dataset needs none. Hidden ones are half a download."""
    return sorted((resources / "mnist" / "raw").glob("[!.]*"))


class Variant:
    """A finished variant's files, read when they are needed."""

    def __init__(
        self,
        name: str,
        results: Path,
        resources: Path,
        choice: dict[str, Any],
        record: dict[str, Any],
        tested: dict[str, Any],
        said: "Description",
        attempt: int = 1,
    ) -> None:
        """`choice` is the section tables: of the configuration; `record` is that of the training, `tested` that of the
        inference; `said` is what is said of the run. `attempt` counts the runs of the same training that W&B was to
        have, from 1.
        """
        self.name, self.results, self.resources, self.record, self.said = name, results, resources, record, said
        self.folder = results / name
        self.config: dict[str, Any] = read_json(self.folder / "config.json")
        self.dataset: str = self.record["dataset"]
        self.attempt = attempt
        self.dataset_sha256: str = tested["dataset_sha256"]
        self.corrections = recorded(tested)
        self.run_id = run_id(self.config, self.dataset_sha256, attempt)
        self.metrics: list[Row] = tables.read(self.folder / "metrics.parquet", tables.METRICS).to_pylist()
        images = len(tables.read(results / "images.parquet", tables.images, ["id"]))  # those of no known truth, too
        self.shown = shown_images(choice["images"], images)
        self.with_tables = epochs_with_tables(choice.get("epochs", "all"), len(self.metrics))
        self.logs_tables: bool = choice.get("logged", True)
        self.layout = Layout()
        self.best: int = min(self.metrics, key=lambda row: (row["errors"], row["epoch"]))["epoch"]

    @property
    def run_config(self) -> dict[str, Any]:
        """What becomes `run.config`: the whole configuration, and the names that W&B's tutorial has for parts of it."""
        known_as = {"lr": self.config["learning_rate"], "img_count": self.shown}
        return {**self.config, **known_as, "dataset_sha256": self.dataset_sha256, **self.correction}

    @property
    def correction(self) -> dict[str, Any]:
        """What a run's configuration and its summary say of corrected test images; nothing where there are none."""
        said = self.corrections
        if said is None:
            return {}
        return {
            "corrections_sha256": said.sha256,
            "corrected_images": said.corrected,
            "excluded_images": said.excluded,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What the artifacts of this variant carry as metadata."""
        return {key: self.record[key] for key in FACTS}

    def arrange(self, rows: list[Row]) -> None:
        """Arrange the history as a run that has these rows is arranged."""
        self.layout = layout(rows, self._steps)

    @property
    def _steps(self) -> int:
        """Training steps an epoch."""
        return len(self._trained) // len(self.metrics)

    @property
    def history(self) -> list[tuple[int, Row]]:
        """(step, row) of the whole history, in its order."""
        return sorted([*self.training, *self.evaluation], key=lambda row: row[0])

    @property
    def training(self) -> list[tuple[int, Row]]:
        """(step, row) of every training step."""
        between = 0 if self.layout.epochs_last else 1
        return [(step + between * ((step - 1) // self._steps), row) for step, row in enumerate(self._trained, 1)]

    @cached_property
    def _trained(self) -> list[Row]:
        """The row of every training step. Its time lies as far in its epoch as the step does."""
        history = tables.read(self.folder / "history.parquet", tables.HISTORY).to_pydict()
        steps = len(history["step"])
        of_epoch = steps // len(self.metrics)
        rows = []
        for step, epoch, loss, learning_rate in zip(*history.values(), strict=True):
            moment = self._moment(epoch, ((step - 1) % of_epoch + 1) / of_epoch)
            rows.append(training_row(step, steps, loss, learning_rate, moment))
        return rows

    def _moment(self, epoch: int, share: float) -> float:
        moment: float = self.record["started"][str(epoch)] + share * self.record["seconds"][str(epoch)]
        return moment

    @property
    def evaluation(self) -> list[tuple[int, Row]]:
        """(step, row) of every epoch's metrics."""
        rows = []
        for measured in self.metrics:
            epoch, right = measured["epoch"], measured["images"] - measured["errors"]
            row: Row = {"acc": 100 * right / measured["images"], "accuracy": measured["accuracy"]}
            if self.layout.fraction:
                row = {"acc": measured["accuracy"]}
            row |= {name: measured[column] for name, column in EPOCH_METRICS.items()}
            row |= {"epoch": epoch, "_timestamp": self._moment(epoch, 1)}
            before = len(self._trained) if self.layout.epochs_last else epoch * self._steps
            rows.append((before + epoch, row))
        return rows

    @cached_property
    def pictures(self) -> Pictures:
        """The test images."""
        return Pictures(self.results / "images.parquet", self.results / "wandb")

    def checkpoint(self, epoch: int) -> Path:
        """The file of the weights after an epoch."""
        return self.folder / "checkpoints" / f"epoch_{epoch:03d}.safetensors"

    def rows_of(self, epoch: int) -> Path:
        """The shown predictions of one epoch as a Parquet file of their own."""
        source = self.folder / "predictions.parquet"
        every = tables.read(source, tables.predictions)
        rows = every.filter(pc.equal(every["epoch"], epoch)).slice(0, self.shown)
        path = self.results / "wandb" / "rows" / f"{self.name}-{epoch:03d}.parquet"
        columns, classes = dict(zip(rows.column_names, rows.columns, strict=True)), tables.classes(source)
        kind = corrected(tables.predictions, self.corrections, given=True)
        tables.write(path, columns, kind, self.dataset, classes)
        return path
