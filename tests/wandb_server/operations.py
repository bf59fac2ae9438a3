"""The GraphQL operations of the client, each a function from its variables to the whole answer it may ask for.

The client picks what it wants from an answer, so no query has to be interpreted: an operation is known by its name.
"""

import re
from typing import Any

from tests.wandb_server import artifacts, runs, views
from tests.wandb_server.state import ENTITY, Refused, State, Variables


def answer(state: State, base: str, query: str, variables: Variables) -> tuple[str, dict[str, Any]]:
    """The operation's name and its `data`; `base` is the server's address, for the addresses of files."""
    found = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
    name = found[1] if found else ""
    if name not in OPERATIONS:
        raise Refused(f"this stand-in does not know the operation {name!r}")
    with state.lock:
        return name, OPERATIONS[name](state, base, variables)


def viewer(state: State, base: str, variables: Variables) -> dict[str, Any]:
    person = {"id": "VXNlcjox", "name": ENTITY, "username": ENTITY, "email": "person@example.org"}
    lists = {"entity": state.account, "teams": {"edges": [{"node": {"name": ENTITY}}]}, "apiKeys": {"edges": []}}
    return {"viewer": {**person, **lists, "flags": "{}", "admin": False, "deletedAt": None}}


def server_features(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"serverInfo": {"features": []}}


def server_info(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"serverInfo": {"cliVersionInfo": "{}", "latestLocalVersionInfo": None}}


def organization(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"entity": {"organization": None, "xxhashDigestsEnabled": False, "user": None}}


def digest_algorithm(state: State, base: str, variables: Variables) -> dict[str, Any]:
    return {"project": {"artifactType": {"artifactCollection": None}}}


OPERATIONS = {
    "Viewer": viewer,
    "GetViewer": viewer,
    "GetDefaultEntity": viewer,
    "ServerFeaturesQuery": server_features,
    "ServerInfo": server_info,
    "OrganizationCoreWeaveOrganizationID": organization,
    "XXHashDigestsEnabled": organization,
    "FetchArtifactDigestAlgorithm": digest_algorithm,
    **runs.OPERATIONS,
    **artifacts.OPERATIONS,
    **views.OPERATIONS,
}
