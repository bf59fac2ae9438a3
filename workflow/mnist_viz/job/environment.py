"""The environment of a job: which variables the pipeline sets, to what, and why."""

import os
from typing import NamedTuple


class Variable(NamedTuple):
    """A variable that is set unless it is set already."""

    name: str
    value: str
    reason: str


VARIABLES = (
    # Read when torch loads OpenMP, so before that. Both or none: with a policy of the user's, the count is the user's.
    Variable("OMP_WAIT_POLICY", "passive", "threads that wait soon sleep, on a CPU that another job could use"),
    Variable("GOMP_SPINCOUNT", "1000", "they spin for about as long as it takes to be woken, a quarter of a step"),
)


def set_for_jobs() -> None:
    """Set the variables in this process, whose jobs inherit them."""
    if "OMP_WAIT_POLICY" not in os.environ:
        for variable in VARIABLES:
            os.environ.setdefault(variable.name, variable.value)
