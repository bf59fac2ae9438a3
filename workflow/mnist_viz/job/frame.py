"""The frame of every stage's command: its arguments, log and watcher at the beginning, its record at the end."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mnist_viz.job import log, orphan, records
from mnist_viz.job.keys import key

MORE = "--arguments"


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
    parser.add_argument(
        MORE,
        metavar="FILE",
        help="a file of further arguments, a zero byte after each; of any length, as no system "
        "passes them to a program",
    )
    arguments = parser.parse_args(complete(sys.argv[1:]))
    began = time.time()
    log.start(arguments.log)
    orphan.end_with_snakemake()
    made = work(arguments)
    facts = {**made.facts, "key": key(stage, made.config, **made.chosen)}
    records.write(arguments.record, stage, began, made.inputs, made.outputs, facts)


def complete(words: Sequence[str]) -> list[str]:
    """The words of a command line, with those of the file behind --arguments in its place.

    Linux passes a program no word above 128 KiB, which the names of 1,000 classes or of 10,000 replicates can be.
    """
    if MORE not in words[:-1]:
        return [*words]
    place = words.index(MORE)
    more = os.fsdecode(Path(words[place + 1]).read_bytes()).removesuffix("\0").split("\0")
    return [*words[:place], *more, *words[place + 2 :]]


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
