"""What the server has: read back after an upload, and before one, to send only what is missing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mnist_viz.store.files import sha256
from mnist_viz.upload import wandb_internals
from mnist_viz.upload.artifacts import TABLE, Made
from mnist_viz.upload.history import logged
from mnist_viz.upload.variant import Row, Variant

if TYPE_CHECKING:
    import wandb


class Wanted(NamedTuple):
    """An artifact that the server has to have, without its bytes."""

    name: str
    type: str
    alias: str  # finds it: `epoch-N`, or `latest` for the dataset
    aliases: list[str]
    digest: str
    files: int
    bytes: int
    sources: dict[str, str]  # local file -> SHA-256


def wanted(made: Made, results: Path) -> Wanted:
    """What the server has to have of an artifact."""
    root = results.parent
    sources = {str(path.relative_to(root)): sha256(path) for path in made.files}
    artifact = made.artifact
    size = wandb_internals.file_count(artifact), artifact.size
    name = artifact.name.split(":")[0]
    return Wanted(name, artifact.type, made.aliases[0], made.aliases, artifact.digest, *size, sources)


def find_run(api: "wandb.Api", path: str) -> "Any | None":
    """The run as the server has it now, or None."""
    import wandb

    api.flush()
    try:
        return api.run(path)
    except wandb.errors.CommError as error:
        if wandb_internals.is_no_such_run(error):
            return None
        raise


def history(run: Any) -> list[Row]:
    """All history rows of a run by their step, as they were logged."""
    return logged(run.scan_history(use_cache=False))


def different(wanted: Row, there: Row) -> list[str]:
    """Which values of a row the server has otherwise. A training step is known by its loss, an epoch by its metrics."""
    names = ["loss"] if "loss" in wanted else [name for name in wanted if name != "_timestamp"]
    return [name for name in names if there.get(name) != wanted[name]]


def missing_history(variant: Variant, rows: list[Row]) -> list[str]:
    """What a run's history lacks or has twice, as sentences."""
    steps = [row["_step"] for row in rows]
    trained = {row["_step"]: row for row in rows if "loss" in row}
    evaluated = {row["_step"]: row for row in rows if "acc" in row}
    lacks = []
    if len(steps) != len(set(steps)):
        lacks.append(f"{len(steps) - len(set(steps))} history rows are there twice")
    if lost := [step for step, row in variant.training if different(row, trained.get(step, {}))]:
        lacks.append(f"{len(lost)} of {len(variant.training)} training steps, the first of them step {lost[0]}")
    for step, row in variant.evaluation:
        found = evaluated.get(step, {})
        if different(row, found):
            lacks.append(f"the metrics of epoch {row['epoch']}")
        elif TABLE in found and wandb_internals.table_height(found[TABLE]) != variant.shown:
            lacks.append(f"rows of the table {TABLE} of epoch {row['epoch']}")
    return lacks


def missing_run(variant: Variant, run: Any) -> list[str]:
    """What the run itself lacks, as sentences."""
    lacks = [f"run.config: {key}" for key, value in variant.run_config.items() if run.config.get(key) != value]
    lacks += [f"the summary's {key}" for key, value in variant.correction.items() if run.summary.get(key) != value]
    if (run.name, run.group) != (variant.name, variant.said.group):
        lacks.append(f"the run's name and group ({run.name}, {run.group})")
    if variant.said.notes not in (None, run.notes):
        lacks.append("the run's notes")
    lacks += [f"the run's tag {tag}" for tag in variant.said.tags if tag not in run.tags]
    if run.state != "finished":
        lacks.append(f"the run's end (its state is {run.state})")
    return lacks


def find_artifact(api: "wandb.Api", project: str, want: Wanted) -> "wandb.Artifact | None":
    """The version that the server has under the artifact's name and alias, or None."""
    name = f"{project}/{want.name}:{want.alias}"
    return api.artifact(name, type=want.type) if api.artifact_exists(name, type=want.type) else None


def missing_artifact(want: Wanted, found: "wandb.Artifact | None") -> list[str]:
    """What an artifact on the server lacks, as sentences. Its manifest counts, not only what the server says of it."""
    if found is None:
        return [f"{want.name}:{want.alias}"]
    if found.digest != want.digest or wandb_internals.manifest_digest(found) != want.digest:
        return [f"{want.name}:{want.alias} with the digest {want.digest} (there: {found.digest})"]
    lost = set(want.aliases) - set(found.aliases)
    return [f"the alias {alias} of {want.name}:{found.version}" for alias in sorted(lost)]


def inputs(run: Any) -> set[str]:
    """The digests of the artifacts that a run uses."""
    return {artifact.digest for artifact in run.used_artifacts()}


def missing_input(run: Any, dataset: Wanted) -> list[str]:
    """Whether the server lacks that the run uses the dataset, as sentences."""
    return [] if dataset.digest in inputs(run) else [f"that the run uses {dataset.name}"]


def makers(run: Any, made: "list[wandb.Artifact]") -> dict[str, str | None]:
    """By their digests, the paths of the runs that made the artifacts of a run; None where the server names none, as
    when it was deleted.

    W&B keeps equal contents under one name as one version, which stays that of the run that logged it first.
    """
    own = {artifact.digest for artifact in run.logged_artifacts()}
    return {artifact.digest: _path(run if artifact.digest in own else artifact.logged_by()) for artifact in made}


def _path(run: Any) -> str | None:
    return None if run is None else "/".join(run.path)
