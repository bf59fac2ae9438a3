"""The configuration as a document: YAML of a sensible size."""

import functools
from pathlib import Path
from typing import Any

import yaml

from mnist_viz.config.messages import ConfigError

DEEPEST = 10  # levels of keys and lists within each other
MOST_ENTRIES = 100_000  # keys and values, those behind YAML's aliases counted wherever they are used
LONGEST = 2_000  # characters of a text, bits of a number


def read(path: Path | str) -> Any:
    """The content of a YAML file of a sensible size. Raises ConfigError."""
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, ValueError) as error:
        said = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(str(error).split()))
        raise ConfigError(f"{path} is not YAML: {said}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: keys and lists within each other, more than {DEEPEST} deep") from error
    check_extent(content, str(path))
    refuse_foreign(content, str(path))
    return content


def refuse_foreign(content: Any, source: str) -> None:
    """Raise ConfigError if a configuration has the key that Snakemake reads itself, unchecked: pathvars.

    It says where results go, in every path and every command. `source` names the file in messages.
    """
    if isinstance(content, dict) and "pathvars" in content:
        raise ConfigError(
            f"{source}: pathvars: where results go is not a matter of the configuration. Remove this key; to have a "
            "folder elsewhere, place a link to it here, or run elsewhere: snakemake --directory"
        )


def check_extent(content: Any, source: str) -> None:
    """Raise ConfigError if a document is deeper, larger or longer than any configuration that makes sense.

    YAML's aliases can make a short file endless, or larger than any memory. `source` names the file in messages.
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

    objects = {id(content): content}
    if entries(id(content), 0) > MOST_ENTRIES:
        raise ConfigError(f"{source}: more than {MOST_ENTRIES:,} entries, aliases counted wherever they are used")


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
