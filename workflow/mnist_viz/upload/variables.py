"""W&B's own environment variables: which of them an upload takes, and which it leaves out.

The client takes any of its settings from a variable `WANDB_…`. What a sweep, a notebook or another project has left in
the shell would break an upload, change where it goes, or write the key to disk.
"""

import os
from urllib.parse import urlsplit

from mnist_viz.job.environment import WANDB_SERVER, get

MODES = ("offline", "online", "disabled")
TO_REACH_THE_SERVER = frozenset(WANDB_SERVER.split())
ANYWHERE = frozenset({"WANDB_MODE", "WANDB_NOTES", "WANDB_TAGS"})
SET_BY_THE_UPLOAD = {
    *("WANDB_DIR", "WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"),
    *("WANDB_SILENT", "WANDB_ERROR_REPORTING", "WANDB_HTTP_TIMEOUT"),
}


def mode(configured: str) -> str:
    """The mode that counts: W&B's own variable WANDB_MODE wins over the configuration.

    ValueError if it is none, or if it is online and WANDB_BASE_URL is no address of a server.
    """
    chosen = get("WANDB_MODE") or configured
    if chosen not in MODES:
        raise ValueError(f"WANDB_MODE is {chosen}; it can be {', '.join(MODES[:-1])} or {MODES[-1]}")
    if chosen == "online":
        check_server()
    return chosen


def keep_own(mode: str) -> list[str]:
    """Unset every variable of W&B's that an upload in this mode does not take, and those that are empty.

    Returns the names that no upload takes or sets, in order.
    """
    kept = ANYWHERE | TO_REACH_THE_SERVER if mode == "online" else ANYWHERE
    unset = [name for name in sorted(os.environ) if name.startswith("WANDB_") and not (name in kept and get(name))]
    return [name for name in unset if os.environ.pop(name) and name not in {*TO_REACH_THE_SERVER, *SET_BY_THE_UPLOAD}]


def check_server() -> None:
    """Raise ValueError if WANDB_BASE_URL is no address, or one with a password, which W&B's client writes down."""
    address = get("WANDB_BASE_URL")
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
