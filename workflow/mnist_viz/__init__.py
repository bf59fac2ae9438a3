"""The stages of the pipeline, one module each; every stage is also a command, `python -m mnist_viz.<stage> --help`."""

import os

# Threads of torch that wait for each other soon sleep, on a CPU that another job could use: they spin for about as long
# as it takes to be woken (GNU's OpenMP counts in spins), a quarter of a training step. Read when torch loads OpenMP, so
# set before.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
