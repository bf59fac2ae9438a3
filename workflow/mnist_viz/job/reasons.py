"""Why Snakemake runs a job, in a line: long lists of files by their number, changed parameters by what has changed."""

import ast
import json
import re

CHANGES_SHOWN = 4
LONGEST = 160

_FILES = re.compile(r"(Missing output|Incomplete output|Updated input|Input) files( updated by another job)?: (.*)")
_CHANGED = re.compile(r"Params have changed since last execution: .*?before: (.*) now: (.*)", re.DOTALL)
_PARTS = re.compile(
    r"; (?=(?:Missing output|Incomplete output|Updated input|Input files|Output file|Job provides|Set of|Code has"
    r"|Params have|Software environment) )"
)
_LITERAL = re.compile(r"""'(?:[^'\\]|\\[\\'"nrtxuU])*'|"(?:[^"\\]|\\[\\'"nrtxuU])*\"""")
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
        return f"{kind} files{by_another}: {listed(names, CHANGES_SHOWN if kind == 'Updated input' else 1)}"
    if changed := _CHANGED.fullmatch(part):
        return f"Params have changed: {_difference(changed[1], changed[2])}"
    return shorten(part)


def _difference(before: str, now: str) -> str:
    """What differs between two lists of parameters as Snakemake prints them: Python literals, in no order."""
    try:
        (old_values, old_words), (new_values, new_words) = _read(before), _read(now)
    except (ValueError, SyntaxError):  # no such list
        return _from_to(before, now)
    changes = [
        f"{key} {_value(old_values, key)} → {_value(new_values, key)}"
        for key in sorted(old_values.keys() | new_values.keys())
        if _value(old_values, key) != _value(new_values, key)
    ]
    removed, added = sorted(old_words - new_words), sorted(new_words - old_words)
    if any(map(_DIGEST.fullmatch, [*removed, *added])):
        changes.append("code")
    changes += [f"without {word}" for word in removed if not _DIGEST.fullmatch(word)]
    changes += [f"with {word}" for word in added if not _DIGEST.fullmatch(word)]
    return shorten(listed(changes, CHANGES_SHOWN)) if changes else _from_to(before, now)


def _from_to(before: str, now: str) -> str:
    return f"{shorten(before, LONGEST // 2)} → {shorten(now, LONGEST // 2)}"


def _read(printed: str) -> tuple[dict[str, object], set[str]]:
    """The keys and values of all JSON objects among the texts in `printed`, and the other texts."""
    values: dict[str, object] = {}
    words = set()
    for literal in _LITERAL.findall(printed):
        text = ast.literal_eval(literal)
        if text.startswith("{"):
            values |= json.loads(text)
        else:
            words.add(text)
    return values, words


def _value(values: dict[str, object], key: str) -> str:
    return json.dumps(values[key]) if key in values else "unset"
