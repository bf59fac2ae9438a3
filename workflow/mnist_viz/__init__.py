"""The stages of the pipeline, one module each; every stage is also a command, `python -m mnist_viz.<stage> --help`."""

import os

# Threads of torch that wait for each other sleep instead of spinning on a CPU that another job could use. Read when
# torch loads OpenMP, so set before.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
