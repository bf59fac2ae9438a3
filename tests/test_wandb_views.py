"""The stand-in's views: its answers have what W&B's client and wandb-workspaces ask for, and are what they validate."""

import json
from typing import Any

import pytest
from wandb.apis._generated import GET_PROJECTS_GQL, GetProjects
from wandb.apis.public.reports import Reports
from wandb_workspaces.reports.v2 import gql, internal

from tests.wandb_server.operations import answer
from tests.wandb_server.selection import lacking
from tests.wandb_server.state import Refused, Run, State, now

PLACE = ("person", "mnist-viz")


@pytest.fixture
def state() -> State:
    """A server that has a run, and so a project."""
    made = State()
    made.runs[(*PLACE, "one")] = Run(made.new_id("Run"), "one", *PLACE, now())
    return made


def ask(state: State, query: str, **variables: Any) -> Any:
    """The answer to an operation, which has to have all that the operation asks for."""
    _, data = answer(state, "http://server", query, variables)
    assert lacking(query, data) == []
    return data


def save(state: State, title: str, identity: str | None = None) -> dict[str, Any]:
    spec = internal.Spec(blocks=[internal.Paragraph()]).model_dump_json(by_alias=True, exclude_none=True)
    named = {"entityName": PLACE[0], "projectName": PLACE[1], "name": f"name of {title}", "displayName": title}
    saved = ask(state, gql.upsert_view, id=identity, type="runs", description="", spec=spec, **named)["upsertView"]
    assert internal.ReportViewspec.model_validate(saved["view"]).display_name == title
    return {**saved["view"], "inserted": saved["inserted"]}


def listed(state: State, limit: int = 50, cursor: str | None = None, name: str | None = None) -> dict[str, Any]:
    asked = {"entity": PLACE[0], "project": PLACE[1], "reportLimit": limit, "reportCursor": cursor, "viewName": name}
    found: dict[str, Any] = ask(state, Reports.QUERY, **asked)["project"]["allViews"]
    return found


def test_a_view_without_an_id_is_a_new_one_and_with_it_the_same(state: State) -> None:
    first = save(state, "one")
    second = save(state, "one")
    assert first["inserted"] and second["inserted"] and first["id"] != second["id"]
    again = save(state, "another", first["id"])
    assert again["id"] == first["id"] and not again["inserted"] and len(state.views) == 2
    assert ask(state, gql.view_report, reportId=first["id"])["view"]["displayName"] == "another"
    assert ask(state, gql.view_report, reportId="no such")["view"] is None


def test_views_are_listed_in_pages_and_by_name(state: State) -> None:
    for number in range(5):
        save(state, str(number))
    seen, cursor, more = [], None, True
    while more:
        page = listed(state, limit=2, cursor=cursor)
        seen += [edge["node"]["displayName"] for edge in page["edges"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ["4", "3", "2", "1", "0"]
    (only,) = listed(state, name="name of 3")["edges"]
    assert only["node"]["displayName"] == "3"
    assert ask(state, Reports.QUERY, entity="person", project="none", reportLimit=5)["project"] is None


def test_a_project_has_an_internal_id_where_there_is_one(state: State) -> None:
    found = ask(state, gql.projectInternalId, entityName=PLACE[0], projectName=PLACE[1])["project"]
    assert found["internalId"] == "1"
    assert ask(state, gql.projectInternalId, entityName=PLACE[0], projectName="none")["project"] is None
    projects = GetProjects.model_validate_json(json.dumps(ask(state, GET_PROJECTS_GQL, entity=PLACE[0], perPage=50)))
    assert [edge.node.name for edge in projects.models.edges] == [PLACE[1]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "none"}, "view none not found"),
        ({"type": "pages"}, "no view is of the type"),
        ({"name": ""}, "needs name"),
        ({"projectName": "none"}, "project person/none not found"),
        ({"spec": "{}"}, "has no blocks"),
    ],
)
def test_what_makes_no_sense_is_refused(state: State, changes: dict[str, str], message: str) -> None:
    sent = {"id": None, "entityName": PLACE[0], "projectName": PLACE[1], "name": "n", "type": "runs"}
    with pytest.raises(Refused, match=message):
        answer(state, "http://server", gql.upsert_view, {**sent, "spec": '{"blocks": []}', **changes})


def test_an_answer_that_lacks_a_field_is_found() -> None:
    query = "query Q($a: Int = 1) { one(a: $a) { two: of(b: {c: 1}) { ...F } three } } fragment F on T { four five }"
    assert lacking(query, {"one": {"two": [{"four": 1, "five": 2}, {"four": 1}]}}) == ["one.three", "one.two.five"]
    assert lacking(query, {"one": None}) == []
