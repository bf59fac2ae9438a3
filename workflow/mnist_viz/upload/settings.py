"""Where an upload goes and what is said of its runs: every setting from one place.

W&B's own variables come first, as for W&B's client, then the configuration, then the files that `wandb login --host`
and `wandb init` write. These are read here: the client itself is given folders of its own (`client.confine`) and would
not find them.
"""

import configparser
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mnist_viz.config.models import WORD
from mnist_viz.job.environment import get
from mnist_viz.upload import variables


@dataclass(frozen=True)
class Description:
    """What is said of a run besides its configuration."""

    group: str
    notes: str | None = None
    tags: tuple[str, ...] = ()


def section(configured: dict[str, Any]) -> dict[str, Any]:
    """The section wandb: of the configuration as it counts: mode, project, entity and server.

    `entity` stays None for the account's own, `server` for the client's own, and offline, where there is none.
    ValueError names what cannot be.
    """
    mode = variables.mode(configured["mode"])
    if mode == "disabled":
        return {**configured, "mode": mode}
    told = {
        "mode": mode,
        "project": _named("WANDB_PROJECT") or configured["project"],
        "entity": _named("WANDB_ENTITY") or configured["entity"],
        "server": None,
    }
    if mode == "online":
        server = get("WANDB_BASE_URL") or configured.get("server")
        check_server(server, "WANDB_BASE_URL" if get("WANDB_BASE_URL") else "wandb: server:")
        if not (server and told["entity"]):
            for path in user_files():
                own = read(path)
                told["entity"] = told["entity"] or own.get("entity")
                if not server:
                    server = own.get("base_url")
                    check_server(server, f"base_url in {path}")
        told["server"] = server and server.rstrip("/")
    return {**configured, **told}


def description(dataset: str) -> Description:
    """What W&B's variables say of the runs; without WANDB_RUN_GROUP they are grouped by dataset."""
    tags = (tag.strip() for tag in (get("WANDB_TAGS") or "").split(","))
    return Description(get("WANDB_RUN_GROUP") or dataset, get("WANDB_NOTES"), tuple(dict.fromkeys(filter(None, tags))))


def user_files() -> list[Path]:
    """The files with the user's settings of W&B, those that count more first: of this folder, of all."""
    of_all = Path(get("WANDB_CONFIG_DIR") or "~/.config/wandb").expanduser()
    return [Path(get("WANDB_DIR") or ".", "wandb", "settings"), of_all / "settings"]


def read(path: Path) -> dict[str, str]:
    """The settings in one of W&B's files; none if there is no file. ValueError if it can't be read.

    W&B's client goes on without it, which would take the key for one server to another.
    """
    parser = configparser.ConfigParser()
    try:
        if not path.is_file():
            return {}
        parser.read_string(path.read_text(encoding="utf-8"))
        found = dict(parser.items("default")) if parser.has_section("default") else {}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        said = " ".join(str(error).split())
        raise ValueError(
            f"W&B's settings in {path} can't be read ({said}): correct or remove that file; `wandb login` writes it"
        ) from error
    return {name: value for name, value in found.items() if value}


def check_server(address: str | None, source: str) -> None:
    """Raise ValueError if that is no address of a server, or one with a password, which W&B's client writes down."""
    if address is None:
        return
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port
        right = False
    if "@" in address:
        raise ValueError(
            f"{source} holds a user or a password, which W&B's client would write to disk. Leave them out of the "
            "address; the key belongs into WANDB_API_KEY"
        )
    if not right:
        raise ValueError(
            f"{source} is {address}, which is no address of a server; it can be one that begins with https:// or "
            "http://, or nothing for W&B's public service. Offline runs need none: mode: offline"
        )


def _named(variable: str) -> str | None:
    """The name in a variable. ValueError if it can be none."""
    name = get(variable)
    if name is not None and not re.search(WORD, name):
        raise ValueError(
            f"{variable} is {name!r}; it can be letters, digits, -, _ and . only, beginning with a letter or digit"
        )
    return name
