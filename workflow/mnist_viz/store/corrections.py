"""What a file of a corrected test set says of the corrections; files of any other test set say nothing."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

    from mnist_viz.store import tables

ENTRY = "corrections"
"""The key in the metadata of a table or a split, and in a record."""
GIVEN = "given"
"""The column with the labels as they were before."""
SHOWN = 12  # digits of the digest in a sentence


class Corrections(NamedTuple):
    """How the labels of the test images were corrected."""

    sha256: str
    """Of the CSV file."""
    corrected: int
    """Test images with another label than the given one."""
    excluded: int
    """Test images without a label, which are shown and never counted."""

    def __str__(self) -> str:
        corrected, excluded = (
            f"{count:,} {what}{'' if count == 1 else 's'}"
            for count, what in ((self.corrected, "label"), (self.excluded, "image"))
        )
        return f"{corrected} corrected, {excluded} excluded (corrections {self.sha256[:SHOWN]})"

    def to_json(self) -> str:
        """As metadata of a file."""
        return json.dumps(self._asdict(), sort_keys=True)


def said(metadata: Mapping[Any, Any] | None) -> Corrections | None:
    """What the metadata of a table (bytes) or of a split (texts) says; None if the labels are the given ones."""
    content = metadata or {}
    text = content.get(ENTRY.encode(), content.get(ENTRY))
    return None if text is None else Corrections(**json.loads(text))


def recorded(record: Mapping[str, Any]) -> Corrections | None:
    """What a record says; None if it is of a test set with the given labels."""
    found = record.get(ENTRY)
    return found and Corrections(*(found[name] for name in Corrections._fields))


def entry(corrections: Corrections | None) -> dict[str, Any]:
    """The entry of a record, nothing where the labels are the given ones."""
    return {} if corrections is None else {ENTRY: corrections._asdict()}


def corrected(kind: "tables.Kind", corrections: Corrections | None, given: bool = False) -> "tables.Kind":
    """The columns of a table that says what became of the labels, and with `given` has these, too; `kind` itself where
    nothing did."""
    if corrections is None:
        return kind
    about = {ENTRY: corrections.to_json()}

    def columns(classes: int) -> "pa.Schema":
        schema = kind(classes) if callable(kind) else kind
        return (_with_given(schema) if given else schema).with_metadata(about)

    return columns


def as_written(schema: "pa.Schema", found: "pa.Schema") -> "pa.Schema":
    """The columns that a table has to have: `schema`, and the given labels where `found`, its own, says that others
    came in their place."""
    return _with_given(schema) if said(found.metadata) and GIVEN in found.names else schema


def _with_given(schema: "pa.Schema") -> "pa.Schema":
    place = schema.get_field_index("truth")
    truth = schema.field(place)
    before = "the image's class in the dataset, before corrections; null where it is not known"
    now = "the image's class by the corrections; null where it is not known, or the image is excluded"
    given = truth.with_name(GIVEN).with_metadata({"description": before})
    return schema.set(place, truth.with_metadata({"description": now})).insert(place + 1, given)
