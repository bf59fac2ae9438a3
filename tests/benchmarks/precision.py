"""Whether training in bfloat16 costs accuracy: errors of `baseline` after its last epoch, seed by seed, in both types.

python -m tests.benchmarks.precision --mnist FOLDER --folder FOLDER

Every seed is trained once in float32 and once in bfloat16 by the training command itself, from the same first weights
and in the same order of images, and evaluated by the inference command. A table and the paired tests are printed, and
with --json written to a file. What is trained stays in --folder; run again, the command continues there.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from scipy.stats import ttest_rel, wilcoxon

from mnist_viz import tables
from mnist_viz.config import load
from mnist_viz.data import prepare
from mnist_viz.download import FILES
from tests.conftest import PROJECT

PRECISIONS = ("float32", "bfloat16")


def errors(folder: Path, config: dict, variant: str) -> int:
    """Errors of a variant after its last epoch; it is trained and evaluated if it has not been."""
    own = folder / variant
    metrics = own / "metrics.parquet"
    if not metrics.exists():
        python = [sys.executable, "-m"]
        train = ["mnist_viz.train", "--variant", variant, "--config", json.dumps(config), "--folder", str(own)]
        train += ["--data", str(folder / "train.safetensors")]
        predict = ["mnist_viz.predict", "--record", str(own / "train.json"), "--checkpoints", str(own / "checkpoints")]
        predict += ["--test", str(folder / "test.safetensors"), "--predictions", str(own / "predictions.parquet")]
        predict += ["--metrics", str(metrics)]
        for command in (train, predict):
            subprocess.run([*python, *command], check=True)
    return tables.read(metrics, tables.METRICS)["errors"].to_pylist()[-1]


def main() -> None:
    """Parse the command line, train, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.precision", description=__doc__.split("\n")[0])
    parser.add_argument("--mnist", type=Path, required=True, help="the folder of the four MNIST files")
    parser.add_argument("--folder", type=Path, required=True, help="where the trainings go, and continue")
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 0")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()

    splits = [arguments.folder / name for name in ("train.safetensors", "test.safetensors")]
    if not all(path.exists() for path in splits):
        prepare("mnist", [arguments.mnist / name for name in FILES], *splits, arguments.folder / "images.parquet")
    baseline = load(PROJECT / "config.yaml")["variants"]["baseline"]
    found: dict[str, list[int]] = {precision: [] for precision in PRECISIONS}
    print(f"errors of 10,000 after epoch {baseline['epochs']}\n{'seed':>4}  {'float32':>8}  {'bfloat16':>8}")
    for seed in range(arguments.seeds):
        for precision in PRECISIONS:
            config = {**baseline, "seed": seed, "precision": precision}
            found[precision].append(errors(arguments.folder, config, f"{precision}-seed_{seed}"))
        print(f"{seed:>4}  {found['float32'][-1]:>8}  {found['bfloat16'][-1]:>8}", flush=True)
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
