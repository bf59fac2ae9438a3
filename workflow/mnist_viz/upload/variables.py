"""W&B's own environment variables: which of them an upload takes, and which it leaves out.

The client takes any of its settings from a variable `WANDB_…`. What a sweep, a notebook or another project has left in
the shell would break an upload, change where it goes, or write the key to disk.
"""

import os

from mnist_viz.job.environment import WANDB_RUNS, WANDB_SERVER, get

MODES = ("offline", "online", "disabled")
TO_REACH_THE_SERVER = frozenset(WANDB_SERVER.split())
# An upload reads these before (upload.settings) and tells the client of them itself.
READ = frozenset(WANDB_RUNS.split())
SET_BY_THE_UPLOAD = {
    *("WANDB_DIR", "WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_ARTIFACT_DIR"),
    *("WANDB_SILENT", "WANDB_ERROR_REPORTING", "WANDB_HTTP_TIMEOUT"),
}


def mode(configured: str) -> str:
    """The mode that counts: W&B's own variable WANDB_MODE wins over the configuration.

    ValueError if it is none.
    """
    chosen = get("WANDB_MODE") or configured
    if chosen not in MODES:
        raise ValueError(f"WANDB_MODE is {chosen}; it can be {', '.join(MODES[:-1])} or {MODES[-1]}")
    return chosen


def keep_own(mode: str, server: str | None) -> list[str]:
    """Unset every variable of W&B's but, in mode online, those that lead to the server, and set its address.

    Returns the names that no upload takes or sets, in order.
    """
    kept = TO_REACH_THE_SERVER if mode == "online" else frozenset()
    unset = [name for name in sorted(os.environ) if name.startswith("WANDB_") and not (name in kept and get(name))]
    if mode == "online" and server:
        os.environ["WANDB_BASE_URL"] = server
    known = {*TO_REACH_THE_SERVER, *READ, *SET_BY_THE_UPLOAD}
    return [name for name in unset if os.environ.pop(name) and name not in known]
