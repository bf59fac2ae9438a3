"""Operations on views, which reports are: save, list and read them, and what a report asks of its project."""

import base64
import json
from typing import Any

from tests.wandb_server.nodes import PROJECT_NUMBER, last_page, project_node
from tests.wandb_server.state import ENTITY, Refused, State, Variables, View, now

TYPES = ("runs", "runs/draft")


def upsert_view(state: State, base: str, variables: Variables) -> dict[str, Any]:
    """A view without an id is a new one, whatever its names; with one it takes the place of that one."""
    identity = variables.get("id")
    if identity is not None and identity not in state.views:
        raise Refused(f"upsertView: view {identity} not found")
    if identity is None:
        for needed in ("entityName", "projectName", "name", "type"):
            if not variables.get(needed):
                raise Refused(f"upsertView: a new view needs {needed}")
        entity, project = variables["entityName"], variables["projectName"]
        if not any(run[:2] == (entity, project) for run in state.runs):
            raise Refused(f"upsertView: project {entity}/{project} not found")
        identity = state.new_id("View").rstrip("=")
        state.views[identity] = View(identity, entity, project, now())
        inserted = True
    else:
        inserted = False
    view = state.views[identity]
    if variables.get("type", view.type) not in TYPES:
        raise Refused(f"upsertView: no view is of the type {variables['type']!r}")
    if not isinstance(json.loads(variables["spec"]).get("blocks"), list):
        raise Refused("upsertView: the spec has no blocks")
    view.spec, view.updated = variables["spec"], now()
    view.type = variables.get("type") or view.type
    view.name = variables.get("name") or view.name
    view.display_name = variables.get("displayName") or view.display_name
    view.description = variables.get("description") or ""
    return {"upsertView": {"view": view_node(view), "inserted": inserted}}


def view_node(view: View) -> dict[str, Any]:
    """A view as an answer has it."""
    return {
        "__typename": "View",
        "id": view.id,
        "type": view.type,
        "name": view.name,
        "displayName": view.display_name,
        "description": view.description,
        "project": {**project_node(view.entity, view.project), "entityName": view.entity},
        "user": {"username": ENTITY, "photoUrl": None, "email": "person@example.org"},
        "spec": view.spec,
        "createdAt": view.created,
        "updatedAt": view.updated,
    }


def project_views(state: State, base: str, variables: Variables) -> dict[str, Any]:
    """The views of a project, the newest first, a page at a time; null if there is no such project."""
    entity, project = variables["entity"], variables["project"]
    if not any(run[:2] == (entity, project) for run in state.runs):
        return {"project": None}
    kind, name = variables.get("viewType") or "runs", variables.get("viewName")
    found = [
        view
        for view in reversed(state.views.values())
        if (view.entity, view.project, view.type) == (entity, project, kind) and name in (None, view.name)
    ]
    start = _place(variables.get("reportCursor"))
    shown = found[start : start + variables["reportLimit"]]
    edges = [{"node": view_node(view), "cursor": _cursor(start + place)} for place, view in enumerate(shown, 1)]
    more = start + len(shown) < len(found)
    page = {**last_page(), "endCursor": edges[-1]["cursor"] if edges else None, "hasNextPage": more}
    return {"project": {**project_node(entity, project), "allViews": {"edges": edges, "pageInfo": page}}}


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:{place}".encode()).decode()


def _place(cursor: str | None) -> int:
    return int(base64.b64decode(cursor).decode().removeprefix("cursor:")) if cursor else 0


def view_of_id(state: State, base: str, variables: Variables) -> dict[str, Any]:
    view = state.views.get(variables["reportId"])
    return {"view": view and view_node(view)}


def project_internal_id(state: State, base: str, variables: Variables) -> dict[str, Any]:
    entity, project = variables["entityName"], variables["projectName"]
    there = any(run[:2] == (entity, project) for run in state.runs)
    return {"project": {**project_node(entity, project), "internalId": PROJECT_NUMBER} if there else None}


def projects(state: State, base: str, variables: Variables) -> dict[str, Any]:
    names = sorted({project for entity, project, _ in state.runs if entity == variables["entity"]})
    person = {"__typename": "User", "id": "VXNlcjox", "name": ENTITY, "username": ENTITY, "email": "person@example.org"}
    person |= {"admin": False, "flags": "{}", "entity": ENTITY, "deletedAt": None}
    person |= {"apiKeys": {"edges": []}, "teams": {"edges": []}}
    facts = {"__typename": "Project", "entityName": variables["entity"], "createdAt": now(), "isBenchmark": False}
    nodes = [{**project_node(variables["entity"], name), **facts, "user": person} for name in names]
    edges = [{"node": node, "cursor": node["name"]} for node in nodes]
    return {"models": {"edges": edges, "pageInfo": last_page()}}


OPERATIONS = {
    "upsertView": upsert_view,
    "ProjectViews": project_views,
    "SpecificReport": view_of_id,
    "ProjectInternalId": project_internal_id,
    "GetProjects": projects,
}
