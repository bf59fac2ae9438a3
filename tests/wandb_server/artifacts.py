"""Operations on artifacts: make, fill and commit versions, use them, read them and what runs made and used."""

from typing import Any

from tests.wandb_server.nodes import alias_nodes, artifact_node, collection_node, last_page, project_node
from tests.wandb_server.runs import found_run
from tests.wandb_server.state import ENTITY, Artifact, Refused, State, Variables, now


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
    return {"useArtifact": {"artifact": artifact_node(state, artifact)}}


def client_id_mapping(state: State, base: str, variables: Variables) -> dict[str, Any]:
    found = [entry for entry in state.artifacts.values() if variables["clientID"] in entry.client_ids]
    return {"clientIDMapping": {"serverID": found[0].id} if found else None}


def artifact_by_id(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.artifact(variables.get("id") or variables["artifact_id"])
    file = {"directUrl": f"{base}/blob?md5={_quoted(artifact.manifest_md5)}"}
    return {"artifact": {**artifact_node(state, artifact), "currentManifest": {"file": file}}}


def artifact_membership(state: State, base: str, variables: Variables) -> dict[str, Any]:
    entity, project = variables.get("entity") or ENTITY, variables["project"]
    artifact = state.named(entity, project, variables["name"])
    shown = None
    if artifact:
        shown = {"__typename": "ArtifactCollectionMembership", "id": f"{artifact.id}member"}
        shown |= {
            "versionIndex": artifact.version,
            "createdAt": artifact.created,
            "aliases": alias_nodes(state, artifact),
        }
        shown |= {"artifactCollection": collection_node(artifact), "artifact": artifact_node(state, artifact)}
    return {"project": {**project_node(entity, project), "artifactCollectionMembership": shown}}


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
    files = {"totalCount": len(nodes), "pageInfo": last_page(), "edges": [{"node": node} for node in nodes]}
    collection = {**collection_node(artifact), "artifactMembership": {"files": files}}
    return {"project": {"artifactCollection": collection}}


def artifact_type(state: State, base: str, variables: Variables) -> dict[str, Any]:
    artifact = state.named(variables.get("entity") or ENTITY, variables["project"], variables["name"])
    return {"project": {"artifact": {"artifactType": {"name": artifact.type}} if artifact else None}}


def project_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    versions = state.versions(variables["entity"], variables["project"], variables["collection"])
    collection = None
    if versions:
        edges = [{"version": f"v{entry.version}", "node": artifact_node(state, entry)} for entry in reversed(versions)]
        listed = {"totalCount": len(edges), "pageInfo": last_page(), "edges": edges}
        collection = {**collection_node(versions[0]), "artifacts": listed}
    return {"project": {"artifactType": {"artifactCollection": collection}}}


def project_artifact_collection(state: State, base: str, variables: Variables) -> dict[str, Any]:
    versions = state.versions(variables["entity"], variables["project"], variables["name"])
    shown = None
    if versions:
        shown = {
            **collection_node(versions[0]),
            "description": None,
            "createdAt": versions[0].created,
            "updatedAt": None,
        }
        shown |= {"type": {"name": versions[0].type}, "tags": {"edges": []}}
    return {"project": {"artifactType": {"artifactCollection": shown}}}


def _artifacts_of_run(state: State, found: list[Artifact]) -> dict[str, Any]:
    edges = [{"node": artifact_node(state, artifact)} for artifact in found if artifact.state == "COMMITTED"]
    listed = {"totalCount": len(edges), "pageInfo": last_page(), "edges": edges}
    return {"project": {"run": {"artifacts": listed}}}


def run_output_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = found_run(state, variables)
    return _artifacts_of_run(state, [entry for entry in state.artifacts.values() if entry.run == run.id])


def run_input_artifacts(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return _artifacts_of_run(state, [state.artifact(used) for used in found_run(state, variables).used])


OPERATIONS = {
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
