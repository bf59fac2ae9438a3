"""What a GraphQL operation asks for, and whether an answer has it: as much of the language as the client uses."""

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'"""|"(?:[^"\\]|\\.)*"|\.\.\.|[{}():]|[$@!]?\w[\w.-]*|[\[\],=]|\S')


@dataclass
class Selection:
    """The fields of a selection set by the name that they have in the answer, and the fragments that it spreads.

    Fields with a condition (`@include`) may be in an answer or not, and are left out.
    """

    fields: dict[str, "Selection"] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    inline: list[tuple[str, "Selection"]] = field(default_factory=list)
    """What is asked for of a type alone: its name, and the fields."""


def parse(query: str) -> tuple[Selection, dict[str, Selection]]:
    """The operation of a document, and its fragments by name."""
    tokens = _TOKEN.findall(re.sub(r"#.*", "", query))
    operation, fragments = Selection(), {}
    while tokens:
        kind = tokens.pop(0)
        name = tokens[0]
        while tokens[0] != "{":  # a fragment's type, an operation's name; its variables are in brackets
            _skip_arguments(tokens) if tokens[0] == "(" else tokens.pop(0)
        own = _selection(tokens)
        if kind == "fragment":
            fragments[name] = own
        else:
            operation = own
    return operation, fragments


def _skip_arguments(tokens: list[str]) -> None:
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(tokens.pop(0), 0)
        if depth == 0:
            return


def _selection(tokens: list[str]) -> Selection:
    assert tokens.pop(0) == "{"
    found = Selection()
    while (token := tokens.pop(0)) != "}":
        if token == "...":
            if tokens[0] == "on":
                kind = tokens[1]
                del tokens[:2]
                found.inline.append((kind, _selection(tokens)))
            else:
                found.fragments.append(tokens.pop(0))
            continue
        if tokens[0] == ":":  # an alias: what follows is the field's own name
            del tokens[:2]
        if tokens[0] == "(":
            _skip_arguments(tokens)
        conditional = tokens[0].startswith("@")
        while tokens[0].startswith("@"):
            tokens.pop(0)
            _skip_arguments(tokens)
        inner = _selection(tokens) if tokens[0] == "{" else Selection()
        if not conditional:
            found.fields[token] = inner
    return found


def lacking(query: str, data: Any) -> list[str]:
    """The fields that a document asks for and its answer `data` lacks, as paths; null stands for a whole part."""
    operation, fragments = parse(query)
    return sorted(set(_lacking(operation, data, fragments, "")))


def _lacking(wanted: Selection, data: Any, fragments: dict[str, Selection], place: str) -> list[str]:
    if data is None:
        return []
    if isinstance(data, list):
        return [path for each in data for path in _lacking(wanted, each, fragments, place)]
    found = []
    for name, inner in wanted.fields.items():
        path = f"{place}.{name}".strip(".")
        found += _lacking(inner, data[name], fragments, path) if name in data else [path]
    for name in wanted.fragments:
        found += _lacking(fragments[name], data, fragments, place)
    for kind, inner in wanted.inline:
        if data.get("__typename", kind) == kind:
            found += _lacking(inner, data, fragments, place)
    return found
