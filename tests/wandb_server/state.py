"""What the server remembers: projects, runs, artifacts and the bytes of files."""

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.wandb_server.history import Export

ENTITY = "person"
Variables = dict[str, Any]  # what the client sends with an operation


class Refused(Exception):
    """A request that makes no sense; the message goes back to the client as a GraphQL error, with an HTTP status."""

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


class TooMany(Exception):
    """A request beyond a limit, to be made again later."""


def now() -> str:
    """The time as W&B writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def md5(content: bytes) -> str:
    """The MD5 as W&B writes it in manifests and headers: base64."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


@dataclass
class Run:
    """One run. `history` and `events` are JSON lines, `files` the run's own files by name."""

    id: str
    name: str
    entity: str
    project: str
    created: str
    display_name: str = ""
    group: str | None = None
    notes: str | None = None
    tags: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    state: str = "running"
    export: Export | None = None
    """How its history was exported to Parquet, as it is hours after the run's end; None: not yet."""

    def rows(self) -> list[dict[str, Any]]:
        """The history, parsed."""
        return [json.loads(line) for line in self.history]

    def live(self) -> list[dict[str, Any]]:
        """The rows that no Parquet file holds yet."""
        return [row for row in self.rows() if self.export is None or not self.export.holds(row)]


@dataclass
class Artifact:
    """One artifact; its commit gives it a version number. `run` is the storage id of the run that made it."""

    id: str
    type: str
    collection: str
    entity: str
    project: str
    digest: str
    aliases: list[str]
    run: str | None
    client_ids: set[str]
    metadata: str | None
    description: str | None
    step: int | None
    created: str
    state: str = "PENDING"
    version: int | None = None
    manifest_md5: str = ""
    manifest: dict[str, Any] = field(default_factory=dict)
    born: dict[str, str] = field(default_factory=dict)  # entry -> MD5 announced for it


@dataclass
class View:
    """One view: a report, or the draft of one. `spec` is JSON."""

    id: str
    entity: str
    project: str
    created: str
    type: str = "runs"
    name: str = ""
    display_name: str = ""
    description: str = ""
    spec: str = ""
    updated: str = ""


class State:
    """Everything, under one lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.account: str | None = ENTITY  # the entity of runs that name none; None: the account has no own
        self.numbers = itertools.count(1)
        self.runs_a_second: int | None = None  # that may be created in a project
        self.clock: Callable[[], float] = time.monotonic
        self.creations: dict[tuple[str, str], list[float]] = {}
        self.refused = 0
        self.runs: dict[tuple[str, str, str], Run] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.aliases: dict[tuple[str, str, str], dict[str, str]] = {}  # collection -> alias -> artifact id
        self.views: dict[str, View] = {}
        self.blobs: dict[str, bytes] = {}  # MD5 -> bytes
        self.deleted: dict[tuple[str, str, str], Run] = {}  # their ids are never given again

    def copy(self) -> "State":
        """Another state in which all is as it is in this one."""
        copied = State()
        vars(copied).update(deepcopy({name: value for name, value in vars(self).items() if name != "lock"}))
        return copied

    def admit_run(self, entity: str, project: str) -> None:
        """Count the creation of a run. TooMany if the project has had its `runs_a_second` within the last second."""
        if self.runs_a_second is None:
            return
        moment, made = self.clock(), self.creations.setdefault((entity, project), [])
        made[:] = [earlier for earlier in made if moment - earlier < 1]
        if len(made) >= self.runs_a_second:
            self.refused += 1
            raise TooMany
        made.append(moment)

    def new_id(self, kind: str) -> str:
        """A storage id, as W&B's are: base64 of the kind and a number."""
        return base64.b64encode(f"{kind}:{next(self.numbers)}".encode()).decode()

    def run(self, entity: str | None, project: str, name: str) -> Run | None:
        """The run, or None."""
        return self.runs.get((entity or ENTITY, project, name))

    def run_by_id(self, storage_id: str) -> Run:
        """The run with a storage id, deleted or not."""
        return next(run for run in [*self.runs.values(), *self.deleted.values()] if run.id == storage_id)

    def delete(self, run: Run) -> None:
        """Delete a run as a person does in the page, who keeps its artifacts; `restore` takes it back."""
        place = (run.entity, run.project, run.name)
        self.deleted[place] = self.runs.pop(place)

    def restore(self, run: Run) -> None:
        """Undelete a run."""
        place = (run.entity, run.project, run.name)
        self.runs[place] = self.deleted.pop(place)

    def artifact(self, artifact_id: str) -> Artifact:
        """The artifact with an id; Refused if there is none."""
        if artifact_id not in self.artifacts:
            raise Refused(f"artifact {artifact_id} not found")
        return self.artifacts[artifact_id]

    def versions(self, entity: str, project: str, collection: str) -> list[Artifact]:
        """The committed versions of a collection, oldest first."""
        place = (entity, project, collection)
        found = [entry for entry in self.artifacts.values() if (entry.entity, entry.project, entry.collection) == place]
        return sorted((entry for entry in found if entry.version is not None), key=lambda entry: entry.version)

    def aliases_of(self, artifact: Artifact) -> list[str]:
        """The aliases that point to an artifact now, its version among them."""
        named = self.aliases.get((artifact.entity, artifact.project, artifact.collection), {})
        return sorted(alias for alias, target in named.items() if target == artifact.id)

    def named(self, entity: str, project: str, name: str) -> Artifact | None:
        """The artifact that `collection:alias` or `collection:vN` names."""
        collection, _, alias = name.partition(":")
        target = self.aliases.get((entity, project, collection), {}).get(alias or "latest")
        if target:
            return self.artifacts[target]
        numbered = {f"v{entry.version}": entry for entry in self.versions(entity, project, collection)}
        return numbered.get(alias)

    def move_aliases(self, artifact: Artifact, aliases: list[str]) -> None:
        """Let aliases point to an artifact; each points to one version of a collection."""
        place = (artifact.entity, artifact.project, artifact.collection)
        self.aliases.setdefault(place, {}).update(dict.fromkeys(aliases, artifact.id))

    def commit(self, artifact: Artifact) -> None:
        """Make an artifact a version. Refused unless its manifest and every file of it are here and as announced."""
        content = self.blobs.get(artifact.manifest_md5)
        if content is None:
            raise Refused("commitArtifact: the manifest has not arrived")
        artifact.manifest = json.loads(content)
        entries = artifact.manifest["contents"]
        for path, entry in entries.items():
            self._check_entry(path, entry)
        listed = "".join(f"{path}:{entries[path]['digest']}\n" for path in sorted(entries))
        if hashlib.md5(f"wandb-artifact-manifest-v1\n{listed}".encode()).hexdigest() != artifact.digest:
            raise Refused("commitArtifact: the digest is not that of the manifest")
        artifact.version = len(self.versions(artifact.entity, artifact.project, artifact.collection))
        artifact.state = "COMMITTED"
        self.move_aliases(artifact, ["latest", *artifact.aliases])

    def _check_entry(self, path: str, entry: dict[str, Any]) -> None:
        if "ref" not in entry:
            if entry["digest"] not in self.blobs:
                raise Refused(f"commitArtifact: {path} has not arrived")
            if len(self.blobs[entry["digest"]]) != entry["size"]:
                raise Refused(f"commitArtifact: {path} has another size")
            return
        target, name = entry["ref"].removeprefix("wandb-artifact://").split("/", 1)
        source = self.artifact(base64.b64encode(bytes.fromhex(target)).decode())
        listed = source.manifest.get("contents", {}).get(name, {"digest": source.born.get(name, entry["digest"])})
        if listed["digest"] != entry["digest"]:  # the other may still be on its way, as in `wandb sync`
            raise Refused(f"commitArtifact: {path} refers to another file")

    def picture(self) -> dict[str, Any]:
        """Everything a person would see, without ids and times: what two uploads of the same have to agree on."""
        return {
            "runs": {"/".join(place): _run_picture(run, self) for place, run in sorted(self.runs.items())},
            "artifacts": dict(_artifact_pictures(self)),
        }


def _run_picture(run: Run, state: State) -> dict[str, Any]:
    volatile = {"_runtime", "_timestamp", "_wandb"}
    history = [{key: value for key, value in row.items() if key not in volatile} for row in run.rows()]
    for row in history:
        for value in row.values():
            if isinstance(value, dict):
                for key in ("artifact_path", "_latest_artifact_path", "path"):
                    value.pop(key, None)
    return {
        "display_name": run.display_name,
        "group": run.group,
        "state": run.state,
        "config": {key: entry["value"] for key, entry in run.config.items() if key != "_wandb"},
        "history": history,
        "times": [row["_timestamp"] for row in run.rows()],
        "used": sorted(f"{state.artifacts[used].collection}:v{state.artifacts[used].version}" for used in run.used),
    }


def _artifact_pictures(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    for artifact in sorted(state.artifacts.values(), key=lambda entry: (entry.collection, entry.version or 0)):
        if artifact.version is not None:
            yield (
                f"{artifact.collection}:v{artifact.version}",
                {
                    "type": artifact.type,
                    "digest": artifact.digest,
                    "aliases": state.aliases_of(artifact),
                    "metadata": json.loads(artifact.metadata or "{}"),
                    "made by": artifact.run and state.run_by_id(artifact.run).display_name,
                    "files": {path: entry["digest"] for path, entry in artifact.manifest["contents"].items()},
                },
            )
