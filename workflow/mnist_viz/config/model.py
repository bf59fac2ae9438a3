"""The values of `model`, which may be a class in a file of the user's, and of `model_args`, its arguments."""

import json
import keyword
import math
import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mnist_viz.config.fields import OneOf
from mnist_viz.training import models

LONGEST = 1000
MOST_ARGUMENTS = 100_000  # characters of them all: a program gets no word above 128 KiB
GIVEN = ("shape", "classes")
"""What a model is called with besides: of the images, not of the configuration."""
_WRITTEN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class Model(OneOf):
    """Marks a text as one of `names`, or as a Python file and a name in it, `my_net.py:Net`."""

    def _check(self, value: Any) -> Any:
        if value in self.names or (isinstance(value, str) and _is_own(value)):
            return value
        allowed = f"{', '.join(self.names)}; or a class of yours, by its file and name, as my_net.py:Net"
        raise PydanticCustomError("unknown_name", "one of {names}", {"names": allowed})


def _is_own(value: str) -> bool:
    named = models.file_and_name(value)
    if named is None or len(value) > LONGEST or not value.isprintable():
        return False
    file, name = named
    return file.endswith(".py") and not file.endswith("/.py") and name.isidentifier() and not keyword.iskeyword(name)


class Arguments:
    """Marks a mapping of names to numbers, texts, truths, null, and lists of these.

    A text that is written as a number, true, false or null is that, as Snakemake gives everything behind --config as
    text.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_arguments)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "object"}


def _arguments(value: Any) -> dict[str, Any]:
    allowed = "a mapping of arguments' names to numbers, texts, true, false, null, and lists of these"
    if isinstance(value, dict) and (given := [name for name in value if name in GIVEN]):
        allowed += f"; {given[0]} is given to every model, of the images"
    elif isinstance(value, dict) and all(isinstance(name, str) and name.isidentifier() for name in value):
        found = {name: _plain(entry) for name, entry in value.items()}
        if all(map(_is_plain, found.values())):
            if len(json.dumps(found)) <= MOST_ARGUMENTS:
                return found
            allowed = f"{MOST_ARGUMENTS:,} characters of JSON at most; write more into the model's file"
    raise PydanticCustomError("unknown_name", "{names}", {"names": allowed})


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, str) and (value in ("true", "false", "null") or re.fullmatch(r"-?(0|[1-9]\d{0,17})", value)):
        return json.loads(value)
    return float(value) if isinstance(value, str) and _WRITTEN.fullmatch(value) else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))
