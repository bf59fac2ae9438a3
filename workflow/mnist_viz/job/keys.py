"""A stage's key: what its results depend on, besides the files that it reads.

The key is written into the stage's record. Where the record of results that lie there has another one, they are made
anew; nothing else decides.
"""

from typing import Any

from mnist_viz.job.code import code_digest
from mnist_viz.stages import stage
from mnist_viz.store.formats import FORMATS

Key = dict[str, Any]


def key(name: str, config: dict[str, Any], **chosen: str) -> Key:
    """The key of the stage `name`: `code`, `formats` and `config`, the part of the configuration that it depends on.

    `chosen` says what the code's modules are called where that is a matter of the configuration: dataset, model.
    """
    row = stage(name)
    return {
        "code": code_digest(tuple(module.format(**chosen) for module in row.code)),
        "formats": {each: FORMATS[each] for each in row.formats},
        "config": config,
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
    return ", ".join(changes)


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return [f"{name} was {_shown(before.get(name))}, is {_shown(now.get(name))}" for name in names]


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
