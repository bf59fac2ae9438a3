"""What the pipeline changes inside Snakemake (9.27.1) and its plugins, which have no interface for it.

Importing this module changes nothing; its functions do, for the process that calls them.
"""

import json
from pathlib import Path
from typing import Any

from snakemake import dag, io, persistence

from mnist_viz.job.plan import Plan
from mnist_viz.stages import STAGES


class Changed:
    """Stands where Snakemake has the parameters that changed, and is shown as the reason why a job runs."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def plan_by_records(root: Path) -> None:
    """Let records decide what runs again, instead of Snakemake's private folder and time stamps.

    Snakemake knows only what itself has made in this place: results that were copied, cloned or restored count as up
    to date for any configuration. A job runs if an output is missing, if its record differs from the plan (see
    `Plan.change`) or if a job before it runs.
    """
    plan = Plan(root)
    rules = {row.rule for row in STAGES}

    def params_changed(_self: object, job: Any, file: object = None) -> Changed:
        if job.rule.name not in rules:
            return Changed("")
        return Changed(plan.change(Path(job.output.record), json.loads(job.params.key)))

    async def is_newer(_self: object, _time: float) -> bool:
        return False

    async def check_output_mtime(_self: object, _job: object, _outputs: object) -> None:
        """No clock decides whether an output is right, so none has to be right."""

    for kind in (persistence.PersistenceBase,):
        kind.params_changed = params_changed
        kind.has_metadata = lambda _self, _job: True
        kind.has_outdated_metadata = lambda _self, _job: False
        kind.input_changed = kind.code_changed = kind.software_stack_changed = lambda _self, _job, file=None: ()
    io._IOFile.is_newer = is_newer
    dag.DAG.check_output_mtime = check_output_mtime
