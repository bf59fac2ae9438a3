"""The explorer for predictions made elsewhere: one table, or a folder of them, becomes one HTML file.

From Python, in a notebook or not: `explore(table)` takes a pandas, Polars or Arrow table.
"""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mnist_viz.explore import results
from mnist_viz.explore.gather import gather
from mnist_viz.explore.sources import Source, from_memory, from_path
from mnist_viz.explorer.collect import Collection
from mnist_viz.explorer.page import assemble
from mnist_viz.store.files import atomic

__all__ = ["Page", "explore"]

HEIGHT = 860  # pixels of the frame in a notebook


class Page:
    """An explorer. It is shown where a notebook shows values; `write` keeps it as a file."""

    def __init__(self, collection: Collection) -> None:
        self.notes = collection.notes
        """What the table lacks, and what was taken in its place; the page says it, too."""
        self.html = assemble(collection)

    def write(self, path: Path | str = "explorer.html") -> Path:
        """Write the page, whole or not at all. WriteError says why it can't be written."""
        with atomic(path) as temporary:
            temporary.write_text(self.html, encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        """The page in a frame, of an origin of its own: it can reach nothing of the notebook."""
        content = base64.b64encode(self.html.encode()).decode()
        return (
            f'<iframe title="explorer" src="data:text/html;charset=utf-8;base64,{content}" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )


def explore(table: Any, images: Path | str | None = None, name: str = "") -> Page:
    """The explorer of a table of predictions.

    `table` is a pandas, Polars or Arrow table, a mapping from variants' names to such tables, or the path of a file
    (CSV, Parquet, `.table.json`), of a folder of files or of a results folder of this pipeline. It has a row a
    prediction, with the columns truth, guess and a score or logit of each class, named `score_cat`, `prob_cat`,
    `logit_cat` or `cat`; variant, epoch, id and image may be there. `images` is the folder in which pictures lie that
    are given by paths, `name` the heading's.

    Raises ValueError that names what is missing or contradicts itself.
    """
    folder = Path(images) if images is not None else None
    if folder is not None and not folder.is_dir():
        raise ValueError(f"{folder} is no folder; name the one in which the pictures lie")
    sources: Iterable[Source]
    if isinstance(table, (str, Path)):
        dataset = results.dataset(Path(table))
        sources = results.sources(Path(table)) if dataset else from_path(Path(table))
        name = name or dataset or Path(table).resolve().name
    elif isinstance(table, Mapping):
        if not table:
            raise ValueError("there is no table to explore: the mapping is empty")
        sources = [from_memory(each, str(variant)) for variant, each in table.items()]
    else:
        sources = [from_memory(table, "predictions")]
    return Page(gather(sources, folder, name or "predictions"))
