"""The jobs in the crate: each an action with its tool, its inputs and results, and the environment that it ran in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from mnist_viz.job import divergence
from mnist_viz.provenance.code import tool
from mnist_viz.provenance.entities import Entities, Reference, moment
from mnist_viz.stages import stage
from mnist_viz.store.files import sha256

COMPLETED = "http://schema.org/CompletedActionStatus"
FAILED = "http://schema.org/FailedActionStatus"
HARDWARE = ("device", "device_name", "cpu_flags", "cpu_capability", "precision", "threads", "variables")


class Job(NamedTuple):
    """A job by its record."""

    path: Path
    """The record's."""
    record: dict[str, Any]
    inputs: dict[Path, str]
    """SHA-256 of what the job read."""
    outputs: dict[Path, str]
    """SHA-256 of what it made."""


class Action(NamedTuple):
    """A job in the crate."""

    job: Reference
    control: Reference
    """The action by which Snakemake started it."""
    inputs: list[Reference]
    results: list[Reference]
    """What it made, its record last."""


def add_job(entities: Entities, job: Job, add_file: Callable[[Path, str], Reference], model: list[Reference]) -> Action:
    """Add a job; `add_file` adds a file that it read or made, with its SHA-256. `model` is the code of its model, where
    that is the user's own.
    """
    record = job.record
    results = [add_file(path, digest) for path, digest in job.outputs.items()]
    inputs = [*(add_file(path, digest) for path, digest in job.inputs.items()), *model]
    results.append(add_file(job.path, sha256(job.path)))
    facts = {**record["software"], "code": record["key"]["code"], "commit": record["commit"], "dirty": record["dirty"]}
    facts |= {"model": record["key"]["model"]} if "model" in record["key"] else {}
    facts |= {key: record[key] for key in HARDWARE if key in record}
    name = f"{record['stage']} {record['variant']}" if "variant" in record else record["stage"]
    place = quote(job.path.relative_to(entities.root).as_posix())
    action = entities.add(
        f"#job-{place}",
        "CreateAction",
        name=name,
        description=stage(record["stage"]).description,
        instrument={"@id": tool(record["stage"])},
        object=inputs,
        result=results,
        startTime=moment(record["began"]),
        endTime=moment(record["ended"]),
        **_status(f"diverged, with {diverged}" if (diverged := divergence.of(record)) else ""),
        environment=[_environment(entities, key, value) for key, value in sorted(facts.items())],
    )
    control = entities.add(
        f"#control-{place}",
        "ControlAction",
        name=f"Snakemake runs {name}",
        instrument={"@id": f"#step-{record['stage']}"},
        object=action,
    )
    return Action(action, control, inputs, results)


def _status(error: str) -> dict[str, str]:
    """Of an action: that it is completed, or what failed."""
    return {"actionStatus": FAILED, "error": error} if error else {"actionStatus": COMPLETED}


def _environment(entities: Entities, name: str, value: object) -> Reference:
    text = "unknown" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return entities.add(f"#environment-{quote(name)}-{quote(text, safe='')}", "PropertyValue", name=name, value=text)


def add_whole_run(
    entities: Entities, jobs: list[Job], actions: list[Action], read: list[Reference]
) -> tuple[Reference, Reference]:
    """Add the workflow's run over all its jobs, and the engine's that started them. `read` is what it began with,
    besides the files that no job made.
    """
    diverged = sorted({job.record["variant"] for job in jobs if divergence.of(job.record)})
    made = {each["@id"]: each for action in actions for each in action.results}
    raw = {each["@id"]: each for action in actions for each in action.inputs if each["@id"] not in made}
    run = entities.add(
        "#run",
        "CreateAction",
        name="All results",
        description="The workflow as a whole, over all its jobs.",
        instrument={"@id": "Snakefile"},
        object=[*read, *raw.values()],
        result=list(made.values()),
        startTime=moment(min(job.record["began"] for job in jobs)),
        endTime=moment(max(job.record["ended"] for job in jobs)),
        **_status(f"diverged: {', '.join(diverged)}" if diverged else ""),
    )
    engine = entities.add(
        "#engine-run",
        "OrganizeAction",
        name="Snakemake",
        instrument={"@id": "https://snakemake.readthedocs.io"},
        object=[action.control for action in actions],
        result=run,
    )
    return run, engine
