"""The run of the comparison: what it uses, the three tables with pictures, the charts; made and read back."""

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from mnist_viz.store import tables
from mnist_viz.store.comparisons import KINDS
from mnist_viz.store.corrections import Corrections, entry
from mnist_viz.terminal import counted
from mnist_viz.upload import client, readback, wandb_internals
from mnist_viz.upload.artifacts import Made
from mnist_viz.upload.client import Destination
from mnist_viz.upload.online import references, waits
from mnist_viz.upload.pictures import Pictures, scores
from mnist_viz.upload.readback import Wanted, wanted
from mnist_viz.upload.settings import description
from mnist_viz.wandb_report.answers import MOST_PICTURES, OF_CLASSES, PICTURES, Answer, Row
from mnist_viz.wandb_report.charts import Chart
from mnist_viz.wandb_report.variants import Uploaded

if TYPE_CHECKING:
    import wandb

TYPE = "comparison"  # of the run, and of its artifact


class Comparison(NamedTuple):
    """What the run of a comparison is made of."""

    dataset: str
    results: Path
    runs: list[Uploaded]
    answers: list[Answer]
    charts: list[Chart]
    digests: dict[str, str]
    """File name -> SHA-256, of the tables and the images."""
    corrections: Corrections | None = None
    """What became of the test images' labels."""

    @property
    def place(self) -> str:
        """The user or team and the project of all these runs, as in `person/mnist-viz`."""
        return self.runs[0].place

    @property
    def artifact(self) -> str:
        """The name of the artifact that holds the tables."""
        return f"{TYPE}-{self.dataset}"

    @property
    def run_id(self) -> str:
        """The run's id, the same for the same tables of the same runs: 16 hexadecimal digits."""
        used = [[each.place, each.run, each.dataset, each.predictions] for each in self.runs]
        return hashlib.sha256(json.dumps([self.digests, used], sort_keys=True).encode()).hexdigest()[:16]

    @property
    def used(self) -> list[str]:
        """The artifacts that the run uses, with their project."""
        return [f"{each.place}/{name}" for each in self.runs for name in (each.dataset, *each.predictions)]

    @property
    def keys(self) -> list[str]:
        """What the run logs: the tables and the charts' tables."""
        return [answer.name for answer in self.answers] + [chart.table_key for chart in self.charts]


def logged_rows(answer: Answer, cells: list[dict[str, Any]]) -> list[list[Any]]:
    """The rows of a table as they are logged; `cells` shows each test image."""

    def shown(row: Row, source: str) -> Any:
        found = row[source]
        return [cells[number] for number in found[:MOST_PICTURES]] if isinstance(found, list) else cells[found]

    pictures = PICTURES[answer.name]
    return [[*row.values(), *(shown(row, source) for source in pictures.values())] for row in answer.rows]


def table(answer: Answer, pictures: Pictures) -> "wandb.Table":
    """A table as W&B's client logs it: the columns of the Parquet table, those of scores called by the classes' names,
    and those with pictures.

    The types of its columns are those of the schema, also where it has no rows.
    """
    import wandb

    picture = wandb.Image(str(pictures.files[0]))
    schema = tables.schema_of(KINDS[answer.name], len(pictures.classes))
    kinds: list[Any] = []
    for field in schema:
        one = pictures.shown[0] if field.name in OF_CLASSES else "" if field.type == tables.LABEL else 0
        kinds.append([one] if pa.types.is_list(field.type) else one)
    kinds += [picture if source == "id" else [picture] for source in PICTURES[answer.name].values()]
    columns = [*_named(schema.names, pictures.classes), *PICTURES[answer.name]]
    return wandb_internals.table(columns, kinds, logged_rows(answer, pictures.cells))


def _named(columns: list[str], classes: Sequence[str]) -> list[str]:
    """The columns of a table, those of scores called as the uploads call them: `a_score_cat`."""
    numbered = tables.scores(len(classes))
    names = {
        f"{side}_{each}": f"{side}_{own}" for each, own in zip(numbered, scores(classes), strict=False) for side in "ab"
    }
    return [names.get(column, column) for column in columns]


def make(comparison: Comparison, destination: Destination) -> tuple[Any, Wanted, str]:
    """Make the run, beside those of the variants, unless the server has it already, and read it back.

    Returns the run, what its artifact is, and the version of that. OSError names what the server lacks even then.
    """
    import wandb

    api = wandb.Api(timeout=destination.patience)
    entity, _, project = comparison.place.partition("/")
    path = f"{comparison.place}/{comparison.run_id}"
    pictures = Pictures(comparison.results / "images.parquet", comparison.results / "wandb")
    made, logged = artifact(comparison, pictures, api)
    want = wanted(made, comparison.results)
    there, found = readback.find_run(api, path), readback.find_artifact(api, comparison.place, want)
    if there is None or lacking(comparison, want, there, found):
        used = [found_again(api, name) for name in dict.fromkeys(comparison.used)]
        name = f"comparison of {counted(len(comparison.runs), 'variant')}"
        config = {"dataset": comparison.dataset, "variants": [each.variant for each in comparison.runs]}
        config |= entry(comparison.corrections)
        beside = replace(destination, entity=entity, project=project)
        own = client.init_run(comparison.run_id, name, description(comparison.dataset), config, beside, TYPE)
        client.exit_without_waiting()
        for each in used:
            own.use_artifact(each)
        wandb_internals.hide_paths(made.artifact)
        own.log_artifact(made.artifact, aliases=made.aliases)
        client.wait(made.artifact, destination.patience)
        own.log(logged)
        own.finish()
    lacks: list[str] = []
    for seconds in waits(destination.patience):
        time.sleep(seconds)
        there, found = readback.find_run(api, path), readback.find_artifact(api, comparison.place, want)
        lacks = [f"the run {path}"] if there is None else lacking(comparison, want, there, found)
        if not lacks and found is not None:
            remove_folders(comparison)
            return there, want, found.version
    raise OSError(
        f"{path} was uploaded, but W&B lacks {'; '.join(lacks)}. Make the report again to send what is missing."
    )


def artifact(comparison: Comparison, pictures: Pictures, api: "wandb.Api") -> tuple[Made, dict[str, Any]]:
    """The artifact of the tables, whose pictures are those of the dataset; and what is logged, by its keys.

    The charts' tables are in it, too: of others the client would make artifacts that tell their paths on this machine.
    """
    import wandb

    shown = sorted({number for answer in comparison.answers for number in pictured(answer)})
    dataset = found_again(api, f"{comparison.place}/{comparison.runs[0].dataset}")
    made = wandb.Artifact(comparison.artifact, TYPE, metadata={"dataset": comparison.dataset})
    wandb_internals.add_entries(made, references(dataset, [pictures.names[number] for number in shown]))
    logged: dict[str, Any] = {answer.name: table(answer, pictures) for answer in comparison.answers}
    for name, each in logged.items():
        made.add(each, name)
    for chart in comparison.charts:
        logged[chart.key] = chart.drawn()
        made.add(logged[chart.key].table, chart.table_key)
    files = [comparison.results / "comparison" / f"{answer.name}.parquet" for answer in comparison.answers]
    return Made(made, [comparison.run_id, "latest"], files), logged


def found_again(api: "wandb.Api", name: str) -> "wandb.Artifact":
    """An artifact that a receipt names. ValueError if the server has it no more."""
    if not api.artifact_exists(name):
        raise ValueError(
            f"W&B has {name} no more, which a receipt names. Upload again what it lacks: "
            "WANDB_MODE=online snakemake --cores 1 --forcerun upload_variant"
        )
    found: wandb.Artifact = api.artifact(name)
    return found


def remove_folders(comparison: Comparison) -> None:
    """Remove W&B's folders of the run: everything in them is made from the tables. What can't be removed stays."""
    for folder in (comparison.results / "wandb").glob(f"run-*-{comparison.run_id}"):
        shutil.rmtree(folder, ignore_errors=True)


def pictured(answer: Answer) -> set[int]:
    """The images that a table shows."""
    found: set[int] = set()
    for row in answer.rows:
        for source in PICTURES[answer.name].values():
            found.update(row[source][:MOST_PICTURES] if isinstance(row[source], list) else [row[source]])
    return found


def lacking(comparison: Comparison, want: Wanted, there: Any, found: "wandb.Artifact | None") -> list[str]:
    """What the server lacks of the run and its artifact, as sentences."""
    lacks = readback.missing_artifact(want, found)
    lacks += [f"the table {key}" for key in comparison.keys if key not in there.summary]
    if there.state != "finished":
        lacks.append(f"the run's end (its state is {there.state})")
    used = {name for each in there.used_artifacts() for name in (each.qualified_name, each.source_qualified_name)}
    return lacks + [f"that the run uses {name}" for name in dict.fromkeys(comparison.used) if name not in used]
