"""Make of a variant's generated results those of one that diverged."""

from pathlib import Path

import pyarrow.compute as pc

from mnist_viz.job import records
from mnist_viz.job.divergence import Divergence, entry
from mnist_viz.store import tables

TABLES = {
    "train": {"history.parquet": tables.HISTORY},
    "predict": {"predictions.parquet": tables.PREDICTIONS, "metrics.parquet": tables.METRICS},
}
REASON = "the loss is nan at step 15, in epoch 4"


def diverge(folder: Path, epochs: int, of: int = 9, reason: str = REASON) -> Divergence:
    """Leave the results in `folder`, a variant's, no more than the first `epochs`."""
    told = Divergence(reason, epochs, of)
    for stage, files in TABLES.items():
        for file, schema in files.items():
            table = tables.read(folder / file, schema)
            kept = table.filter(pc.field("epoch") <= epochs)
            columns = dict(zip(kept.column_names, (column.combine_chunks() for column in kept.columns), strict=True))
            tables.write(folder / file, columns, schema, tables.dataset(folder / file))
        path = folder / f"{stage}.json"
        content = records.read(path)
        outputs = [folder / name for name in content["outputs"]]
        own = ("stage", "began", "ended", "inputs", "outputs", "software", "sha256")
        facts = {name: value for name, value in content.items() if name not in own}
        for name in ("seconds", "started"):
            if name in facts:
                facts[name] = {epoch: value for epoch, value in facts[name].items() if int(epoch) <= epochs}
        records.write(path, stage, 0.0, {}, outputs, {**facts, **entry(told)})
    return told
