"""What is guessed right after the last epoch, by the labels as they are now and as they were given."""

import statistics as descriptive
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from mnist_viz.store import tables
from mnist_viz.store.corrections import GIVEN, Corrections

Row = dict[str, Any]  # by column; None where there is no value

OF_CORRECTED = {
    "test_images_given": "test images with a given label",
    "errors_given": "guesses that are not the given label, after the last epoch, mean over the seeds",
    "errors_given_sd": "their standard deviation over the seeds",
    "accuracy_given": "share of guesses that are the given label, mean over the seeds",
    "accuracy_given_sd": "its standard deviation over the seeds",
    "corrected_images": "test images with a corrected label",
    "excluded_images": "test images that are not counted",
    "corrections_sha256": "of the file that says so",
}
"""Further columns where test labels are corrected; the others then are by the corrected labels."""


def last_right(folder: Path, label: str = "truth") -> tuple[np.ndarray, np.ndarray]:
    """Ids int32 [N] of the test images whose `label`, truth or given, is known, ascending, and whether the guess after
    the last epoch is that, bool [N]."""
    table = tables.read(folder / "predictions.parquet", tables.predictions, ["epoch", "id", "guess", label])
    last = table.filter((pc.field("epoch") == pc.max(table["epoch"])) & pc.field(label).is_valid()).sort_by("id")
    return last["id"].to_numpy(), last["guess"].to_numpy() == tables.truth(last, label)


def as_given(results: Path, members: list[str], corrections: Corrections) -> Row:
    """The columns OF_CORRECTED of replicates that did not diverge."""
    right = [last_right(results / member, GIVEN)[1] for member in members]
    numbers: Row = {
        "corrected_images": corrections.corrected,
        "excluded_images": corrections.excluded,
        "corrections_sha256": corrections.sha256,
    }
    if right:
        numbers["test_images_given"] = len(right[0])
        numbers |= mean_and_spread("errors_given", [int((~each).sum()) for each in right])
        numbers |= mean_and_spread("accuracy_given", [float(each.mean()) for each in right])
    return {column: numbers.get(column) for column in OF_CORRECTED}


def mean_and_spread(name: str, values: list[float]) -> Row:
    """Mean and standard deviation (with n - 1), the latter None for a single value."""
    return {name: descriptive.fmean(values), f"{name}_sd": descriptive.stdev(values) if len(values) > 1 else None}


def in_words(rows: list[Row]) -> str:
    """What the table's numbers are of where test labels are corrected."""
    first = rows[0]
    images = next((row["test_images_given"] for row in rows if row["test_images_given"] is not None), 0)
    return (
        f"- Test labels: {first['corrected_images']:,} corrected, {first['excluded_images']:,} images excluded, by the "
        f"file with the SHA-256 {first['corrections_sha256']}. All numbers are by the corrected labels, but for the "
        f"errors with the given labels, which are of {images:,} images."
    )
