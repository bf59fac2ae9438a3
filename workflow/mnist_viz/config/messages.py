"""What is wrong with a configuration, for its author: where, what stands there, and what may stand there."""

import difflib
import json
import math
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from mnist_viz.terminal import harmless

Rule = dict[str, Any]  # a part of a JSON schema
Place = tuple[int | str, ...]  # keys and indices, from the outermost

KINDS = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
KEY = "[key]"  # ends the place of an error that is a mapping's key itself
UNKNOWN = ("extra_forbidden", "invalid_key")  # pydantic's errors for keys that are not known


class ConfigError(ValueError):
    """A configuration that cannot be used; the message is for its author."""


def refusal(error: ValidationError, model: type[BaseModel], source: str) -> ConfigError:
    """The outermost of the errors that `model` found, in one line. `source` names the file."""
    from mnist_viz.config.schema import schema

    errors = error.errors(include_url=False)
    found = min(errors, key=lambda each: _rank(each["loc"], each["type"]))
    place, value, kind = found["loc"], found["input"], found["type"]
    described = schema(model)
    outermost = _written_out(described, described["$defs"])
    if kind in UNKNOWN:
        path, rule = _follow(outermost, place[:-1])
        said = _unknown(value if kind == "invalid_key" else place[-1], rule["properties"])
    else:
        path, rule = _follow(outermost, place[:-1] if kind == "missing" else place)
        if isinstance(value, float) and not math.isfinite(value) and rule.get("type") in ("integer", "number"):
            said = f"{value} is not a finite number"
        else:
            allowed = found["ctx"]["names"] if kind == "unknown_name" else _allowed(rule, value)
            said = f"{shown(value)} is not allowed here. Allowed: {allowed}"
    return ConfigError(f"{source}: {''.join(f'{key}: ' for key in path)}{said}")


def shown(value: Any) -> str:
    """A value as a short, printable text."""
    value = {str(key): entry for key, entry in value.items()} if isinstance(value, dict) else value
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except TypeError:  # a mapping within has a key that JSON does not know, a date for instance
        text = str(value)
    text = text if text.isprintable() else json.dumps(value, default=str)
    text = harmless(text)
    return text if len(text) <= 60 else text[:57] + "..."


def _rank(place: Place, kind: str) -> tuple[int, bool]:
    """The depth of what an error is about: the mapping, where it is about a key. A misspelt key is missing, too."""
    about_key = kind in UNKNOWN or kind == "missing"
    return len(place) - (2 if place[-1:] == (KEY,) else int(about_key)), kind == "missing"


def _written_out(rule: Any, definitions: dict[str, Rule]) -> Any:
    """A schema with the definitions in the place of references to them."""
    if isinstance(rule, dict):
        if "$ref" in rule:
            rule = {**definitions[rule["$ref"].rpartition("/")[2]], **rule}
        return {key: _written_out(entry, definitions) for key, entry in rule.items() if key not in ("$ref", "$defs")}
    return [_written_out(entry, definitions) for entry in rule] if isinstance(rule, list) else rule


def _follow(rule: Rule, place: Place) -> tuple[list[str], Rule]:
    """The place of an error as the author knows it, and the rule that holds there."""
    path: list[str] = []
    for index, part in enumerate(place):
        if "propertyNames" in rule and place[index + 1 :] == (KEY,):
            return path, rule["propertyNames"]
        if "oneOf" in rule:  # the part names one of these, by its type
            if part == "object":
                rule = next(option for option in rule["oneOf"] if option["type"] == part)
        elif "anyOf" in rule and isinstance(part, int):  # a list, or null
            rule = next(option for option in rule["anyOf"] if "items" in option)
            path.append(str(part))
            rule = rule["items"]
        elif "items" in rule:
            if not rule.get("uniqueItems"):  # where nothing comes twice, a value says itself which one it is
                path.append(str(part))
            rule = rule["items"]
        else:
            path.append(str(part))
            rule = rule["properties"][part] if "properties" in rule else rule["additionalProperties"]
    return path, rule


def _unknown(key: Any, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"unknown key {shown(key)}.{hint} Known: {', '.join(sorted(known))}"


def _allowed(rule: Rule, value: Any) -> str:
    if "enum" in rule:
        return ", ".join(map(str, rule["enum"]))
    if "const" in rule:
        return str(rule["const"])
    if options := rule.get("oneOf") or rule.get("anyOf"):
        return " or ".join(_allowed({"description": rule["description"], **option}, value) for option in options)
    kind = "text" if isinstance(value, str) else "quoted text"
    limits = [f"{word} {rule[key]}" for key, word in LIMITS.items() if key in rule]
    if "minItems" in rule:
        limits.append(f"with at least {rule['minItems']} entry")
    if "maxItems" in rule:
        limits.append(f"with at most {rule['maxItems']:,} entries")
    if rule.get("uniqueItems"):
        limits.append("without repetition")
    if rule.get("not") == {"multipleOf": 2}:
        limits.append("odd")
    if "properties" in rule:
        limits.append(f"with the keys {', '.join(rule['properties'])}")
    if "pattern" in rule:
        limits.append(f"({rule['description']})")
    return f"{KINDS.get(rule['type'], kind)} {' and '.join(limits)}".strip()
