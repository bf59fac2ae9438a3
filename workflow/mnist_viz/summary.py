"""Summarise the variants in one table, as Markdown and CSV: errors, accuracy, training time, and the paired test.

Replicates (one configuration, several seeds) are one row. Everything is of the last epoch, so that no epoch is chosen
by the test images. A variant that diverged has no such epoch: it is listed, with the epochs that it has and the reason,
and is in no number.
"""

import argparse
import csv
import io
import statistics as descriptive
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.comparison.right import Row, as_given, in_words, last_right, mean_and_spread
from mnist_viz.config import Hyperparameters
from mnist_viz.job import divergence, frame, records
from mnist_viz.job.divergence import Divergence
from mnist_viz.job.log import logger
from mnist_viz.statistics import combined, holm, mcnemar, wilson
from mnist_viz.store import tables
from mnist_viz.store.corrections import entry
from mnist_viz.store.files import atomic, read_json, sha256

Groups = dict[str, list[str]]  # the variants of each group, which differ in their seed alone

COLUMNS = {
    "variant": "the variant's name without its seed",
    "differs_in": "hyperparameters that are not the reference's",
    "parameters": "trained parameters of the model",
    "epochs": "passes over the training images",
    "seeds": "the seeds of the replicates that the numbers are of",
    "test_images": "test images",
    "errors": "wrong guesses after the last epoch, mean over the seeds",
    "errors_sd": "their standard deviation over the seeds",
    "accuracy": "share of right guesses after the last epoch, mean over the seeds",
    "accuracy_sd": "its standard deviation over the seeds",
    "accuracy_low": "lower end of the accuracy's 95 % interval",
    "accuracy_high": "its upper end",
    "training_seconds": "time of the training steps, mean over the seeds",
    "training_seconds_sd": "its standard deviation over the seeds",
    "only_this_right": "test images that this variant gets right and the reference wrong, mean over the seeds",
    "only_reference_right": "test images that the reference gets right and this variant wrong, mean over the seeds",
    "p": "McNemar's exact p against the reference, replicates combined",
    "p_holm": "that p, corrected by Holm's method for the number of variants",
    "seeds_diverged": "the seeds of the replicates that diverged, which no number is of",
    "diverged": "their epochs, of how many, and why they have no more",
}


def summarise(results: Path, groups: Groups, reference: str) -> list[Row]:
    """A row a group, the reference first. Raises ValueError if a file is of another variant or of other images."""
    variants = [name for members in groups.values() for name in members]
    diverged = divergence.among(results, variants)
    read = {name: last_right(results / name) for name in variants if name not in diverged}
    if len({ids.tobytes() for ids, _ in read.values()}) > 1:
        raise ValueError(f"the variants in {results} are not evaluated on the same test images")
    correct = {name: right for name, (_, right) in read.items()}
    ordered = [reference, *(name for name in groups if name != reference)]
    rows = [_row(results, name, groups[name], groups[reference], correct, diverged) for name in ordered]
    tested = [row for row in rows if row["p"] is not None]
    for row, corrected in zip(tested, holm([row["p"] for row in tested]), strict=True):
        row["p_holm"] = corrected
    if corrections := next((tables.corrections(results / name / "predictions.parquet") for name in read), None):
        for row in rows:
            row |= as_given(results, [member for member in groups[row["variant"]] if member in read], corrections)
    return rows


def _row(
    results: Path,
    name: str,
    members: list[str],
    reference: list[str],
    correct: dict[str, np.ndarray],
    diverged: dict[str, Divergence],
) -> Row:
    config = _configuration(results, members[0])
    usual = _configuration(results, reference[0])
    kept, lost = ([member for member in members if (member in correct) == whole] for whole in (True, False))
    row = {
        "variant": name,
        "differs_in": " ".join(f"{key}={config[key]}" for key in sorted(config) if config[key] != usual[key]),
        "parameters": records.read(results / members[0] / "train.json")["parameters"],
        "epochs": config["epochs"],
        "seeds": _seeds(results, kept),
        **(_numbers(results, kept, correct) if kept else {}),
        "seeds_diverged": _seeds(results, lost),
        "diverged": "; ".join(
            str(diverged[member]) if members == [name] else f"{member}: {diverged[member]}" for member in lost
        ),
    }
    pairs = [(correct[a], correct[b]) for a, b in zip(members, reference, strict=True) if {a, b} <= correct.keys()]
    if members != reference and pairs:
        alone = [(int((a & ~b).sum()), int((~a & b).sum())) for a, b in pairs]
        row["only_this_right"], row["only_reference_right"] = map(descriptive.fmean, zip(*alone, strict=True))
        row["p"] = combined([mcnemar(*counts) for counts in alone])
    return {column: row.get(column) for column in COLUMNS}


def _numbers(results: Path, members: list[str], correct: dict[str, np.ndarray]) -> Row:
    """What was measured of replicates that did not diverge, at least one."""
    images = len(correct[members[0]])
    accuracies = [float(correct[member].mean()) for member in members]
    trained = [records.read(results / member / "train.json") for member in members]
    return {
        "test_images": images,
        **mean_and_spread("errors", [int((~correct[member]).sum()) for member in members]),
        **mean_and_spread("accuracy", accuracies),
        **dict(zip(("accuracy_low", "accuracy_high"), wilson(descriptive.fmean(accuracies), images), strict=True)),
        **mean_and_spread("training_seconds", [sum(record["seconds"].values()) for record in trained]),
    }


def _seeds(results: Path, members: list[str]) -> str:
    return " ".join(str(read_json(results / member / "config.json")["seed"]) for member in members)


def _configuration(results: Path, variant: str) -> dict[str, Any]:
    # Hyperparameters that were added later are not in it at their defaults.
    config = {**Hyperparameters().model_dump(), **read_json(results / variant / "config.json")}
    return {key: value for key, value in config.items() if key not in ("variant", "seed", "dataset")}


def to_csv(rows: list[Row]) -> str:
    """The rows as CSV with a heading; numbers in full, nothing where there is no value."""
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def to_markdown(rows: list[Row], dataset: str, environments: list[str]) -> str:
    """The rows as a table for readers, with what each number is."""
    reference = rows[0]["variant"]
    replicated = any(row["errors_sd"] is not None for row in rows)
    heading = ["variant", "differs in", "parameters", "epochs", "seeds", "errors", "accuracy", "95 % interval"]
    corrected = "errors_given" in rows[0]
    if corrected:
        heading[5:6] = ["errors, given labels", "errors, corrected labels"]
    heading += ["training", "only this right", f"only {reference} right", "p", "p (Holm)"]
    lines = ["# Summary", "", _line(heading), _line(["---", "---", *["---:"] * (len(heading) - 2)])]
    lines += [_line(_cells(row)) for row in rows]
    images = next((row["test_images"] for row in rows if row["test_images"] is not None), None)
    compared = sum(row["p"] is not None for row in rows)
    plus = " ± is the standard deviation over the seeds, with n - 1." if replicated else ""
    lines += [
        "",
        "Every variant diverged."
        if images is None
        else f"{images:,} test images of {dataset}, each variant after its last epoch.{plus}",
        "",
        *(
            f"- {row['variant']} diverged, and no number is of that: {row['diverged']}."
            for row in rows
            if row["diverged"]
        ),
        *([in_words(rows)] if corrected else []),
        "- 95 % interval: Wilson's, of the accuracy, for one model on that many test images "
        "([Wilson 1927](https://doi.org/10.1080/01621459.1927.10502953)).",
        "- training: time of the training steps alone; it depends on the machine and on what else ran there.",
        f"- p: against {reference}, McNemar's exact test on the same test images, two-sided "
        "([McNemar 1947](https://doi.org/10.1007/BF02295996), "
        "[Fagerland et al. 2013](https://doi.org/10.1186/1471-2288-13-91)).",
        f"- p (Holm): corrected for the {compared} comparisons ([Holm 1979](https://www.jstor.org/stable/4615733)).",
    ]
    if replicated:
        lines.append(
            "- Replicates: each seed is compared with the same place in the reference's seeds; p is twice the mean of "
            "these p, which holds however they depend on each other "
            "([Vovk and Wang 2020](https://doi.org/10.1093/biomet/asaa027))."
        )
    lines += [
        f"- The reference is {reference}: the variant of that name, or where none is called baseline, the first in the "
        "configuration." + (" It diverged, so no other is compared with it." if rows[0]["errors"] is None else ""),
        *(f"- Trained with {environment}." for environment in environments),
    ]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row) -> list[str]:
    def spread(name: str, pattern: str) -> str:
        texts = [pattern.format(row[key]) for key in (name, f"{name}_sd") if row[key] is not None]
        return " ± ".join(texts)

    def optional(name: str, pattern: str) -> str:
        return "" if row[name] is None else pattern.format(row[name])

    lost = f"diverged: {row['seeds_diverged']}" if row["diverged"] else ""
    described = [row["variant"], row["differs_in"], f"{row['parameters']:,}", str(row["epochs"])]
    described.append("; ".join(part for part in (row["seeds"], lost) if part))
    if row["errors"] is None:
        return described + [""] * (8 + ("errors_given" in row))
    return [
        *described,
        *(
            [spread("errors_given", "{:,.1f}" if row["errors_sd"] is not None else "{:,.0f}")]
            if "errors_given" in row
            else []
        ),
        spread("errors", "{:,.1f}" if row["errors_sd"] is not None else "{:,.0f}"),
        spread("accuracy", "{:.2%}"),
        f"{row['accuracy_low']:.2%} to {row['accuracy_high']:.2%}",
        spread("training_seconds", "{:,.1f}") + " s",
        optional("only_this_right", "{:,.1f}" if row["errors_sd"] is not None else "{:,.0f}"),
        optional("only_reference_right", "{:,.1f}" if row["errors_sd"] is not None else "{:,.0f}"),
        optional("p", "{:.3g}"),
        optional("p_holm", "{:.3g}"),
    ]


def environments(trained: list[records.Record]) -> list[str]:
    """What the trainings ran on, each once: torch, device, arithmetic and threads."""
    return sorted(
        {
            f"torch {record['torch']} on {record['device']} ({record['device_name']}, {record['cpu_flags']}), "
            f"{record['precision']}, {record['threads']} threads"
            for record in trained
        }
    )


def checked_inputs(results: Path, variants: list[str]) -> dict[Path, str]:
    """The files that are read, with their SHA-256. ValueError names one that is missing, damaged or replaced."""
    inputs: dict[Path, str] = {}
    for name in variants:
        folder = results / name
        inputs |= records.check(folder / "train.json", [folder / "config.json"])
        inputs |= records.check(folder / "predict.json", [folder / "predictions.parquet"])
    diverged = [results / name / "predict.json" for name in divergence.among(results, variants)]
    return inputs | {path: sha256(path) for path in diverged}


def work(arguments: argparse.Namespace) -> frame.Made:
    """Write the table, for readers and for programs."""
    results, groups = arguments.results, dict(arguments.groups)
    variants = [name for members in groups.values() for name in members]
    inputs = checked_inputs(results, variants)
    rows = summarise(results, groups, arguments.reference)
    trained = [records.read(results / name / "train.json") for name in variants]
    dataset = trained[0]["dataset"]
    texts = {arguments.markdown: to_markdown(rows, dataset, environments(trained)), arguments.csv: to_csv(rows)}
    for path, text in texts.items():
        with atomic(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    logger.info("%s: %d rows of %d variants", arguments.markdown, len(rows), len(variants))
    config = {"groups": groups, "reference": arguments.reference}
    facts = {"dataset": dataset, **divergence.left_out(divergence.among(results, variants))}
    facts |= entry(tables.corrections(results / variants[0] / "predictions.parquet"))
    return frame.Made(inputs, list(texts), config, facts)


def main() -> None:
    parser = frame.parser("summary", __doc__)
    frame.add_groups(parser)
    parser.add_argument("--markdown", type=Path, required=True, help="the table to write for readers")
    parser.add_argument("--csv", type=Path, required=True, help="the table to write for programs")
    frame.run("summary", parser, work)


if __name__ == "__main__":
    main()
