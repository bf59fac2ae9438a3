"""The ways to a server: proxies that lead there, proxies that are not there, an authority of one's own."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wandb_server import Fault, Server
from tests.wandb_server.http import KEY
from tests.wandb_server.proxy import Proxy
from tests.wandb_server.uploads import Picture, check_complete, upload

NAME = "wandb.test"  # no such host can be found but by the proxy
AUTHORITY = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for NAME and 127.0.0.1 that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    own = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(["openssl", "req", *AUTHORITY, *own, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    """A server that speaks HTTPS and calls itself NAME."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    with Server(name=NAME, tls=context) as running:
        yield running
    assert running.defects == []


@pytest.fixture(autouse=True)
def no_other_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies and no authorities but those that a test names."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


WAYS = [("https_proxy", "SSL_CERT_FILE"), ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE")]


@pytest.mark.parametrize(("variable", "authority"), WAYS)
def test_proxy_and_own_authority_lead_to_a_server_of_ones_own(
    root: Path, secure: Server, certificate: Path, clean: Picture, variable: str, authority: str
) -> None:
    with Proxy(NAME, secure.port) as proxy:
        given = {variable: proxy.url, authority: str(certificate / "certificate.pem")}
        done = upload(root, "baseline", secure, **given)
    assert done.status == 0, done.text
    check_complete(secure, root, clean)
    assert {line.rpartition(" ")[0] for line in proxy.asked} == {f"CONNECT {NAME}:443"}


def test_proxy_leads_to_a_server_without_tls(root: Path, clean: Picture) -> None:
    with Server(name=NAME) as server, Proxy(NAME, server.port) as proxy:
        done = upload(root, "baseline", server, http_proxy=proxy.url)
        assert done.status == 0, done.text
        check_complete(server, root, clean)
        assert proxy.asked and server.defects == []


def test_authority_that_nobody_knows_is_said_at_once_with_what_to_do(root: Path, secure: Server) -> None:
    with Proxy(NAME, secure.port) as proxy:
        done = upload(root, "baseline", secure, patience=600, https_proxy=proxy.url)
    assert done.status == 1 and f"W&B at https://{NAME}: self-signed certificate" in done.text, done.text
    assert "SSL_CERT_FILE" in done.text and "REQUESTS_CA_BUNDLE" in done.text and "Traceback" not in done.text
    assert secure.requests == []


@pytest.mark.parametrize(("scheme", "variable"), [("http", "http_proxy"), ("https", "WANDB_HTTPS_PROXY")])
def test_proxy_that_is_not_there_is_said_long_before_the_upload_gives_up(
    root: Path, scheme: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        place = f"127.0.0.1:{gone.getsockname()[1]}"
    given = {"WANDB_BASE_URL": f"{scheme}://{NAME}", "WANDB_API_KEY": KEY, variable: f"http://user:pass-phrase@{place}"}
    done = upload(root, "baseline", None, patience=600, **given)
    assert done.status == 1 and f"the proxy {place} does not lead to W&B at {scheme}://{NAME}" in done.text, done.text
    assert "Connection refused" in done.text and "no_proxy" in done.text and "pass-phrase" not in done.text
    assert not (root / "results" / "baseline" / "wandb.json").exists()


def test_proxy_that_wants_a_password_is_said_so(root: Path, server: Server) -> None:
    server.faults = [Fault("any", 407)]
    given = {"WANDB_BASE_URL": f"http://{NAME}", "http_proxy": server.url}
    done = upload(root, "baseline", server, patience=600, **given)
    assert done.status == 1 and "HTTP status 407" in done.text and server.url.removeprefix("http://") in done.text
