"""The stages, in their order: a new stage is a rule file, a module and a row here.

The rows say which record covers which files, what computes them and in which formats they are written. verify,
provenance, the plan and the rules read them.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """A stage and what it leaves. Paths are patterns beneath the dataset's folder; `{variant}` is a variant's name."""

    name: str
    """Of the command, `python -m mnist_viz.<name>`, and of the target."""
    description: str
    record: str
    """The record that the stage leaves beside its outputs."""
    outputs: tuple[str, ...]
    """The files that the record covers."""
    code: tuple[str, ...]
    """The modules that compute the outputs; what they import counts, too. `{dataset}` and `{model}` are as chosen."""
    formats: tuple[str, ...] = ()
    """The formats, by their names in store.formats, that the stage reads and writes."""

    @property
    def of_variants(self) -> bool:
        """Whether the stage runs once for each variant."""
        return "{variant}" in self.record

    @property
    def rule(self) -> str:
        """The Snakemake rule that runs the stage."""
        return f"{self.name}_variant" if self.of_variants else self.name

    def record_of(self, variant: str | None) -> Path:
        """The record beneath the dataset's folder, of a variant where the stage has one for each."""
        return Path(self.record.format(variant=variant))


STAGES = (
    Stage(
        "download",
        "Download the dataset's files, checked by their digests.",
        record="resources/mnist/download.json",
        outputs=("resources/mnist/raw/*",),
        code=(),
    ),
    Stage(
        "data",
        "Decode the images and labels for the later stages.",
        record="results/data.json",
        outputs=("resources/mnist/*.safetensors", "results/images.parquet", "results/classes.parquet"),
        code=("datasets.prepare", "datasets.{dataset}"),
        formats=("split", "images", "classes"),
    ),
    Stage(
        "train",
        "Train a variant and keep its weights after every epoch.",
        record="results/{variant}/train.json",
        outputs=(
            "results/{variant}/config.json",
            "results/{variant}/history.parquet",
            "results/{variant}/checkpoints/*.safetensors",
        ),
        code=("training.loop", "training.models.{model}"),
        formats=("split", "checkpoint", "history"),
    ),
    Stage(
        "predict",
        "Run every checkpoint of a variant on all test images.",
        record="results/{variant}/predict.json",
        outputs=("results/{variant}/predictions.parquet", "results/{variant}/metrics.parquet"),
        code=("training.evaluate", "training.hardware", "training.weights", "training.models.{model}"),
        formats=("split", "checkpoint", "predictions", "metrics"),
    ),
    Stage(
        "map",
        "Map the test images by what a variant's network sees of them.",
        record="results/{variant}/map.json",
        outputs=("results/{variant}/map.parquet",),
        code=(
            "mapping.features",
            "mapping.table",
            "training.evaluate",
            "training.hardware",
            "training.weights",
            "training.models.{model}",
        ),
        formats=("split", "checkpoint", "metrics", "map"),
    ),
    Stage(
        "upload",
        "Make a variant's Weights & Biases run.",
        record="results/{variant}/wandb.json",
        outputs=(),
        code=("upload.offline", "upload.online"),
        formats=("split", "checkpoint", "images", "history", "predictions", "metrics"),
    ),
    Stage(
        "explorer",
        "Write the explorer, one HTML file with all predictions.",
        record="results/explorer.json",
        outputs=("results/explorer.html", "results/curves.svg", "results/metrics.html"),
        code=("explorer",),
        formats=("images", "history", "predictions", "metrics"),
    ),
    Stage(
        "summary",
        "Summarise the variants in one table.",
        record="results/summary.json",
        outputs=("results/summary.md", "results/summary.csv"),
        code=("summary",),
        formats=("predictions",),
    ),
    Stage(
        "comparison",
        "Write the explorer's three answers as tables.",
        record="results/comparison.json",
        outputs=("results/comparison/*.parquet",),
        code=("comparison.build",),
        formats=("predictions", "disagreements", "errors_over_time", "errors_by_guess"),
    ),
    Stage(
        "wandb_report",
        "Show the three answers in a Weights & Biases report.",
        record="results/wandb_report.json",
        outputs=(),
        code=("wandb_report.show",),
        formats=("images", "disagreements", "errors_over_time", "errors_by_guess"),
    ),
    Stage(
        "provenance",
        "Describe all results for other programs, as an RO-Crate.",
        record="results/provenance.json",
        outputs=("results/provenance/**/*",),
        code=("provenance.crate",),
    ),
)


def stage(name: str) -> Stage:
    """The stage of that name. KeyError if there is none."""
    return _BY_NAME[name]


def maker(place: str) -> str | None:
    """The record that covers a file, or is it; both beneath the dataset's folder. None if no stage makes the file."""
    for row in STAGES:
        for pattern in _patterns(row):
            if found := pattern.fullmatch(place):
                return row.record_of(found.groupdict().get("variant")).as_posix()
    return None


@cache
def _patterns(row: Stage) -> list[re.Pattern[str]]:
    """The stage's outputs and its record as regular expressions."""
    places = {"**/": "(?:.*/)?", "*": "[^/]*", "{variant}": "(?P<variant>[^/]+)"}
    return [
        re.compile("".join(places.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*|{variant})", output)))
        for output in (*row.outputs, row.record)
    ]


_BY_NAME = {stage.name: stage for stage in STAGES}
