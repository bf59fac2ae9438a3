"""Whether training in bfloat16 costs accuracy: errors of `baseline` after its last epoch, seed by seed, in both types.

python -m tests.benchmarks.precision --mnist FOLDER --folder FOLDER

The pipeline itself trains every seed once in float32 and once in bfloat16, from the same first weights and in the same
order of images; each on one thread, as many side by side as there are cores. A table and the paired tests are printed,
and with --json written to a file. What is trained stays in --folder; run again, also with more seeds, the command
continues there.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

from scipy.stats import ttest_rel, wilcoxon

from mnist_viz.store import tables
from tests.benchmarks.training import pipeline_command

PRECISIONS = ("float32", "bfloat16")


def main() -> None:
    """Parse the command line, train, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.precision", description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", type=Path, required=True, help="the folder of the four MNIST files")
    parser.add_argument("--folder", type=Path, required=True, help="where the trainings go, and continue")
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 0")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()

    seeds = range(arguments.seeds)
    metrics = {
        precision: [f"results/precision_{precision}-seed_{seed}/metrics.parquet" for seed in seeds]
        for precision in PRECISIONS
    }
    config = ["defaults={threads: 1}", f"sweep={{precision: [{', '.join(PRECISIONS)}]}}", f"seeds={list(seeds)}"]
    command = [*pipeline_command(arguments.folder, arguments.mnist, *config), "--cores", "all", "--rerun-incomplete"]
    subprocess.run([*command, "--", *metrics["float32"], *metrics["bfloat16"]], check=True)

    found = {
        precision: [tables.read(arguments.folder / path, tables.METRICS)["errors"].to_pylist()[-1] for path in paths]
        for precision, paths in metrics.items()
    }
    print(f"errors after the last epoch\n{'seed':>4}  {'float32':>8}  {'bfloat16':>8}")
    for seed, *errors in zip(seeds, *found.values(), strict=True):
        print(f"{seed:>4}  {errors[0]:>8}  {errors[1]:>8}")
    means = {precision: statistics.mean(values) for precision, values in found.items()}
    worse = {"alternative": "greater"}
    tests = {
        "paired t": float(ttest_rel(found["bfloat16"], found["float32"], **worse).pvalue),
        "Wilcoxon signed rank": float(wilcoxon(found["bfloat16"], found["float32"], **worse).pvalue),
    }
    print(f"mean  {means['float32']:>7.1f}  {means['bfloat16']:>8.1f}")
    for name, p in tests.items():
        print(f"bfloat16 worse, one-sided {name} test: p = {p:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"errors": found, "means": means, "p": tests}, indent=2) + "\n")


if __name__ == "__main__":
    main()
