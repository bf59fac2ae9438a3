"""Measure what a variant costs on SLURM beside its own work: many small ones locally, unpacked and packed by eight.

    PYTHONPATH=workflow python -m tests.benchmarks.cluster [--variants 48] [--json cluster.json]

Training and inference on the sample, threads 1, on two cores of a SLURM of one node (tests/cluster/start_slurm), with
the shipped profile; only the intervals at which it looks are shortened. The overhead of a variant is the wall time
above that of the same work without SLURM, divided by their number.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.test_slurm import QUICK
from tests.conftest import copy_project

CONFIG = ["dataset={name: sample}", "defaults={epochs: 1, l1_size: 4, l2_size: 8, threads: 1}"]
WAYS = {
    "locally": ["--cores", "2"],
    "SLURM, a job each": ["--profile", "profiles/slurm", *QUICK, "--group-components", "variants_auto=1"],
    "SLURM, packed by eight": ["--profile", "profiles/slurm", *QUICK, "--group-components", "variants_auto=8"],
}


def wall(variants: int, arguments: list[str], folder: Path) -> float:
    """Seconds that training and inference take, the sample being there already."""
    copy_project(folder)
    (folder / "config.yaml").write_text(f"variants: {{small: {{}}}}\nseeds: {list(range(variants))}\n")
    snakemake, quietly = [sys.executable, "-m", "snakemake"], ["--quiet", "all", "--config", *CONFIG]
    subprocess.run([*snakemake, "data", "--cores", "2", *quietly], cwd=folder, check=True)
    began = time.perf_counter()
    subprocess.run([*snakemake, "predict", *arguments, *quietly], cwd=folder, check=True)
    seconds = time.perf_counter() - began
    assert len(list((folder / "demo/results").glob("*/predictions.parquet"))) == variants
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cluster", description=__doc__)
    parser.add_argument("--variants", type=int, default=48, help="how many (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="a file for the same figures")
    arguments = parser.parse_args()
    print(f"{arguments.variants} variants, {os.cpu_count()} cores\n")
    print("| | wall s | overhead a variant s |\n| --- | --- | --- |")
    seconds: dict[str, float] = {}
    for way, how in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds[way] = wall(arguments.variants, how, Path(folder) / "project")
        overhead = (seconds[way] - seconds["locally"]) / arguments.variants
        print(f"| {way} | {seconds[way]:.0f} | {overhead:.1f} |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(seconds, indent=2) + "\n")


if __name__ == "__main__":
    main()
