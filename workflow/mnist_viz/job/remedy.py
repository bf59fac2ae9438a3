"""The command that makes results anew as they were made, by the configuration of their run, which is on disk.

The same command without it would take what config.yaml says today, and train another model.
"""

import json
import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mnist_viz import datasets
from mnist_viz.config import Hyperparameters
from mnist_viz.job import records
from mnist_viz.stages import STAGES, Stage

LONGEST = 4000  # characters of a command that a person copies
PLAIN = re.compile(r"[A-Za-z0-9/_.][\w./+:-]*")  # texts that YAML takes as they are
UPLOADING = ("upload", "wandb_report", "provenance")  # stages that an upload is, or comes before

Entries = dict[str, Any]
"""Of a configuration."""


def command(record: Path) -> str:
    """The command that makes a record and the outputs that it is of, and nothing after them.

    Where nothing on disk says what the configuration was, or it is too long for a line, the command has FILE in its
    place, and a comment says what that is.
    """
    row = next((each for each in STAGES if Path(each.record).name == record.name), None)
    if row is None or len(record.parts) < len(Path(row.record).parts):
        return shlex.join(["snakemake", "--cores", "4", "--force", str(record)])
    root = Path(*record.parts[: -len(Path(row.record).parts)])
    dataset = datasets.owner(record)
    beginning = _beginning(record, root, datasets.described(dataset).folder)
    if row.name in ("download", "data"):
        if (section := _dataset(root, dataset)) is None:
            return f"{beginning} --configfile FILE  # FILE: the configuration of the run that made it"
        known = f"its section dataset: is in {root / 'results' / 'data.json'}"
        return _of_a_line(f"{beginning} {_options({'dataset': section})}", beginning, known)
    variants = _variants(row, record, root)
    entries = _entries(row, record, root, variants)
    section = _dataset(root, dataset)
    if entries is None or section is None:
        missing = "nothing here says it any more" if variants is None else f"of {_listed(variants)}"
        return f"{beginning} --configfile FILE  # FILE: the configuration of the run that made it; {missing}"
    mode = f"WANDB_MODE={shlex.quote(entries['wandb']['mode'])} " if "wandb" in entries else ""
    whole = f"{mode}{beginning} --replace-workflow-config {_options({'dataset': section, **entries})}"
    return _of_a_line(whole, beginning, f"its {len(variants or ()):,} variants are those of {record}")


def _of_a_line(whole: str, beginning: str, known: str) -> str:
    """The whole command, or where it is too long what it begins with, and what is `known` of its configuration."""
    if len(whole) <= LONGEST:
        return whole
    return f"{beginning} --configfile FILE  # FILE: the configuration of the run that made it; {known}"


def _beginning(record: Path, root: Path, folder: str) -> str:
    """The command without a configuration. `folder` is the dataset's, in which `root` ends if it has one of its own."""
    project = root.parents[len(Path(folder).parts) - 1] if folder else root
    place = record.relative_to(project)
    elsewhere = [] if os.path.realpath(project) == os.path.realpath(os.curdir) else ["--directory", str(project)]
    return shlex.join(["snakemake", "--cores", "4", *elsewhere, "--force", str(place)])


def _dataset(root: Path, name: str) -> Entries | None:
    """The section of the configuration; of one of the user's own None where the record of the data does not say it."""
    said = (records.intact(root / "results" / "data.json") or {}).get("corrections")
    corrected = {"corrections": said["file"]} if said else {}
    if name in datasets.NAMES:
        return {"name": name, **corrected}
    config = _recorded(root / "results" / "data.json")
    if config is None:
        return None
    given = {key: value for key, value in config.items() if key not in ("dataset", "files") and value is not None}
    return {"name": name, **given, **corrected}


def _variants(row: Stage, record: Path, root: Path) -> list[str] | None:
    """The variants whose configurations the run had to have; None if that is not known."""
    if row.of_variants:
        return [record.parts[len(root.parts) + Path(row.record).parts.index("{variant}")]]
    config = _recorded(record)
    if config is None:
        return None
    if "groups" in config:
        ordered = [config["reference"], *(name for name in config["groups"] if name != config["reference"])]
        return [member for name in ordered for member in config["groups"][name]]
    return list(config["variants"])


def _entries(row: Stage, record: Path, root: Path, variants: list[str] | None) -> Entries | None:
    """What the configuration has to say besides the dataset; None if it is not known."""
    if variants is None:
        return None
    settings = {name: own for name in variants if (own := _hyperparameters(root, name)) is not None}
    if len(settings) < len(variants):
        return None
    groups = (_recorded(record) or {}).get("groups", {})
    entries = _replicated(groups, settings) if any(list(groups[name]) != [name] for name in groups) else {}
    entries = entries or {"variants": settings}
    if maps := (_recorded(record) or {}).get("maps"):
        entries |= {"explorer": {"map": True, "map_of": maps}}
    if row.name in UPLOADING:
        uploaded = _recorded(root / "results" / variants[0] / "wandb.json")
        if uploaded is None:
            return None
        entries |= uploaded
    return entries


def _replicated(groups: dict[str, list[str]], settings: dict[str, Entries]) -> Entries:
    """The entries of variants with replicates: each group once, without its seed, in the order of `settings`."""
    group_of = {members[0]: (name, members) for name, members in groups.items()}
    own = {group_of[first][0]: settings[first] for first in settings if first in group_of}
    variants = {name: {key: value for key, value in each.items() if key != "seed"} for name, each in own.items()}
    members = next(iter(groups.values()))
    return {"variants": variants, "seeds": [settings[member].get("seed", 0) for member in members]}


def _hyperparameters(root: Path, variant: str) -> Entries | None:
    """In which hyperparameters a variant differs from the pipeline's defaults; None if nothing intact says it.

    Its training's record says it, or its config.json, or the crate.
    """
    folder = root / "results" / variant
    crate = _json(root / "results" / "provenance" / "configuration.json")
    for said in (_recorded(folder / "train.json"), _json(folder / "config.json"), (crate or {}).get(variant)):
        known = {name: value for name, value in (said or {}).items() if name not in ("variant", "dataset")}
        try:
            settings = Hyperparameters.model_validate(known)
        except ValidationError:  # damaged, or of another version of the pipeline
            continue
        if known:
            return {name: value for name, value in settings if value != type(settings).model_fields[name].default}
    return None


def _recorded(record: Path) -> Entries | None:
    """The part of the configuration in a record's key; None if it is missing or damaged."""
    content = records.intact(record)
    config: Entries | None = content["key"]["config"] if content and "key" in content else None
    return config


def _json(path: Path) -> Entries | None:
    """A mapping in a JSON file; None if it is missing or damaged."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3:,} more"


def _options(entries: Entries) -> str:
    return shlex.join(["--config", *(f"{key}={_flow(value)}" for key, value in entries.items())])


def _flow(value: object) -> str:
    """A value as YAML in a line, as Snakemake takes it behind --config."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f"[{', '.join(map(_flow, value))}]"
    if value is None or isinstance(value, bool) or (isinstance(value, str) and not PLAIN.fullmatch(value)):
        return json.dumps(value)
    return str(value)
