"""How projects, runs and artifacts look in an answer, with every field that the client may ask for."""

import json
from typing import Any

from tests.wandb_server.state import ENTITY, Artifact, Run, State

PROJECT_NUMBER = "1"


def last_page() -> dict[str, Any]:
    """The end of a list that is not continued."""
    return {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}


def project_node(entity: str, project: str) -> dict[str, Any]:
    """A project as the client's queries see it."""
    owner = {"id": "RW50aXR5OjE=", "name": entity}
    return {"id": "UHJvamVjdDox", "internalId": PROJECT_NUMBER, "name": project, "entity": owner, "readOnly": False}


def run_node(run: Run) -> dict[str, Any]:
    """A run."""
    last = json.loads(run.history[-1])["_step"] if run.history else -1
    keys = {key for row in run.rows() for key in row}
    return {
        "__typename": "Run",
        "id": run.id,
        "name": run.name,
        "displayName": run.display_name,
        "description": None,
        "notes": run.notes,
        "sweepName": None,
        "tags": run.tags,
        "group": run.group,
        "jobType": run.fields.get("jobType"),
        "commit": None,
        "readOnly": False,
        "state": run.state,
        "stopped": False,
        "projectId": PROJECT_NUMBER,
        "project": project_node(run.entity, run.project),
        "config": json.dumps(run.config),
        "wandbConfig": json.dumps(run.config.get("_wandb", {}).get("value", {})),
        "summaryMetrics": json.dumps(run.summary),
        "systemMetrics": "{}",
        "createdAt": run.created,
        "heartbeatAt": run.created,
        "user": {"name": ENTITY, "username": ENTITY},
        "historyKeys": {"lastStep": last, "keys": {key: {} for key in keys}},
        "historyLineCount": len(run.history),
        "eventsLineCount": len(run.events),
        "logLineCount": len(run.console),
        "historyTail": json.dumps(run.history[-1:]),
        "eventsTail": json.dumps(run.events[-1:]),
    }


def collection_node(artifact: Artifact) -> dict[str, Any]:
    """The collection of an artifact's versions."""
    project = project_node(artifact.entity, artifact.project)
    name = artifact.collection
    return {"__typename": "ArtifactSequence", "id": f"{name}@{artifact.project}", "name": name, "project": project}


def artifact_node(state: State, artifact: Artifact) -> dict[str, Any]:
    """An artifact, with the runs that made and used it."""
    entries = artifact.manifest.get("contents", {}).values()
    maker = state.run_by_id(artifact.run) if artifact.run else None
    maker = maker if maker in state.runs.values() else None  # it may be deleted
    users = [run for run in state.runs.values() if artifact.id in run.used]
    return {
        "__typename": "Artifact",
        "id": artifact.id,
        "artifactSequence": collection_node(artifact),
        "versionIndex": artifact.version,
        "artifactType": {"name": artifact.type},
        "description": artifact.description,
        "metadata": artifact.metadata,
        "ttlDurationSeconds": -2,
        "ttlIsInherited": True,
        "tags": [],
        "historyStep": artifact.step,
        "state": artifact.state,
        "size": sum(entry.get("size", 0) for entry in entries),
        "digest": artifact.digest,
        "digestAlgorithm": "MANIFEST_MD5",
        "commitHash": artifact.digest,
        "fileCount": len(entries),
        "createdAt": artifact.created,
        "updatedAt": artifact.created,
        "aliases": [
            {**alias, "artifactCollection": collection_node(artifact)} for alias in alias_nodes(state, artifact)
        ],
        "createdBy": run_node(maker) if maker else {"__typename": "User"},
        "usedBy": {"edges": [{"node": run_node(run)} for run in users]},
        "currentManifest": None,
    }


def alias_nodes(state: State, artifact: Artifact) -> list[dict[str, Any]]:
    """The aliases that point to an artifact now."""
    names = state.aliases_of(artifact)
    return [{"__typename": "ArtifactAlias", "id": f"{artifact.id}{name}", "alias": name} for name in names]
