"""A stage's key: what its results depend on, besides the files that it reads.

The key is written into the stage's record. Where the record of results that lie there has another one, they are made
anew; nothing else decides.
"""

from typing import Any

from mnist_viz.job.code import code_digest
from mnist_viz.job.model_code import digest
from mnist_viz.stages import stage
from mnist_viz.store.corrections import ENTRY
from mnist_viz.store.formats import FORMATS
from mnist_viz.training import models

Key = dict[str, Any]


def key(name: str, config: dict[str, Any], **chosen: str) -> Key:
    """The key of the stage `name`: `code`, `formats` and `config`, the part of the configuration that it depends on.

    `chosen` says what the code's modules are called where that is a matter of the configuration: dataset, model. Of a
    model of the user's own, the key has the digest of its code, too, and of corrected labels the SHA-256 of their
    file, `corrections`, and the digest of what applies them. ValueError names a file that can't be read.
    """
    row = stage(name)
    corrected = chosen.pop(ENTRY, "")
    own = digest(chosen["model"]) if "model" in chosen else None
    names = {**chosen, **({"model": models.module(chosen["model"])} if "model" in chosen else {})}
    return {
        "code": code_digest(tuple(module.format(**names) for module in row.code)),
        "formats": {each: FORMATS[each] for each in row.formats},
        "config": config,
        **({"model": own} if own else {}),
        **({ENTRY: {"sha256": corrected, "code": code_digest(("datasets.corrections",))}} if corrected else {}),
    }


def difference(recorded: Key, needed: Key) -> str:
    """How two keys differ, in words; empty if they do not."""
    changes = []
    if recorded["config"] != needed["config"]:
        changes += _changes(recorded["config"], needed["config"])
    if recorded["formats"] != needed["formats"]:
        changes.append("its file formats have changed")
    if recorded["code"] != needed["code"]:
        changes.append("its code has changed")
    if recorded.get("model") != needed.get("model"):
        changes.append("the code of its model has changed")
    if recorded.get(ENTRY) != needed.get(ENTRY):
        changes.append("the corrections of its labels have changed")
    return ", ".join(changes)


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return [f"{name} was {_shown(before.get(name))}, is {_shown(now.get(name))}" for name in names]


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
