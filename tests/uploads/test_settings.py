"""Server, entity and project: each from one place, in W&B's own order; and what is said of the runs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

from tests.wandb_server import Server
from tests.wandb_server.uploads import environment, receipt, upload


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server, with a key of its own."""
    with Server(key="f" * 40) as running:
        yield running
    assert running.defects == []


def login(root: Path, server: Server) -> None:
    """`wandb login --host`, which writes the address into W&B's settings and the key into the netrc file."""
    command = [str(Path(sys.executable).with_name("wandb")), "login", "--host", server.url, server.key]
    told = environment(root, None, NETRC=str(root / "home" / ".netrc"))
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


def test_server_that_login_has_noted_gets_the_upload_and_its_key_and_no_other_does(
    root: Path, server: Server, other: Server
) -> None:
    login(root, server)
    before = list(server.requests)
    trap = {"HTTPS_PROXY": other.url, "HTTP_PROXY": other.url, "NO_PROXY": "127.0.0.1", "https_proxy": other.url}
    done = upload(root, "baseline", None, NETRC=str(root / "home" / ".netrc"), **trap)
    assert done.status == 0, done.text
    assert len(server.requests) > len(before) and len(server.state.runs) == 1
    assert receipt(root, "baseline")["url"].startswith(server.url)
    assert other.requests == [] and other.accepted == 0


def test_variable_wins_over_the_file_and_each_server_sees_its_own_key_alone(
    root: Path, server: Server, other: Server
) -> None:
    for each in (other, server):  # the last is the one that is noted
        login(root, each)
    server.requests.clear()
    done = upload(root, "baseline", None, WANDB_BASE_URL=f"{other.url}/", NETRC=str(root / "home" / ".netrc"))
    assert done.status == 0, done.text
    assert server.requests == [] and len(other.state.runs) == 1
    assert other.authorizations - {""} == {other.authorization}  # the first question, whether it is there, needs none
    assert server.authorizations == {server.authorization}


def test_team_and_project_of_the_variables_are_where_it_goes_and_is_read_back(root: Path, server: Server) -> None:
    named = {"WANDB_ENTITY": "a-team", "WANDB_PROJECT": "a-project"}
    done = upload(root, "baseline", server, **named)
    assert done.status == 0, done.text
    ((place, _),) = server.state.runs.items()
    assert place[:2] == ("a-team", "a-project")
    told = receipt(root, "baseline")
    assert told["run_path"].startswith("a-team/a-project/") and told["project"] == "a-project"
    assert {name.entity for name in server.state.artifacts.values()} == {"a-team"}
    assert told["key"]["config"]["wandb"]["entity"] == "a-team"
    sent = server.uploaded
    assert upload(root, "baseline", server, **named).status == 0
    assert server.uploaded == sent and len(server.state.runs) == 1


def test_team_of_the_users_settings_is_taken_where_the_configuration_names_none(root: Path, server: Server) -> None:
    folder = root / "home" / ".config" / "wandb"
    folder.mkdir(parents=True)
    (folder / "settings").write_text(f"[default]\nentity = a-team\nbase_url = {server.url}\nproject = of-another\n")
    done = upload(root, "baseline", None, WANDB_API_KEY=server.key)
    assert done.status == 0, done.text
    ((place, _),) = server.state.runs.items()
    assert place[:2] == ("a-team", "mnist-viz")


def test_account_without_an_entity_is_asked_for_one_at_once(root: Path, server: Server) -> None:
    server.state.account = None
    done = upload(root, "baseline", server, patience=600)
    assert done.status == 1 and "wandb: entity:" in done.text and "WANDB_ENTITY" in done.text, done.text
    assert server.count("UpsertBucket") == 0 and "Traceback" not in done.text
    done = upload(root, "baseline", server, WANDB_ENTITY="a-team")
    assert done.status == 0, done.text


def test_group_notes_and_tags_go_with_the_run_and_later_ones_reach_it(root: Path, server: Server) -> None:
    said = {"WANDB_RUN_GROUP": "paper", "WANDB_NOTES": "for the paper", "WANDB_TAGS": "one, two"}
    done = upload(root, "baseline", server, **said)
    assert done.status == 0, done.text
    ((_, run),) = server.state.runs.items()
    assert (run.group, run.notes, run.tags) == ("paper", "for the paper", ["one", "two"])
    run.tags.append("by hand")
    before = server.state.picture()
    done = upload(root, "baseline", server, **{**said, "WANDB_TAGS": "three", "WANDB_NOTES": "revised"})
    assert done.status == 0, done.text
    assert (run.group, run.notes, run.tags) == ("paper", "revised", ["one", "two", "by hand", "three"])
    assert server.state.picture() == before


def test_page_in_the_place_of_the_server_is_refused_in_the_clients_words(root: Path) -> None:
    page = {"WANDB_BASE_URL": "https://wandb.ai", "WANDB_API_KEY": "f" * 40}
    done = upload(root, "baseline", None, **page)
    assert done.status == 1 and "error: the address of W&B's server: https://wandb.ai is not a valid" in done.text
    assert wandb.Settings().base_url in done.text and "pydantic" not in done.text, done.text
