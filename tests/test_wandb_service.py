"""Names and addresses of W&B's public service are the installed client's: named in the documentation, nowhere else."""

import re
from urllib.parse import urlsplit

import pytest
import wandb

from mnist_viz.upload import reach, wandb_internals
from tests.conftest import PROJECT

HOSTS = re.compile(r"\b(?:[\w-]+\.)*(?:wandb\.ai|coreweave\.com)\b")


def test_no_module_rule_or_profile_names_a_host_of_the_service() -> None:
    files = [path for folder in ("workflow", "profiles") for path in (PROJECT / folder).rglob("*") if path.is_file()]
    texts = {path: path.read_bytes().decode(errors="replace") for path in files if "__pycache__" not in path.parts}
    assert [path for path, text in texts.items() if HOSTS.search(text)] == []


def test_documentation_names_the_hosts_of_the_installed_client_to_those_who_run_a_cluster() -> None:
    text = (PROJECT / "docs" / "wandb.md").read_text()
    of_client = wandb.Settings()
    for address in (of_client.base_url, of_client.app_url):
        assert f"| `{urlsplit(address).hostname}` |" in text
    assert f"({wandb_internals.VERSION})" in text
    assert "wandb.md#what-a-cluster-has-to-let-through" in (PROJECT / "docs" / "cluster.md").read_text()


def test_server_is_the_clients_own_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_BASE_URL", raising=False)
    assert reach.server() == wandb.Settings().base_url
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org/")
    assert reach.server() == "https://wandb.example.org"
