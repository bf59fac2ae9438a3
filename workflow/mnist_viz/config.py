"""The configuration: checked against its schema, completed with its defaults, expanded to named variants.

`python -m mnist_viz.config config.yaml` checks a file and prints every variant's complete configuration.
"""

import argparse
import difflib
import functools
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from mnist_viz import datasets

Config = dict[str, Any]

SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"
DEEPEST = 10  # levels of keys and lists within each other
MOST_ENTRIES = 100_000  # keys and values, those behind YAML's aliases counted wherever they are used
LONGEST = 2_000  # characters of a text, digits of a number
MOST_VARIANTS = 10_000


class ConfigError(ValueError):
    """A configuration that cannot be used; the message is for its author."""


@functools.cache
def schema() -> Config:
    """The JSON schema of the configuration, which describes every key and holds its default."""
    content: Config = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    content["properties"]["dataset"]["properties"]["name"]["enum"] = list(datasets.NAMES)
    return content


def resolve(config: Config, source: str) -> Config:
    """Check `config` and return it complete.

    In the result `dataset`, `tables` and `wandb` have all their keys, and `variants` maps every variant's name to all
    its hyperparameters, sorted by name, with sweeps and seeds expanded; `defaults`, `sweep` and `seeds` are gone.
    `groups` maps the name that each variant has without its seed to its replicates, in the order of the seeds, and
    `reference` is the group that the others are compared with: baseline, or the first if none is called so.
    `source` names the file in messages. Raises ConfigError at the first wrong value.
    """
    _check_extent(config, source)
    if not isinstance(config, dict):
        raise ConfigError(f"{source}: {_shown(config)} where keys with values are needed, such as variants:")
    config = {key: value for key, value in config.items() if key != "pathvars"}
    config = {key: {} if value is None else value for key, value in config.items()}
    variants = config.get("variants")
    if isinstance(variants, dict):
        config["variants"] = {name: {} if value is None else value for name, value in variants.items()}
    config = _typed(config, schema())
    _check(config, schema(), source, ())
    hyperparameters = schema()["$defs"]["hyperparameters"]
    sweep = {
        key: _typed(values, {"items": hyperparameters["properties"].get(key, {})})
        for key, values in config.get("sweep", {}).items()
    }
    for key, values in sweep.items():
        for value in values:
            _check({key: value}, hyperparameters, source, ("sweep",))
    defaults = _complete(config.get("defaults", {}), hyperparameters)
    groups = _expand(config.get("variants", {}), sweep, config.get("seeds", []), source)
    expanded = {name: own for replicates in groups.values() for name, own in replicates.items()}
    if not expanded:
        raise ConfigError(f"{source}: no variant to train. Name one under variants:, for instance `baseline: {{}}`")
    resolved = {}
    for name, own in sorted(expanded.items()):
        _check(name, schema()["$defs"]["name"], source, ("variants", name))
        resolved[name] = {**defaults, **_normal(own, hyperparameters)}  # each of these values has been checked above
    spelt: dict[str, str] = {}
    for name in resolved:
        if spelt.setdefault(name.casefold(), name) != name:
            raise ConfigError(
                f"{source}: variants: {spelt[name.casefold()]} and {name} differ in capitals alone, and their folders "
                "on some disks not at all; rename one"
            )
    sections = schema()["properties"]
    return {
        **{key: _complete(config.get(key, {}), sections[key]) for key in ("dataset", "tables", "wandb")},
        "variants": resolved,
        "groups": {name: list(replicates) for name, replicates in sorted(groups.items())},
        "reference": "baseline" if "baseline" in groups else next(iter(groups)),
    }


def _check_extent(config: Any, source: str) -> None:
    """Raise ConfigError if the configuration is deeper, larger or longer than any that makes sense.

    YAML's aliases can make a short file endless, or larger than any memory.
    """

    @functools.cache
    def entries(identity: int, depth: int) -> int:
        value = objects[identity]
        if depth > DEEPEST:
            raise ConfigError(f"{source}: keys and lists within each other, more than {DEEPEST} deep")
        if isinstance(value, dict):
            inner = [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set)):
            inner = list(value)
        else:
            if isinstance(value, (str, bytes)) and len(value) > LONGEST:
                raise ConfigError(f"{source}: a text of {len(value):,} characters; at most {LONGEST:,} are allowed")
            if isinstance(value, int) and value.bit_length() > LONGEST:
                raise ConfigError(f"{source}: a number of more than {LONGEST:,} bits")
            return 1
        objects.update((id(entry), entry) for entry in inner)
        return 1 + sum(entries(id(entry), depth + 1) for entry in inner)

    objects = {id(config): config}
    if entries(id(config), 0) > MOST_ENTRIES:
        raise ConfigError(f"{source}: more than {MOST_ENTRIES:,} entries, aliases counted wherever they are used")


def _typed(value: Any, described: Config) -> Any:
    """`value` with numbers, true, false and null in the place of texts that spell them, where the schema wants them.

    Snakemake gives everything in `--config 'defaults={epochs: 2}'` as text, and YAML reads 1e-3 as text.
    """
    if "$ref" in described:
        described = functools.reduce(dict.get, described["$ref"].split("/")[1:], schema())
    if isinstance(value, dict) and "oneOf" in described:
        described = next(option for option in described["oneOf"] if option.get("type") == "object")
    if isinstance(value, dict):
        known, others = described.get("properties", {}), described.get("additionalProperties") or {}
        return {key: _typed(entry, known.get(key, others)) for key, entry in value.items()}
    if isinstance(value, list):
        return [_typed(entry, described.get("items", {})) for entry in value]
    kinds = described.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind in _SPELLINGS and isinstance(value, str) and re.fullmatch(_SPELLINGS[kind][0], value):
            return _SPELLINGS[kind][1](value)
    return value


_SPELLINGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "integer": (r"[+-]?\d{1,18}", int),
    "number": (r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", float),
    "boolean": ("true|false", lambda text: text == "true"),
    "null": ("null", lambda text: None),
}


def _complete(values: Config, described: Config) -> Config:
    defaults = {key: entry["default"] for key, entry in described["properties"].items()}
    return dict(sorted(_normal({**defaults, **values}, described).items()))


def _normal(values: Config, described: Config) -> Config:
    """The same numbers in one spelling, so that 1 and 1.0 are one configuration."""
    normal = dict(values)
    for key, value in values.items():
        if described["properties"][key].get("type") == "number":
            normal[key] = float(value)
        elif described["properties"][key].get("type") == "integer":
            normal[key] = int(value)
    return normal


def _expand(variants: Config, sweep: Config, seeds: list[int], source: str) -> dict[str, dict[str, Config]]:
    """The replicates of each group of variants, by the group's name."""
    expanded = dict(variants)
    count = (len(variants) + (math.prod(map(len, sweep.values())) if sweep else 0)) * max(1, len(seeds))
    if count > MOST_VARIANTS:
        raise ConfigError(
            f"{source}: variants, sweep and seeds make {count:,} variants; at most {MOST_VARIANTS:,} are allowed"
        )
    combinations = itertools.product(*sweep.values()) if sweep else ()
    for values in combinations:
        own = dict(zip(sweep, values, strict=True))
        name = "-".join(f"{key}_{value}" for key, value in sorted(own.items()))
        if name in expanded:
            raise ConfigError(f"{source}: variants: {name} is also the name of a combination of the sweep; rename it")
        expanded[name] = own
    if not seeds:
        return {name: {name: own} for name, own in expanded.items()}
    seeded = [name for name, own in expanded.items() if "seed" in own]
    if seeded:
        raise ConfigError(
            f"{source}: variants: {seeded[0]}: seed is set here and by seeds: at once; keep one of the two"
        )
    return {name: {f"{name}-seed_{seed}": {**own, "seed": seed} for seed in seeds} for name, own in expanded.items()}


def _check(value: Any, described: Config, source: str, place: tuple[str, ...]) -> None:
    errors = _validator(json.dumps(described)).iter_errors(value)
    error = best_match(errors, key=lambda error: -len(error.absolute_path))
    if error is not None:
        path = (*place, *map(str, error.absolute_path))
        raise ConfigError(f"{source}: {''.join(f'{key}: ' for key in path)}{_explain(error)}")
    for path, number in _numbers(value, place):
        if not math.isfinite(number):
            raise ConfigError(f"{source}: {''.join(f'{key}: ' for key in path)}{number} is not a finite number")


@functools.cache
def _validator(described: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(described), "$defs": schema()["$defs"]})


def _numbers(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(value, (dict, list)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(entry, (*place, str(key)))
    elif isinstance(value, float):
        yield place, value


def _explain(error: ValidationError) -> str:
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema["properties"]
        return _unknown(next(key for key in error.instance if key not in known), known)
    return f"{_shown(error.instance)} is not allowed here. Allowed: {_allowed(error.schema)}"


def _unknown(key: Any, known: Config) -> str:
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"unknown key {_shown(key)}.{hint} Known: {', '.join(sorted(known))}"


def _allowed(rule: Config) -> str:
    if "enum" in rule:
        return ", ".join(map(str, rule["enum"]))
    if "oneOf" in rule:
        return " or ".join(_allowed(option) for option in rule["oneOf"])
    if "const" in rule:
        return str(rule["const"])
    kinds = rule.get("type", [])
    words = {
        "object": "a mapping of keys to values",
        "array": "a list",
        "integer": "a whole number",
        "number": "a number",
        "string": "a text",
        "boolean": "true or false",
        "null": "null",
    }
    kinds = kinds if isinstance(kinds, list) else [kinds]
    text = " or ".join(words[kind] for kind in kinds)
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    limits = [f"{word} {rule[key]}" for key, word in bounds.items() if key in rule]
    if "minItems" in rule:
        limits.append(f"with at least {rule['minItems']} entry")
    if rule.get("uniqueItems"):
        limits.append("without repetition")
    if rule.get("not") == {"multipleOf": 2}:
        limits.append("odd")
    if "properties" in rule:
        limits.append(f"with the keys {', '.join(rule['properties'])}")
    if "pattern" in rule:
        limits.append(f"({rule['description'].strip()})")
    return f"{text} {' and '.join(limits)}".strip()


def _shown(value: Any) -> str:
    value = {str(key): entry for key, entry in value.items()} if isinstance(value, dict) else value
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except TypeError:  # a mapping within has a key that JSON does not know, a date for instance
        text = str(value)
    text = text if text.isprintable() else json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


class _Loader(yaml.SafeLoader):
    """YAML without keys that come twice, of which the last would win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value} comes twice", key.start_mark
                    )
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read(path: Path | str) -> Any:
    """The content of a YAML file of a sensible size. Raises ConfigError."""
    try:
        config = yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, ValueError) as error:
        said = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(str(error).split()))
        raise ConfigError(f"{path} is not YAML: {said}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: keys and lists within each other, more than {DEEPEST} deep") from error
    _check_extent(config, str(path))
    return config


def load(path: Path | str) -> Config:
    """Read and resolve a configuration file. Raises ConfigError."""
    return resolve(read(path), str(path))


class Hyperparameters:
    def __init__(self, values):
        self.__dict__.update(values)

    def model_dump(self):
        return dict(self.__dict__)

    @classmethod
    def model_validate(cls, values):
        return cls({"model": "network", **values})

    @classmethod
    def model_validate_json(cls, text):
        return cls.model_validate(json.loads(text))


def identity(settings):
    return {k: v for k, v in settings.model_dump().items() if k != "model"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_viz.config", description=__doc__)
    parser.add_argument("file", type=Path, help="the configuration, for instance config.yaml")
    try:
        print(json.dumps(load(parser.parse_args().file), indent=2))
    except (ConfigError, OSError) as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
