"""Why Snakemake runs a job, in a line: of long lists of files the first and their number."""

import ast
import json
import re

from mnist_viz.job.keys import difference

LONGEST = 240
UPDATED_SHOWN = 4

_FILES = re.compile(r"(Missing output|Incomplete output|Updated input|Input) files( updated by another job)?: (.*)")
_CHANGED = "Params have changed since last execution: "  # what `plan_by_records` says of the record follows
_KEY = re.compile(r"""'\{"code": (?:[^'\\]|\\.)*'""")  # as Snakemake itself prints a stage's key among its parameters
_PARTS = re.compile(
    r"; (?=(?:Missing output|Incomplete output|Updated input|Input files|Output file|Job provides|Set of|Code has"
    r"|Params have|Software environment) )"
)


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text, without its middle where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


def listed(names: list[str], shown: int) -> str:
    """The first names, and how many there are if these are not all."""
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])}, … ({len(names):,} in all)"


def brief(reason: str) -> str:
    """Snakemake's reason for a job, shortened.

    Files are sorted, for Snakemake gives them in no order. What is not recognised stays, without its middle if it is
    long.
    """
    return "; ".join(_brief(part) for part in _PARTS.split(reason))


def _brief(part: str) -> str:
    if files := _FILES.fullmatch(part):
        kind, by_another, names = files[1], files[2] or "", sorted(files[3].split(", "))
        return f"{kind} files{by_another}: {listed(names, UPDATED_SHOWN if kind == 'Updated input' else 1)}"
    if part.startswith(_CHANGED):
        keys = [json.loads(ast.literal_eval(literal)) for literal in _KEY.findall(part)]
        return shorten(f"Changed: {difference(*keys) if len(keys) == 2 else part.removeprefix(_CHANGED)}")
    return shorten(part)
