"""The columns of the comparison's three tables, and what each means."""

from functools import cache

import pyarrow as pa

from mnist_viz.store import tables
from mnist_viz.store.tables import IDS, LABEL, METRICS

_VARIANT, _EPOCH = METRICS.field("variant"), METRICS.field("epoch")


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, nullable=False, metadata={"description": meaning})


def pair_scores(side: str, classes: int) -> dict[str, str]:
    """The columns of the scores of one of a pair, `a` or `b` -> those of its table of predictions."""
    return {f"{side}_{name}": name for name in tables.scores(classes) or tables.LISTS}


@cache
def disagreements(classes: int) -> pa.Schema:
    """The columns of the table of disagreements, for so many classes."""
    predicted = tables.predictions(classes)
    kind = predicted.field("guess").type
    of_many = "" if tables.scores(classes) else f"; of the {tables.TOP} highest of each alone"
    fields = [
        _column("pair", LABEL, "a and b, each a variant and an epoch, as `compare` takes them: baseline:1 baseline:5"),
        predicted.field("id"),
        predicted.field("truth"),
        _column("a_guess", kind, "the guess of the first of the pair"),
        _column("b_guess", kind, "the guess of the second, another"),
        _column("distance", pa.float32(), f"how far their scores are apart: total variation, 0 to 1{of_many}"),
    ]
    for side in "ab":
        for name, source in pair_scores(side, classes).items():
            field = predicted.field(source)
            fields.append(_column(name, field.type, f"{field.metadata[b'description'].decode()}, by {side}"))
    return pa.schema(fields)


ERRORS_OVER_TIME = pa.schema(
    [
        _VARIANT,
        _EPOCH,
        _column("errors", pa.int32(), "test images with guess != truth after this epoch"),
        _column("learned", IDS, "ids of the images wrong after the first epoch and right after this one"),
        _column("forgotten", IDS, "ids of the images right after one epoch and wrong after a later one so far"),
        _column("never_learned", IDS, "ids of the images wrong after every epoch so far"),
    ]
)


@cache
def errors_by_guess(classes: int) -> pa.Schema:
    """The columns of the table of errors by guess, for so many classes."""
    kind = tables.predictions(classes).field("guess").type
    return pa.schema(
        [
            _VARIANT,
            _column("guess", kind, "a wrong guess after the variant's last epoch"),
            _column("truth", kind, "the images' class in the dataset"),
            _column("count", pa.int32(), "test images of this truth with this guess"),
            _column("ids", IDS, "their ids"),
        ]
    )


KINDS: dict[str, tables.Kind] = {
    "disagreements": disagreements,
    "errors_over_time": ERRORS_OVER_TIME,
    "errors_by_guess": errors_by_guess,
}
"""By the table's name."""
