"""What the server has: read back after an upload, and before one, to send only what is missing."""

import base64
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mnist_viz.store.files import sha256
from mnist_viz.upload.contents import TABLE, Made, Row, Variant

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
    size = len(artifact.manifest.entries), artifact.size
    name = artifact.name.split(":")[0]
    return Wanted(name, artifact.type, made.aliases[0], made.aliases, artifact.digest, *size, sources)


def find_run(api: "wandb.Api", path: str) -> "Any | None":
    """The run as the server has it now, or None."""
    import wandb
    from wandb.apis.public.runs import RunNotFoundError

    api.flush()
    try:
        return api.run(path)
    except wandb.errors.CommError as error:
        if isinstance(error.exc, RunNotFoundError):
            return None
        raise


def history(run: Any) -> list[Row]:
    """All history rows of a run, in their order."""
    return list(run.scan_history(use_cache=False))


def check_same_training(variant: Variant, rows: list[Row], path: str) -> None:
    """ValueError if the server's run holds the history of another training, which W&B cannot replace."""
    there = {row["_step"]: row["loss"] for row in rows if "loss" in row}
    for step, row in variant.training:
        if step in there and there[step] != row["loss"]:
            raise ValueError(
                f"upload {variant.name}: the run {path} holds another training of the same configuration: its loss at "
                f"step {step} is {there[step]}, here it is {row['loss']}. W&B cannot replace a run's history. "
                "Upload to another wandb: project:, or give the variant another seed."
            )


def missing_history(variant: Variant, rows: list[Row]) -> list[str]:
    """What a run's history lacks or has twice, as sentences."""
    steps = [row["_step"] for row in rows]
    trained = {row["_step"]: row for row in rows if "loss" in row}
    evaluated = {row["_step"]: row for row in rows if TABLE in row}
    lacks = []
    if len(steps) != len(set(steps)):
        lacks.append(f"{len(steps) - len(set(steps))} history rows are there twice")
    if lost := [step for step, row in variant.training if trained.get(step, {}).get("loss") != row["loss"]]:
        lacks.append(f"{len(lost)} of {len(variant.training)} training steps, the first of them step {lost[0]}")
    for step, row in variant.evaluation:
        found = evaluated.get(step, {})
        if any(found.get(name) != value for name, value in row.items() if name != "_timestamp"):
            lacks.append(f"the metrics of epoch {row['epoch']}")
        elif found[TABLE].get("nrows") != variant.shown:
            lacks.append(f"rows of the table {TABLE} of epoch {row['epoch']}")
    return lacks


def missing_run(variant: Variant, run: Any) -> list[str]:
    """What the run itself lacks, as sentences."""
    lacks = [f"run.config: {key}" for key, value in variant.run_config.items() if run.config.get(key) != value]
    if (run.name, run.group) != (variant.name, variant.dataset):
        lacks.append(f"the run's name and group ({run.name}, {run.group})")
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
    if found.digest != want.digest or found.manifest.digest() != want.digest:
        return [f"{want.name}:{want.alias} with the digest {want.digest} (there: {found.digest})"]
    lost = set(want.aliases) - set(found.aliases)
    return [f"the alias {alias} of {want.name}:{found.version}" for alias in sorted(lost)]


def inputs(run: Any) -> set[str]:
    """The digests of the artifacts that a run uses."""
    return {artifact.digest for artifact in run.used_artifacts()}


def missing_lineage(run: Any, dataset: Wanted, made: list[Wanted]) -> list[str]:
    """Which of the run's inputs and outputs the server does not know."""
    used = inputs(run)
    logged = {artifact.digest for artifact in run.logged_artifacts()}
    lacks = [] if dataset.digest in used else [f"that the run uses {dataset.name}"]
    return lacks + [f"that the run made {want.name}:{want.alias}" for want in made if want.digest not in logged]


def table_rows(found: "wandb.Artifact") -> int:
    """Download the artifact's table anew and count its rows. ValueError if its bytes are not those of the manifest."""
    (name,) = (path for path in found.manifest.entries if path.endswith(".table.json"))
    entry = found.get_entry(name)
    with tempfile.TemporaryDirectory() as folder:
        content = Path(entry.download(root=folder, skip_cache=True)).read_bytes()
    if base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode() != entry.digest:
        raise ValueError(f"{found.qualified_name}: {name} comes back with other bytes than it was sent with")
    return len(json.loads(content)["data"])


def receipt_of(want: Wanted, found: "wandb.Artifact", rows: int | None) -> dict[str, Any]:
    """The receipt's entry for one artifact."""
    return {
        "name": want.name,
        "type": want.type,
        "qualified_name": found.source_qualified_name,
        "version": found.version,
        "digest": found.digest,
        "aliases": sorted(found.aliases),
        "files": found.file_count,
        "bytes": found.size,
        "made_from": want.sources,
        **({} if rows is None else {"table_rows": rows}),
    }
