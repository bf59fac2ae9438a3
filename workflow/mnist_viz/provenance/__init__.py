"""Write the provenance of all results as an RO-Crate: the workflow, the configuration, and every job with what it read
and made, by SHA-256, when, with which software, commit and hardware.

The crate follows the Provenance Run Crate profile (https://w3id.org/ro/wfrun/provenance/0.5). It holds the workflow's
code and the configuration; the results stay where they are and are described by name, digest and size. Everything
about a job is from the record that the job itself wrote.
"""

from collections.abc import Sequence
from pathlib import Path

from mnist_viz import datasets
from mnist_viz.stages import STAGES


def described(dataset: str, variants: Sequence[str], reported: bool = False, maps: Sequence[str] = ()) -> list[Path]:
    """The records of all jobs that the crate is of, beneath the dataset's folder, in the order of the stages.

    `reported` says whether the run makes a report in W&B, `maps` which variants have a map.
    """
    found = []
    for stage in STAGES:
        nothing_to_download = stage.name == "download" and not datasets.described(dataset).files
        off = stage.name == "provenance" or (stage.name == "wandb_report" and not reported)
        if not off and not nothing_to_download:
            own = maps if stage.name == "map" else variants
            found += [stage.record_of(variant) for variant in (own if stage.of_variants else [None])]
    return found
