"""Divergence: a variant whose numbers are no longer finite, as the records of its training and inference say it.

Such a job ends well with the whole epochs that it has. Its record then has the entry `diverged`, with the fields of a
`Divergence`; that of the inference repeats what the training's says.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mnist_viz.job import records
from mnist_viz.terminal import counted

STAGES = ("train", "predict")
"""Whose records say it."""
SHOWN = 20
REMEDY = "Lower the learning_rate, or leave the variant out (of a sweep by `except:`)"


class Divergence(NamedTuple):
    """Why a variant has fewer epochs than it was to have."""

    reason: str
    epochs: int
    """That it has."""
    of: int
    """That it was to have."""

    def __str__(self) -> str:
        return f"{self.epochs:,} of {self.of:,} epochs: {self.reason}"


def of(record: records.Record) -> Divergence | None:
    """What a record of a training or an inference says; None if all went well. KeyError names what its entry lacks."""
    told = record.get("diverged")
    return None if told is None else Divergence(*(told[name] for name in Divergence._fields))


def entry(divergence: Divergence | None) -> records.Record:
    """What a record holds of it."""
    return {} if divergence is None else {"diverged": divergence._asdict()}


def among(results: Path, variants: Iterable[str]) -> dict[str, Divergence]:
    """The variants that diverged, by the records of their inference in the folder `results`.

    ValueError names a record that is missing or damaged.
    """
    found = {variant: of(records.read(results / variant / "predict.json")) for variant in variants}
    return {variant: divergence for variant, divergence in found.items() if divergence is not None}


def left_out(diverged: dict[str, Divergence]) -> records.Record:
    """What the record of a stage that is of all variants holds of those that it had to leave out."""
    return {"variants_diverged": {name: told._asdict() for name, told in diverged.items()}}


def end_of_run(made: Iterable[Path]) -> str:
    """What a run ends with if variants diverged, by the records `made` of its trainings and inferences.

    Empty if none did.
    """
    found: dict[str, Divergence] = {}
    for path in sorted(made, key=lambda path: STAGES.index(path.stem)):  # the inference knows more
        if (own := of(records.read(path))) is not None:
            found[path.parent.name] = own
    if not found:
        return ""
    ordered = dict(sorted(found.items()))
    return "\n".join(
        [f"{counted(len(found), 'variant')} diverged; all else is made:", *in_words(ordered), f"{REMEDY}."]
    )


def in_words(diverged: dict[str, Divergence], shown: int = SHOWN) -> list[str]:
    """A line for each of the first variants, and one for the number of the others."""
    lines = [f"{variant}  {divergence}" for variant, divergence in [*diverged.items()][:shown]]
    return lines + ([f"… and {len(diverged) - shown:,} more"] if len(diverged) > shown else [])
