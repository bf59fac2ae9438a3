"""W&B's own environment variables: which of them an upload takes, and which it leaves out.

The client takes any of its settings from a variable `WANDB_…`. What a sweep, a notebook or another project has left in
the shell would break an upload, change where it goes, or write the key to disk.
"""

import os
from urllib.parse import urlsplit

TO_REACH_THE_SERVER = {
    "WANDB_API_KEY": "the key",
    "WANDB_IDENTITY_TOKEN_FILE": "what stands for a key where people sign in with their institution",
    "WANDB_CREDENTIALS_FILE": "where the client keeps what it got for it",
    "WANDB_BASE_URL": "the server, if it is not W&B's own",
    "WANDB_APP_URL": "where that server's pages are",
    "WANDB_HTTP_PROXY": "the way there",
    "WANDB_HTTPS_PROXY": "the way there",
    "WANDB_X_EXTRA_HTTP_HEADERS": "what a proxy on the way wants to see",
    "WANDB__EXTRA_HTTP_HEADERS": "its other spelling",
    "WANDB_INSECURE_DISABLE_SSL": "a server without a certificate that this machine knows",
}
SET_BY_THE_UPLOAD = {
    *("WANDB_DIR", "WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"),
    *("WANDB_SILENT", "WANDB_ERROR_REPORTING", "WANDB_HTTP_TIMEOUT"),
}
ANYWHERE = {
    "WANDB_MODE": "wins over the configuration",
    "WANDB_NOTES": "goes with the run",
    "WANDB_TAGS": "go with the run",
}


def given(name: str) -> str | None:
    """The variable's value; None also where it is set but empty."""
    return os.environ.get(name) or None


def keep_own(mode: str) -> list[str]:
    """Unset every variable of W&B's that an upload in this mode does not take, and those that are empty.

    Returns the names that no upload takes or sets, in order.
    """
    kept = ANYWHERE | (TO_REACH_THE_SERVER if mode == "online" else {})
    unset = [name for name in sorted(os.environ) if name.startswith("WANDB_") and not (name in kept and given(name))]
    return [name for name in unset if os.environ.pop(name) and name not in {*TO_REACH_THE_SERVER, *SET_BY_THE_UPLOAD}]


def check_server() -> None:
    """Raise ValueError if WANDB_BASE_URL is no address, or one with a password, which W&B's client writes down."""
    address = given("WANDB_BASE_URL")
    if address is None:
        return
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port
        right = False
    if "@" in address:
        raise ValueError(
            "WANDB_BASE_URL holds a user or a password, which W&B's client would write to disk. Leave them out of the "
            "address; the key belongs into WANDB_API_KEY"
        )
    if not right:
        raise ValueError(
            f"WANDB_BASE_URL is {address}, which is no address of a server; it can be one that begins with https:// or "
            "http://, such as https://api.wandb.ai. Offline runs need none: mode: offline"
        )
