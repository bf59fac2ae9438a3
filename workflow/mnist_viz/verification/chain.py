"""Whether the records agree: each holds the SHA-256 of what it was made from, which the records before it made."""

from collections.abc import Mapping
from pathlib import Path

from mnist_viz.job import records
from mnist_viz.stages import maker
from mnist_viz.store.files import sha256


def broken(root: Path, contents: Mapping[Path, records.Record], record: Path) -> str:
    """Where the chain between a record and those before it is broken, in words; empty if it is whole.

    `contents` are the intact records beneath `root`, the folder of resources/ and results/. A file whose record is not
    among them is left out, as nothing is known of it.
    """
    for name, digest in contents[record]["inputs"].items():
        source = records.beside(record, name)
        own = maker(source.relative_to(root).as_posix()) if source.is_relative_to(root) else None
        if own is None or root / own not in contents:
            continue
        made = contents[root / own]["outputs"].get(records.relative(source, (root / own).parent))
        if source == root / own:
            made = sha256(source)
        if made is None:
            return f"made from {source}, which {root / own} does not name"
        if made != digest:
            return f"made from another {source}"
    return ""
