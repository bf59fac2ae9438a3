"""The explorer: every prediction of every variant in one HTML file that opens from disk, without a network.

`collect` reads the tables, `pack` packs them into columns, `page` assembles the file; `curves` makes what the
report shows beside it.
"""

from collections.abc import Sequence
from pathlib import Path

from mnist_viz.explorer.collect import ROW_LIMIT, collect
from mnist_viz.explorer.curves import curves, metrics_page
from mnist_viz.explorer.maps import maps_of
from mnist_viz.explorer.page import assemble
from mnist_viz.job.log import logger
from mnist_viz.store.files import atomic


def build(
    results: Path,
    variants: Sequence[str],
    output: Path,
    row_limit: int = ROW_LIMIT,
    test: Path | None = None,
    maps: Sequence[str] = (),
) -> None:
    """Write the explorer of `variants`, whose tables lie under `results`, to `output`; with the maps of some of them.
    `test` is the test split.

    Beside it lie curves.svg and metrics.html, which need no script.
    Above `row_limit` predictions only a sample of the images that every model gets right is kept (see `collect`).
    """
    collection = collect(results, variants, row_limit, test)
    html = assemble(collection, maps_of(results, maps, collection.ids))
    files = {output: html, output.with_name("curves.svg"): curves(collection)}
    files[output.with_name("metrics.html")] = metrics_page(collection)
    for file, text in files.items():
        with atomic(file) as temporary:
            temporary.write_text(text, encoding="utf-8")
    count = len(collection.variants)
    logger.info(
        "%s: %s predictions of %d %s, %.1f MB",
        output,
        f"{collection.guess.size:,}",
        count,
        "variant" if count == 1 else "variants",
        len(html) / 1e6,
    )
