"""Print what a run has made: a table of variants and epochs, and where the explorer and the receipts are."""

import argparse
from pathlib import Path

from mnist_viz import terminal
from mnist_viz.job import divergence, records
from mnist_viz.job.divergence import Divergence
from mnist_viz.store import tables
from mnist_viz.store.corrections import recorded
from mnist_viz.store.files import read_json

MOST_ROWS = 40

Row = tuple[str, int, int, float, float | None]  # variant, epoch, errors, accuracy, seconds of training


def rows(results: Path, variants: list[str]) -> list[Row]:
    """One row a variant and epoch, of the variants that have been evaluated."""
    found: list[Row] = []
    for variant in variants:
        metrics = results / variant / "metrics.parquet"
        record = results / variant / "train.json"
        if not metrics.exists() or not record.exists():
            continue
        seconds = read_json(record)["seconds"]
        for row in tables.read(metrics, tables.METRICS, ["epoch", "errors", "accuracy"]).to_pylist():
            epoch = row["epoch"]
            found.append((variant, epoch, row["errors"], row["accuracy"], seconds.get(str(epoch))))
    return found


def diverged(results: Path, variants: list[str]) -> dict[str, Divergence]:
    """Those of the variants that have been evaluated which diverged; of a damaged record nothing is known."""
    read = {variant: records.intact(results / variant / "predict.json") for variant in variants}
    found = {variant: divergence.of(record) for variant, record in read.items() if record is not None}
    return {variant: own for variant, own in found.items() if own is not None}


def shorten(table: list[Row]) -> tuple[list[Row], str]:
    """At most 40 rows, and a line that says what was left out, if anything was."""
    if len(table) <= MOST_ROWS:
        return table, ""
    last = list({row[0]: row for row in table}.values())
    if len(last) <= MOST_ROWS:
        return last, "Only the last epoch of each variant is shown."
    best = sorted(last, key=lambda row: row[2])[:MOST_ROWS]
    return best, f"Only the last epoch of the {MOST_ROWS} variants with the fewest errors is shown, of {len(last)}."


def show(results: Path, variants: list[str]) -> str:
    """The text that ends a run; empty if nothing has been evaluated yet."""
    table, note = shorten(rows(results, variants))
    failed = divergence.in_words(diverged(results, variants))
    if not table and not failed:
        return ""
    width = max(map(len, ["variant", *(row[0] for row in table)]))
    lines = ["", f"{'variant':<{width}}  epoch  errors  accuracy  training"] if table else [""]
    for variant, epoch, errors, accuracy, seconds in table:
        time = f"{seconds:7.1f} s" if seconds is not None else ""
        lines.append(f"{variant:<{width}}  {epoch:5d}  {errors:6,d}  {accuracy:7.2%}  {time}".rstrip())
    if note:
        lines.append(note)
    lines += [f"diverged  {line}" for line in failed]
    explorer, summary = results / "explorer.html", results / "summary.md"
    receipts = [path for variant in variants if (path := results / variant / "wandb.json").exists()]
    lines.append("")
    if (corrections := recorded(records.intact(results / "data.json") or {})) is not None:
        lines.append(f"labels    {corrections}")
    if explorer.exists():
        lines.append(f"explorer  {explorer}")
    if summary.exists():
        lines.append(f"summary   {summary}")
    if url := report_url(results):
        lines.append(f"report    {url}")
    if receipts:
        shown = receipts[0] if len(receipts) == 1 else results / "*" / "wandb.json"
        lines.append(f"receipts  {shown}  ({len(receipts)})")
    return "\n".join(lines)


def report_url(results: Path) -> str:
    """The address of the report in W&B; empty if there is none."""
    receipt = results / "wandb_report.json"
    found = read_json(receipt)["report"] if receipt.exists() else None
    return found["url"] if found else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.overview", description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument("--variants", nargs="+", required=True, help="the variants to show")
    arguments = parser.parse_args()
    terminal.show(show(arguments.results, arguments.variants))


if __name__ == "__main__":
    main()
