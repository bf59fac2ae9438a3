"""What is found in a source, before anything is decoded: which picture is of which class and split."""

from typing import NamedTuple

TRAIN, TEST, VALIDATION = "train", "test", "val"
SPELLINGS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing"), TEST),
    **dict.fromkeys(("val", "valid", "validation", "dev"), VALIDATION),
}
"""How folders of splits are called, in capitals or not."""


class Sample(NamedTuple):
    """A picture."""

    place: str
    """Its name, which no other has: the path of its file beneath the source, or its row."""
    label: str | None
    """The name of its class; None where that is not known."""
    split: str | None
    """TRAIN, TEST or VALIDATION; None where the source has no splits."""


class Found(NamedTuple):
    """All of a source's pictures."""

    samples: list[Sample]
    classes: list[str] | None
    """The names that the source itself gives, in its order; None where they are those of the samples."""
    notes: list[str]
    """What a user should know: what was left out."""
