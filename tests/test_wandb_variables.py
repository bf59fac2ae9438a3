"""What a shell has of W&B's variables, from a sweep, a notebook or another project, changes no upload."""

import os
from pathlib import Path

import pytest

from mnist_viz.upload import settings
from tests.conftest import Project
from tests.wandb_server import Server
from tests.wandb_server.uploads import Picture, check_complete, receipt, upload

STALE = "4-9999999-unix-L25vd2hlcmUvc29ja2V0"
LEFT_BEHIND = {
    "WANDB_SERVICE": STALE,  # of a client that has ended
    "WANDB_DEBUG": "true",
    "WANDB_CORE_DEBUG": "true",
    "WANDB_SWEEP_ID": "abcdefgh",
    "WANDB_RUN_ID": "of-another",
    "WANDB_RESUME": "must",
    "WANDB_DISABLED": "true",
    "WANDB_TAGS": "",
}

SECTION = {"mode": "offline", "project": "mnist-viz", "entity": None, "server": None, "capture": False}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No variable of W&B's, and an empty home folder, which is the current one."""
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(home: Path, text: str) -> Path:
    """Write the user's settings of W&B."""
    path = home / ".config" / "wandb" / "settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_upload_takes_none_of_what_others_left_and_no_file_has_the_key(
    root: Path, server: Server, clean: Picture
) -> None:
    done = upload(root, "baseline", server, **LEFT_BEHIND)
    assert done.status == 0, done.text
    check_complete(server, root, clean)
    said = [line for line in done.text.splitlines() if "not taken from the environment" in line]
    assert len(said) == 1 and all(name in said[0] for name, value in LEFT_BEHIND.items() if value), done.text
    assert STALE not in done.text
    files = [path for path in root.rglob("*") if path.is_file()]
    assert [path for path in files if server.key.encode() in path.read_bytes()] == []


def test_offline_run_needs_neither_server_nor_key(root: Path) -> None:
    bad = {"WANDB_BASE_URL": "wandb.example.org", "WANDB_API_KEY": "short", "WANDB_HTTPS_PROXY": "nonsense"}
    done = upload(root, "baseline", None, mode="offline", **LEFT_BEHIND, **bad, WANDB_MODE="")
    assert done.status == 0, done.text
    told = receipt(root, "baseline")
    assert told["mode"] == "offline" and told["project"] == "mnist-viz"
    assert not any(name in done.text for name in bad)


@pytest.mark.parametrize(
    "address",
    ["wandb.example.org", "wandb.example.org:8080", "ftp://wandb.example.org", "https://", "https://host:port"],
)
def test_an_address_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", address)
    monkeypatch.setenv("WANDB_MODE", "online")
    with pytest.raises(ValueError, match=f"WANDB_BASE_URL is {address}, .* begins with https://"):
        settings.section(SECTION)
    monkeypatch.setenv("WANDB_MODE", "")
    assert settings.section(SECTION) == SECTION


def test_password_in_the_address_is_refused_before_anything_runs_and_not_shown(project: Project) -> None:
    address = {"WANDB_BASE_URL": "https://person:pass-phrase@wandb.example.org"}
    outcome = project.snakemake("-n", WANDB_MODE="online", **address)
    assert outcome.status != 0 and "WANDB_BASE_URL holds a user or a password" in outcome.text
    assert "pass-phrase" not in outcome.text and "Traceback" not in outcome.text
    assert project.snakemake("-n", WANDB_MODE="offline", **address).status == 0


PLACES = {
    "server": ("WANDB_BASE_URL", "https://of-variable.example.org", "server"),
    "entity": ("WANDB_ENTITY", "of-variable", "entity"),
    "project": ("WANDB_PROJECT", "of-variable", "project"),
}


@pytest.mark.parametrize(("variable", "value", "key"), PLACES.values(), ids=PLACES.keys())
def test_variable_wins_over_the_configuration_and_that_over_the_users_settings(
    monkeypatch: pytest.MonkeyPatch, home: Path, variable: str, value: str, key: str
) -> None:
    of_file = {"server": "https://of-file.example.org", "entity": "of-file", "project": "mnist-viz"}
    write(home, f"[default]\nbase_url = {of_file['server']}/\nentity = of-file\nproject = of-file\n")
    online = {**SECTION, "mode": "online"}
    assert settings.section(online)[key] == of_file[key]
    own = {**online, "server": "https://own.example.org", "entity": "own", "project": "own"}
    assert settings.section(own) == own
    monkeypatch.setenv(variable, value)
    assert settings.section(own) == {**own, key: value}
    monkeypatch.setenv(variable, "")
    assert settings.section(own) == own


def test_settings_of_the_project_folder_win_over_those_of_the_home(home: Path) -> None:
    write(home, "[default]\nbase_url = https://of-home.example.org\nentity = of-home\n")
    (home / "wandb").mkdir()
    (home / "wandb" / "settings").write_text("[default]\nentity = of-folder\n")
    found = settings.section({**SECTION, "mode": "online"})
    assert (found["entity"], found["server"]) == ("of-folder", "https://of-home.example.org")


@pytest.mark.parametrize("text", ["base_url = x", "[default]\nbase_url = https://a:b@c\n", "[default]\nbase_url = c\n"])
def test_settings_that_lead_nowhere_are_refused_by_their_file_online_alone(home: Path, text: str) -> None:
    path = write(home, text)
    assert settings.section(SECTION) == SECTION
    with pytest.raises(ValueError, match=str(path)):
        settings.section({**SECTION, "mode": "online"})


def test_names_that_cannot_be_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("WANDB_ENTITY", "a/b")
    with pytest.raises(ValueError, match="WANDB_ENTITY is 'a/b'; it can be letters"):
        settings.section(SECTION)
    assert settings.section({**SECTION, "mode": "disabled"})["entity"] is None


def test_where_it_goes_decides_what_runs_again_and_what_is_said_of_it_does_not(project: Project) -> None:
    said = {"WANDB_RUN_GROUP": "a", "WANDB_NOTES": "b", "WANDB_TAGS": "c", "WANDB_BASE_URL": "https://a.example.org"}
    assert project.dry_run(**said) == set()
    outcome = project.snakemake("-n", WANDB_ENTITY="a-team")
    assert outcome.status == 0 and "'entity': 'a-team'" in outcome.text, outcome.text
    assert "upload_variant" in outcome.text and "train_variant" not in outcome.text
    assert "WANDB_PROJECT is '-'" in project.snakemake("-n", WANDB_PROJECT="-").text
