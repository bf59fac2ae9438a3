"""Measure what a variant costs on SLURM beside its own work: many small ones locally, unpacked and packed by eight.

    PYTHONPATH=workflow python -m tests.benchmarks.cluster [--variants 48] [--rounds 3] [--json cluster.json]

Training and inference on the sample, threads 1, on two cores of a SLURM of one node (tests/cluster/start_slurm), with
the shipped profile; only the intervals at which it looks are shortened, to a second: the plugin's grow to half a minute
while packed jobs run, and which part of the last one is waited for would be chance. The three ways take turns. The
overhead of a variant is the median wall time above that of the same work without SLURM, divided by their number.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.test_slurm import QUICK
from tests.conftest import copy_project

CONFIG = ["dataset={name: sample}", "defaults={epochs: 1, l1_size: 4, l2_size: 8, threads: 1}"]
SNAKEMAKE = """
from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda executor: 1, lambda executor, seconds: None)
main()
"""
WAYS = {
    "locally": ["--cores", "2"],
    "SLURM, a job each": ["--profile", "profiles/slurm", *QUICK, "--group-components", "variants_auto=1"],
    "SLURM, packed by eight": ["--profile", "profiles/slurm", *QUICK, "--group-components", "variants_auto=8"],
}


def wall(variants: int, arguments: list[str], folder: Path) -> float:
    """Seconds that training and inference take, the sample being there already."""
    copy_project(folder)
    (folder / "config.yaml").write_text(f"variants: {{small: {{}}}}\nseeds: {list(range(variants))}\n")
    snakemake, quietly = [sys.executable, "-c", SNAKEMAKE], ["--quiet", "all", "--config", *CONFIG]
    subprocess.run([*snakemake, "data", "--cores", "2", *quietly], cwd=folder, check=True)
    began = time.perf_counter()
    subprocess.run([*snakemake, "predict", *arguments, *quietly], cwd=folder, check=True)
    seconds = time.perf_counter() - began
    assert len(list((folder / "demo/results").glob("*/predictions.parquet"))) == variants
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cluster", description=__doc__)
    parser.add_argument("--variants", type=int, default=48, help="how many (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="a file for the same figures")
    arguments = parser.parse_args()
    print(f"{arguments.variants} variants, {os.cpu_count()} cores, {arguments.rounds} rounds\n")
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(arguments.rounds):
        for way, how in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds[way].append(wall(arguments.variants, how, Path(folder) / "project"))
    medians = [statistics.median(walls) for walls in seconds.values()]
    overheads = [(median - medians[0]) / arguments.variants for median in medians]
    print("| | wall s | median | overhead a variant s |\n| --- | --- | --- | --- |")
    for (way, walls), median, overhead in zip(seconds.items(), medians, overheads, strict=True):
        each = ", ".join(f"{value:.0f}" for value in walls)
        print(f"| {way} | {each} | {median:.0f} | {overhead:.1f} |")
    print(f"\noverhead packed / unpacked: {overheads[2] / overheads[1]:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(seconds, indent=2) + "\n")


if __name__ == "__main__":
    main()
