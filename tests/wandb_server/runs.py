"""Operations on runs: begin, resume, read their history, their files."""

import json
from typing import Any

from tests.wandb_server.nodes import PROJECT_NUMBER, last_page, project_node, run_node
from tests.wandb_server.state import ENTITY, Refused, Run, State, Variables, now


def found_run(state: State, variables: Variables) -> Run:
    """The run that the variables name, by one of the names of that variable; Refused if there is none."""
    name = variables.get("runName") or variables.get("run") or variables.get("name") or ""
    run = state.run(variables.get("entity") or variables.get("entityName"), variables["project"], name)
    if run is None:
        raise Refused(f"run {name} not found")
    return run


def upsert_bucket(state: State, base: str, variables: Variables) -> dict[str, Any]:
    name, storage_id = variables.get("name"), variables.get("id")
    if name:
        if not (variables.get("entity") or state.account):
            raise Refused("entity name is required")
        place = (variables.get("entity") or state.account, variables["project"], name)
        if place in state.deleted:
            raise Refused(f"run {'/'.join(place)} was previously created and deleted; try a new run name", status=409)
        inserted = place not in state.runs
        if inserted:
            entity, project, _ = place
            state.admit_run(entity, project)
            state.runs[place] = Run(state.new_id("Run"), name, entity, project, now(), display_name=name)
        run = state.runs[place]
    else:
        run, inserted = state.run_by_id(storage_id), False
    if variables.get("displayName"):
        run.display_name = variables["displayName"]
    run.group = variables.get("groupName") or run.group
    run.notes = variables.get("notes") or run.notes
    run.tags = variables.get("tags") or run.tags
    if variables.get("config"):
        run.config.update(json.loads(variables["config"]))
    if variables.get("summaryMetrics"):
        run.summary.update(json.loads(variables["summaryMetrics"]))
    run.state = variables.get("state") or "running"
    run.fields.update({key: value for key, value in variables.items() if value is not None})
    return {"upsertBucket": {"bucket": run_node(run), "inserted": inserted}}


def run_resume_status(state: State, base: str, variables: Variables) -> dict[str, Any]:
    entity = variables.get("entity") or ENTITY
    run = state.run(entity, variables["project"], variables["name"])
    return {"model": {**project_node(entity, variables["project"]), "bucket": run_node(run) if run else None}}


def run_of_project(state: State, base: str, variables: Variables) -> dict[str, Any]:
    name = variables.get("name") or variables.get("run") or variables.get("runName") or variables.get("runId")
    entity, project = (variables.get(key) or variables.get(f"{key}Name") for key in ("entity", "project"))
    run = state.run(entity, project, name)
    return {"project": {**project_node(entity or ENTITY, project), "run": run_node(run) if run else None}}


def runs(state: State, base: str, variables: Variables) -> dict[str, Any]:
    found = [run for run in state.runs.values() if run.project == variables["project"]]
    edges = [{"node": run_node(run), "cursor": run.id} for run in found]
    listed = {"edges": edges, "pageInfo": last_page()}
    return {
        "project": {**project_node(variables["entity"], variables["project"]), "runCount": len(found), "runs": listed}
    }


def parquet_history(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = found_run(state, variables)
    place = f"{base}/history/{run.entity}/{run.project}/{run.name}"
    urls = [f"{place}/{number}.parquet" for number in range(run.export.files)] if run.export else []
    live = [{key: row[key] for key in variables["liveKeys"]} for row in run.live()] if run.export else []
    return {"project": {"run": {"parquetHistory": {"parquetUrls": urls, "liveData": live}}}}


def history_page(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = found_run(state, variables)
    steps = range(variables["minStep"], variables["maxStep"])
    rows = run.rows() if run.export is None or run.export.overlap else run.live()
    return {"project": {"run": {"history": [json.dumps(row) for row in rows if row["_step"] in steps]}}}


def sampled_history(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run, spec = found_run(state, variables), json.loads(variables["spec"])
    keys = spec["keys"]
    rows = [{key: row[key] for key in keys} for row in run.rows() if all(key in row for key in keys)]
    within = [row for row in rows if spec["minStep"] <= row["_step"] <= spec["maxStep"]]
    return {"project": {"run": {"sampledHistory": [within[: spec["samples"]]]}}}


def create_run_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = found_run(state, variables)
    place = f"{base}/upload/run/{run.entity}/{run.project}/{run.name}"
    files = [{"name": name, "uploadUrl": f"{place}/{name}"} for name in variables["files"]]
    return {"createRunFiles": {"runID": run.id, "uploadHeaders": [], "files": files}}


def run_files(state: State, base: str, variables: Variables) -> dict[str, Any]:
    run = found_run(state, variables)
    wanted = variables.get("fileNames") or list(run.files)
    place = f"{base}/files/{run.entity}/{run.project}/{run.name}"
    nodes = [
        {"id": name, "name": name, "url": f"{place}/{name}", "directUrl": f"{place}/{name}", "md5": ""}
        | {"sizeBytes": str(len(run.files[name])), "mimetype": "", "updatedAt": now()}
        for name in wanted
        if name in run.files
    ]
    edges = [{"node": node, "cursor": node["name"]} for node in nodes]
    listed = {"fileCount": len(run.files), "files": {"edges": edges, "pageInfo": last_page()}}
    return {"project": {"internalId": PROJECT_NUMBER, "run": listed}}


def mark_run_files_uploaded(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"markRunFilesUploaded": {"success": True}}


OPERATIONS = {
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
}
