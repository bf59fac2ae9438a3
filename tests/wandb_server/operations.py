"""The GraphQL operations of the client, each a function from its variables to the whole answer it may ask for.

The client picks what it wants from an answer, so no query has to be interpreted: an operation is known by its name.
"""

import json
import re
from typing import Any

from tests.wandb_server.state import ENTITY, Artifact, Refused, Run, State, now

Variables = dict[str, Any]
PROJECT_NUMBER = "1"


def answer(state: State, base: str, query: str, variables: Variables) -> tuple[str, dict[str, Any]]:
    """The operation's name and its `data`; `base` is the server's address, for the addresses of files."""
    found = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
    name = found[1] if found else ""
    if name not in OPERATIONS:
        raise Refused(f"this stand-in does not know the operation {name!r}")
    with state.lock:
        return name, OPERATIONS[name](state, base, variables)


def viewer(state: State, base: str, variables: Variables) -> dict[str, Any]:
    person = {"id": "VXNlcjox", "name": ENTITY, "username": ENTITY, "entity": ENTITY, "email": "person@example.org"}
    lists = {"teams": {"edges": [{"node": {"name": ENTITY}}]}, "apiKeys": {"edges": []}}
    return {"viewer": {**person, **lists, "flags": "{}", "admin": False, "deletedAt": None}}


def server_features(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"serverInfo": {"features": []}}


def server_info(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"serverInfo": {"cliVersionInfo": "{}", "latestLocalVersionInfo": None}}


def organization(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"entity": {"organization": None, "xxhashDigestsEnabled": False, "user": None}}


def digest_algorithm(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"project": {"artifactType": {"artifactCollection": None}}}


# Runs


def _project(entity: str, project: str) -> dict[str, Any]:
    owner = {"id": "RW50aXR5OjE=", "name": entity}
    return {"id": "UHJvamVjdDox", "internalId": PROJECT_NUMBER, "name": project, "entity": owner, "readOnly": False}


def _run(run: Run) -> dict[str, Any]:
    last = json.loads(run.history[-1])["_step"] if run.history else -1
    keys = {key for row in run.rows() for key in row}
    return {
        "__typename": "Run",
        "id": run.id,
        "name": run.name,
        "displayName": run.display_name,
        "description": None,
        "notes": None,
        "sweepName": None,
        "tags": [],
        "group": run.group,
        "jobType": None,
        "commit": None,
        "readOnly": False,
        "state": run.state,
        "stopped": False,
        "projectId": PROJECT_NUMBER,
        "project": _project(run.entity, run.project),
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


def _found(state: State, variables: Variables) -> Run:
    name = variables.get("runName") or variables.get("run") or variables.get("name") or ""
    run = state.run(variables.get("entity") or variables.get("entityName"), variables["project"], name)
    if run is None:
        raise Refused(f"run {name} not found")
    return run


def upsert_bucket(state: State, base: str, variables: Variables) -> dict[str, Any]:
    name, storage_id = variables.get("name"), variables.get("id")
    if name:
        place = (variables.get("entity") or ENTITY, variables["project"], name)
        inserted = place not in state.runs
        if inserted:
            entity, project, _ = place
            state.runs[place] = Run(state.new_id("Run"), name, entity, project, now(), display_name=name)
        run = state.runs[place]
    else:
        run, inserted = state.run_by_id(storage_id), False
    if variables.get("displayName"):
        run.display_name = variables["displayName"]
    run.group = variables.get("groupName") or run.group
    if variables.get("config"):
        run.config.update(json.loads(variables["config"]))
    if variables.get("summaryMetrics"):
        run.summary.update(json.loads(variables["summaryMetrics"]))
    run.state = variables.get("state") or "running"
    run.fields.update({key: value for key, value in variables.items() if value is not None})
    return {"upsertBucket": {"bucket": _run(run), "inserted": inserted}}


def run_resume_status(state: State, base: str, variables: Variables) -> dict[str, Any]:
    entity = variables.get("entity") or ENTITY
    run = state.run(entity, variables["project"], variables["name"])
    return {"model": {**_project(entity, variables["project"]), "bucket": _run(run) if run else None}}


def run_of_project(state: State, base: str, variables: Variables) -> dict[str, Any]:
    name = variables.get("name") or variables.get("run") or variables.get("runName") or variables.get("runId")
    entity, project = (variables.get(key) or variables.get(f"{key}Name") for key in ("entity", "project"))
    run = state.run(entity, project, name)
    return {"project": {**_project(entity or ENTITY, project), "run": _run(run) if run else None}}


def runs(state: State, base: str, variables: Variables) -> dict[str, Any]:
    found = [run for run in state.runs.values() if run.project == variables["project"]]
    edges = [{"node": _run(run), "cursor": run.id} for run in found]
    listed = {"edges": edges, "pageInfo": _last_page()}
    return {"project": {**_project(variables["entity"], variables["project"]), "runCount": len(found), "runs": listed}}


def parquet_history(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"project": {"run": {"parquetHistory": {"parquetUrls": [], "liveData": []}}}}


def history_page(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = _found(state, variables)
    steps = range(variables["minStep"], variables["maxStep"])
    return {"project": {"run": {"history": [line for line in run.history if json.loads(line)["_step"] in steps]}}}


def sampled_history(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run, spec = _found(state, variables), json.loads(variables["spec"])
    keys = spec["keys"]
    rows = [{key: row[key] for key in keys} for row in run.rows() if all(key in row for key in keys)]
    within = [row for row in rows if spec["minStep"] <= row["_step"] <= spec["maxStep"]]
    return {"project": {"run": {"sampledHistory": [within[: spec["samples"]]]}}}


def create_run_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = _found(state, variables)
    place = f"{base}/upload/run/{run.entity}/{run.project}/{run.name}"
    files = [{"name": name, "uploadUrl": f"{place}/{name}"} for name in variables["files"]]
    return {"createRunFiles": {"runID": run.id, "uploadHeaders": [], "files": files}}


def run_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = _found(state, variables)
    wanted = variables.get("fileNames") or list(run.files)
    place = f"{base}/files/{run.entity}/{run.project}/{run.name}"
    nodes = [
        {"id": name, "name": name, "url": f"{place}/{name}", "directUrl": f"{place}/{name}", "md5": ""}
        | {"sizeBytes": str(len(run.files[name])), "mimetype": "", "updatedAt": now()}
        for name in wanted
        if name in run.files
    ]
    edges = [{"node": node, "cursor": node["name"]} for node in nodes]
    listed = {"fileCount": len(run.files), "files": {"edges": edges, "pageInfo": _last_page()}}
    return {"project": {"internalId": PROJECT_NUMBER, "run": listed}}


def mark_run_files_uploaded(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"markRunFilesUploaded": {"success": True}}


# Artifacts


def _last_page() -> dict[str, Any]:
    return {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False}


def _collection(artifact: Artifact) -> dict[str, Any]:
    project = _project(artifact.entity, artifact.project)
    name = artifact.collection
    return {"__typename": "ArtifactSequence", "id": f"{name}@{artifact.project}", "name": name, "project": project}


def _artifact(state: State, artifact: Artifact) -> dict[str, Any]:
    entries = artifact.manifest.get("contents", {}).values()
    maker = state.run_by_id(artifact.run) if artifact.run else None
    users = [run for run in state.runs.values() if artifact.id in run.used]
    return {
        "__typename": "Artifact",
        "id": artifact.id,
        "artifactSequence": _collection(artifact),
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
        "aliases": [{**alias, "artifactCollection": _collection(artifact)} for alias in _aliases(state, artifact)],
        "createdBy": _run(maker) if maker else {"__typename": "User"},
        "usedBy": {"edges": [{"node": _run(run)} for run in users]},
        "currentManifest": None,
    }


def _aliases(state: State, artifact: Artifact) -> list[dict[str, Any]]:
    names = state.aliases_of(artifact)
    return [{"__typename": "ArtifactAlias", "id": f"{artifact.id}{name}", "alias": name} for name in names]


def create_artifact(state: State, base: str, variables: Variables) -> dict[str, Any]:
    wanted = variables["input"]
    place = (wanted.get("entityName") or ENTITY, wanted["projectName"], wanted["artifactCollectionName"])
    versions = state.versions(*place)
    aliases = [alias["alias"] for alias in wanted.get("aliases") or []]
    same = next((entry for entry in versions if entry.digest == wanted["digest"]), None)
    if versions and versions[0].type != wanted["artifactTypeName"]:
        raise Refused(f"{place[2]} is of the type {versions[0].type}")
    if same is not None:
        state.move_aliases(same, aliases)
        same.client_ids.add(wanted["clientID"])
        artifact = same
    else:
        run = state.run(place[0], place[1], wanted["runName"]) if wanted.get("runName") else None
        entity, project, collection = place
        artifact = Artifact(
            id=state.new_id("Artifact"),
            type=wanted["artifactTypeName"],
            collection=collection,
            entity=entity,
            project=project,
            digest=wanted["digest"],
            aliases=aliases,
            run=run.id if run else None,
            client_ids={wanted["clientID"]},
            metadata=wanted.get("metadata"),
            description=wanted.get("description"),
            step=wanted.get("historyStep"),
            created=now(),
        )
        state.artifacts[artifact.id] = artifact
    latest = state.named(*place)
    sequence = {"id": f"{place[2]}@{place[1]}", "latestArtifact": {"id": latest.id} if latest else None}
    shown = {"id": artifact.id, "state": artifact.state, "artifactSequence": sequence}
    return {"createArtifact": {"artifact": shown}}


def create_artifact_manifest(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.artifact(variables["artifactID"])
    artifact.manifest_md5 = variables["digest"]
    url = f"{base}/upload/blob?md5={_quoted(variables['digest'])}"
    file = {"id": f"{artifact.id}file", "uploadUrl": url, "uploadHeaders": [f"Content-MD5:{variables['digest']}"]}
    return {"createArtifactManifest": {"artifactManifest": {"id": f"{artifact.id}manifest", "file": file}}}


def _quoted(digest: str) -> str:
    return digest.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


def create_artifact_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    """A file whose MD5 is known already needs no upload."""
    specs = (variables.get("input") or variables)["artifactFiles"]
    edges = []
    for spec in specs:
        artifact = state.artifact(spec["artifactID"])
        artifact.born[spec["name"]] = spec["md5"]
        url = None if spec["md5"] in state.blobs else f"{base}/upload/blob?md5={_quoted(spec['md5'])}"
        node = {"id": spec["name"], "name": spec["name"], "displayName": spec["name"], "storagePath": spec["name"]}
        node |= {"uploadUrl": url, "uploadHeaders": [f"Content-MD5:{spec['md5']}"], "uploadMultipartUrls": None}
        edges.append({"node": {**node, "artifact": {"id": artifact.id}}})
    return {"createArtifactFiles": {"files": {"edges": edges}}}


def commit_artifact(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.artifact(variables["artifactID"])
    state.commit(artifact)
    return {"commitArtifact": {"artifact": {"id": artifact.id, "digest": artifact.digest}}}


def use_artifact(state: State, base: str, variables: Variables) -> dict[str, Any]:
    wanted = variables.get("input") or variables
    artifact = state.artifact(wanted["artifactID"])
    run = state.run(wanted.get("entityName"), wanted["projectName"], wanted["runName"])
    if run is None:
        raise Refused(f"run {wanted['runName']} not found")
    if artifact.id not in run.used:
        run.used.append(artifact.id)
    return {"useArtifact": {"artifact": _artifact(state, artifact)}}


def client_id_mapping(state: State, base: str, variables: Variables) -> dict[str, Any]:
    found = [entry for entry in state.artifacts.values() if variables["clientID"] in entry.client_ids]
    return {"clientIDMapping": {"serverID": found[0].id} if found else None}


def artifact_by_id(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.artifact(variables.get("id") or variables["artifact_id"])
    file = {"directUrl": f"{base}/blob?md5={_quoted(artifact.manifest_md5)}"}
    return {"artifact": {**_artifact(state, artifact), "currentManifest": {"file": file}}}


def artifact_membership(state: State, base: str, variables: Variables) -> dict[str, Any]:
    entity, project = variables.get("entity") or ENTITY, variables["project"]
    artifact = state.named(entity, project, variables["name"])
    shown = None
    if artifact:
        shown = {"__typename": "ArtifactCollectionMembership", "id": f"{artifact.id}member"}
        shown |= {"versionIndex": artifact.version, "createdAt": artifact.created, "aliases": _aliases(state, artifact)}
        shown |= {"artifactCollection": _collection(artifact), "artifact": _artifact(state, artifact)}
    return {"project": {**_project(entity, project), "artifactCollectionMembership": shown}}


def membership_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    name = f"{variables['collection']}:{variables['alias']}"
    artifact = state.named(variables["entity"], variables["project"], name)
    entries = {path: entry for path, entry in artifact.manifest["contents"].items() if "ref" not in entry}
    wanted = variables.get("fileNames") or list(entries)
    nodes = [
        {"__typename": "File", "id": path, "name": path, "url": None, "sizeBytes": entries[path]["size"]}
        | {"storagePath": None, "mimetype": None, "updatedAt": None, "digest": None, "md5": entries[path]["digest"]}
        | {"directUrl": f"{base}/blob?md5={_quoted(entries[path]['digest'])}"}
        for path in wanted
    ]
    files = {"totalCount": len(nodes), "pageInfo": _last_page(), "edges": [{"node": node} for node in nodes]}
    collection = {**_collection(artifact), "artifactMembership": {"files": files}}
    return {"project": {"artifactCollection": collection}}


def artifact_type(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.named(variables.get("entity") or ENTITY, variables["project"], variables["name"])
    return {"project": {"artifact": {"artifactType": {"name": artifact.type}} if artifact else None}}


def project_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    versions = state.versions(variables["entity"], variables["project"], variables["collection"])
    collection = None
    if versions:
        edges = [{"version": f"v{entry.version}", "node": _artifact(state, entry)} for entry in reversed(versions)]
        listed = {"totalCount": len(edges), "pageInfo": _last_page(), "edges": edges}
        collection = {**_collection(versions[0]), "artifacts": listed}
    return {"project": {"artifactType": {"artifactCollection": collection}}}


def project_artifact_collection(state: State, base: str, variables: Variables) -> dict[str, Any]:
    versions = state.versions(variables["entity"], variables["project"], variables["name"])
    shown = None
    if versions:
        shown = {**_collection(versions[0]), "description": None, "createdAt": versions[0].created, "updatedAt": None}
        shown |= {"type": {"name": versions[0].type}, "tags": {"edges": []}}
    return {"project": {"artifactType": {"artifactCollection": shown}}}


def _artifacts_of_run(state: State, found: list[Artifact]) -> dict[str, Any]:
    edges = [{"node": _artifact(state, artifact)} for artifact in found if artifact.state == "COMMITTED"]
    listed = {"totalCount": len(edges), "pageInfo": _last_page(), "edges": edges}
    return {"project": {"run": {"artifacts": listed}}}


def run_output_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = _found(state, variables)
    return _artifacts_of_run(state, [entry for entry in state.artifacts.values() if entry.run == run.id])


def run_input_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return _artifacts_of_run(state, [state.artifact(used) for used in _found(state, variables).used])


OPERATIONS = {
    "Viewer": viewer,
    "GetViewer": viewer,
    "GetDefaultEntity": viewer,
    "ServerFeaturesQuery": server_features,
    "ServerInfo": server_info,
    "OrganizationCoreWeaveOrganizationID": organization,
    "XXHashDigestsEnabled": organization,
    "FetchArtifactDigestAlgorithm": digest_algorithm,
    "UpsertBucket": upsert_bucket,
    "RunResumeStatus": run_resume_status,
    "Run": run_of_project,
    "RunState": run_of_project,
    "RunHistoryKeys": run_of_project,
    "RunStoppedStatus": run_of_project,
    "Runs": runs,
    "RunParquetHistory": parquet_history,
    "HistoryPage": history_page,
    "SampledHistoryPage": sampled_history,
    "CreateRunFiles": create_run_files,
    "RunFiles": run_files,
    "MarkRunFilesUploaded": mark_run_files_uploaded,
    "CreateArtifact": create_artifact,
    "CreateArtifactManifest": create_artifact_manifest,
    "CreateArtifactFiles": create_artifact_files,
    "CommitArtifact": commit_artifact,
    "UseArtifact": use_artifact,
    "ClientIDMapping": client_id_mapping,
    "ArtifactByID": artifact_by_id,
    "ArtifactCreatedBy": artifact_by_id,
    "ArtifactUsedBy": artifact_by_id,
    "ArtifactManifest": artifact_by_id,
    "FetchArtifactManifest": artifact_by_id,
    "ArtifactMembershipByName": artifact_membership,
    "GetArtifactMembershipFileUrls": membership_files,
    "ArtifactMembershipFiles": membership_files,
    "ArtifactType": artifact_type,
    "ProjectArtifacts": project_artifacts,
    "ProjectArtifactCollection": project_artifact_collection,
    "RunOutputArtifacts": run_output_artifacts,
    "RunInputArtifacts": run_input_artifacts,
}
