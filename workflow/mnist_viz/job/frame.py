"""The frame of every stage's command: its arguments, log and watcher at the beginning, its record at the end."""

import argparse
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mnist_viz.job import log, orphan, records
from mnist_viz.job.keys import key


class Made(NamedTuple):
    """What a stage has done, for its record."""

    inputs: Mapping[Path, str]
    """The files that it read, and their SHA-256."""
    outputs: Iterable[Path]
    """The files that it wrote."""
    config: dict[str, Any]
    """The part of the configuration that these depend on."""
    facts: Mapping[str, Any]
    """Entries of its own."""
    chosen: Mapping[str, str] = {}
    """What the modules are called that are a matter of the configuration: dataset, model."""


def run(stage: str, parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], Made]) -> None:
    """Run the command of a stage: parse its arguments, do `work`, write its record.

    The record's `key` is that of the code which runs here.
    """
    parser.add_argument("--record", type=Path, required=True, help="the record to write (JSON)")
    parser.add_argument("--log", type=Path, help="the log file")
    arguments = parser.parse_args()
    began = time.time()
    log.start(arguments.log)
    orphan.end_with_snakemake()
    made = work(arguments)
    facts = {**made.facts, "key": key(stage, made.config, **made.chosen)}
    records.write(arguments.record, stage, began, made.inputs, made.outputs, facts)


def parser(stage: str, description: str | None) -> argparse.ArgumentParser:
    """A parser for the arguments of a stage's command."""
    return argparse.ArgumentParser(prog=f"python -m mnist_viz.{stage}", description=description)


def add_groups(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a stage that compares groups of variants."""
    parser.add_argument("--results", type=Path, required=True, help="the results folder")
    parser.add_argument(
        "--groups", type=group, nargs="+", required=True, help="each a variant, or name=variant,variant: replicates"
    )
    parser.add_argument("--reference", required=True, help="the group that the others are compared with")


def group(text: str) -> tuple[str, list[str]]:
    """A group as on the command line: a variant, or as in `a=a-seed_0,a-seed_1` a name and its replicates."""
    name, _, members = text.partition("=")
    return name, members.split(",") if members else [name]
