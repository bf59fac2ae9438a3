"""Before Snakemake reads config.yaml: where Python finds the package, and files that Snakemake would not survive."""

import atexit
import gc
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# A plan is hundreds of thousands of objects that stay. To look through them for garbage takes a sixth of planning, and a
# second for 1,000 variants when Python ends.
gc.set_threshold(1_000_000)
atexit.register(gc.freeze)

PACKAGE_FOLDER = Path(workflow.basedir) / "workflow"
# What users keep beside the Snakefile may be called as a package is: it is looked for last.
beside = [place for place in sys.path if place in ("", os.getcwd(), str(workflow.basedir))]
sys.path[:] = [str(PACKAGE_FOLDER), *(place for place in sys.path if place not in beside), *beside]

from mnist_viz.job import divergence, environment, search_path, snakemake_internals
from mnist_viz.config import ConfigError, read

snakemake_internals.mend_plugins()
snakemake_internals.allow_braces_in_path()
snakemake_internals.compact_console(workflow)
snakemake_internals.end_as_on_interrupt(workflow)
snakemake_internals.end_as_told(workflow, divergence.STAGES, divergence.end_of_run)

try:
    search_path.check(os.environ)
except search_path.ForeignPackage as error:
    raise WorkflowError(str(error)) from None
environment.set_for_jobs()

try:
    for file in filter(os.path.isfile, {"config.yaml", *map(str, workflow.configfiles)}):
        read(file)
except ConfigError as error:
    raise WorkflowError(str(error)) from None
