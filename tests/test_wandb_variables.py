"""What a shell has of W&B's variables, from a sweep, a notebook or another project, changes no upload."""

from pathlib import Path

import pytest

from mnist_viz.upload import variables
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
    "WANDB_PROJECT": "of-another",
    "WANDB_RESUME": "must",
    "WANDB_DISABLED": "true",
    "WANDB_TAGS": "",
}


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
        variables.mode("offline")
    monkeypatch.setenv("WANDB_MODE", "")
    assert variables.mode("offline") == "offline"
    monkeypatch.setenv("WANDB_BASE_URL", "")
    assert variables.mode("online") == "online"


def test_password_in_the_address_is_refused_before_anything_runs_and_not_shown(project: Project) -> None:
    address = {"WANDB_BASE_URL": "https://person:pass-phrase@wandb.example.org"}
    outcome = project.snakemake("-n", WANDB_MODE="online", **address)
    assert outcome.status != 0 and "WANDB_BASE_URL holds a user or a password" in outcome.text
    assert "pass-phrase" not in outcome.text and "Traceback" not in outcome.text
    assert project.snakemake("-n", WANDB_MODE="offline", **address).status == 0
