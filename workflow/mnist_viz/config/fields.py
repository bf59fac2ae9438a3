"""What the keys of a configuration have in common, and the kinds of their values."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Section(BaseModel):
    """Keys with values: no other keys, no values of other types, and nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", regex_engine="python-re")


class OneOf:
    """Marks a text as one of `names`, which are kept elsewhere: the schema for editors leaves them out."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}

    def _check(self, value: Any) -> Any:
        if value not in self.names:
            raise PydanticCustomError("unknown_name", "one of {names}", {"names": ", ".join(self.names)})
        return value


# Snakemake gives everything in `--config 'defaults={epochs: 2}'` as text, and YAML reads 1e-3 as text. That 2.0 is the
# whole number 2 and 1 the number 1.0 makes equal configurations one.


def _whole(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}", value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: Any) -> Any:
    spelt = isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value)
    return float(value) if spelt else value


def _truth(value: Any) -> Any:
    return value == "true" if value in ("true", "false") else value


def _null(value: Any) -> Any:
    return None if value == "null" else value


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repetition", "repetition")
    return values


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise PydanticCustomError("even", "even")
    return value


class Distinct:
    """Marks a list as one without repetition."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_distinct, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


class Odd:
    """Marks a whole number as odd."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_odd, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "not": {"multipleOf": 2}}


AS_WHOLE = BeforeValidator(_whole)
Whole = Annotated[int, AS_WHOLE]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Truth = Annotated[bool, BeforeValidator(_truth)]
NULL = BeforeValidator(_null)
"""Marks a value that may be null: the text null is."""
