"""Whether what lies between here and W&B's server lets anything through.

The client tries for as long as the upload is patient, which is right for a server that is away for a while, and useless
where a proxy is not there at all.
"""

import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mnist_viz.job import environment
from mnist_viz.job.causes import innermost

if TYPE_CHECKING:
    import requests

ANSWER_SECONDS = 10  # for one request
TRIES = (0, 2, 5)  # seconds before each request through a proxy that does not answer


def trust() -> None:
    """Let both halves of the client trust the same authorities, where one alone was told: its service reads
    SSL_CERT_FILE, its Python half what requests reads.
    """
    of_service = environment.get("SSL_CERT_FILE")
    of_python = environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE")
    if either := of_service or of_python:
        os.environ.update(SSL_CERT_FILE=of_service or either, REQUESTS_CA_BUNDLE=of_python or either)


def server() -> str:
    """The address of W&B's server, known also where the client's service did not start."""
    import wandb

    return (environment.get("WANDB_BASE_URL") or wandb.Settings().base_url).rstrip("/")


def proxies(address: str) -> dict[str, str]:
    """The proxy for each scheme, on the way to an address: W&B's variables before everybody's."""
    from requests.utils import get_environ_proxies

    own = {scheme: environment.get(f"WANDB_{scheme.upper()}_PROXY") for scheme in ("http", "https")}
    return get_environ_proxies(address) | {scheme: proxy for scheme, proxy in own.items() if proxy}


def ask() -> "requests.Response":
    """The server's answer to the simplest of requests. Raises requests.RequestException if there is none."""
    import requests

    key = environment.get("WANDB_API_KEY")  # without one, requests looks into the netrc file, as the client does
    return requests.post(
        f"{server()}/graphql",
        json={"query": "query Viewer { viewer { id } }"},
        auth=("api", key) if key else None,
        proxies=proxies(server()),
        timeout=ANSWER_SECONDS,
    )


def check(variant: str) -> None:
    """Raise OSError if a proxy on the way to the server is not there, or nobody here trusts the server's certificate.

    What else keeps the server away may pass.
    """
    import requests
    from requests.utils import select_proxy

    proxy: str = select_proxy(server(), proxies(server())) or ""
    said = ""
    for seconds in TRIES:
        time.sleep(seconds)
        try:
            answer = ask()
        except requests.exceptions.SSLError as error:
            unknown = "CERTIFICATE_VERIFY_FAILED" in str(error)
            if not unknown or environment.get("WANDB_INSECURE_DISABLE_SSL"):
                return
            raise OSError(
                f"upload {variant}: W&B at {server()}: {innermost(error)}. Name the file with the certificate of your "
                "own authority in SSL_CERT_FILE and in REQUESTS_CA_BUNDLE: W&B's client reads both"
            ) from error
        except (requests.exceptions.ProxyError, requests.exceptions.ConnectTimeout) as error:
            said = innermost(error)
        except requests.RequestException:
            return
        else:
            if answer.status_code != requests.codes.proxy_authentication_required:
                return
            said = f"HTTP status {answer.status_code} {answer.reason}"
        if not proxy:
            return
    place = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    raise OSError(
        f"upload {variant}: the proxy {place.hostname}:{place.port or 80} does not lead to W&B at {server()}: {said}. "
        "Correct http_proxy, https_proxy or WANDB_HTTPS_PROXY, or name the server in no_proxy if there is a way without"
    )
