"""The receipt of an upload: what was uploaded, from which files, and how to find it."""

from typing import TYPE_CHECKING, Any

from mnist_viz.store.corrections import entry
from mnist_viz.upload.readback import Wanted
from mnist_viz.upload.variant import Variant

if TYPE_CHECKING:
    import wandb

Receipt = dict[str, Any]


def disabled(variant: str, dataset: str) -> Receipt:
    """The receipt of a variant that is not uploaded."""
    return {"mode": "disabled", "variant": variant, "dataset": dataset}


def head(variant: Variant, mode: str, project: str) -> Receipt:
    """What the receipt of every upload begins with."""
    return {
        "mode": mode,
        "variant": variant.name,
        "dataset": variant.dataset,
        "project": project,
        "run": variant.run_id,
        **({} if variant.attempt == 1 else {"attempt": variant.attempt}),
        **entry(variant.corrections),
        "history_rows": len(variant.training) + len(variant.evaluation),
        "tables": (logged := len(variant.with_tables) if variant.logs_tables else 0),
        "table_rows": variant.shown * logged,
    }


def of_local(want: Wanted) -> dict[str, Any]:
    """The entry of an artifact that is in an offline run."""
    return {
        "name": want.name,
        "type": want.type,
        "aliases": want.aliases,
        "digest": want.digest,
        "files": want.files,
        "bytes": want.bytes,
        "made_from": want.sources,
    }


def of_found(want: Wanted, found: "wandb.Artifact", makers: dict[str, str | None], rows: int | None) -> dict[str, Any]:
    """The entry of an artifact that the server has.

    `makers` are the runs that made what is no input (see `readback.makers`); `rows` are those of its table, None where
    it has none.
    """
    return {
        "name": want.name,
        "type": want.type,
        "qualified_name": found.source_qualified_name,
        "version": found.version,
        **({"made_by": makers[want.digest]} if want.digest in makers else {}),
        "digest": found.digest,
        "aliases": sorted(found.aliases),
        "files": found.file_count,
        "bytes": found.size,
        "made_from": want.sources,
        **({} if rows is None else {"table_rows": rows}),
    }
