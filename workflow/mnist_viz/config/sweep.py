"""A sweep as it is written: a grid of hyperparameters, and the combinations that it leaves out."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import CoreSchema, core_schema

from mnist_viz.config.fields import Distinct
from mnist_viz.config.hyperparameters import Hyperparameters

EXCEPT = "except"  # the key of a sweep that is no hyperparameter
NEVER_SWEPT = {"model_args"}  # a mapping names no variant


@dataclass(frozen=True)
class Swept:
    """One of the values that a hyperparameter takes in a sweep."""

    value: Any
    spelling: str = field(compare=False)
    """As the configuration has it, which the variant's name keeps: 0 where the value is 0.0."""


def _swept(written: Any, validated: ValidatorFunctionWrapHandler) -> Swept:
    value = validated(written)
    return Swept(value, str(value if isinstance(written, str) else written))


@dataclass(frozen=True)
class Sweep:
    """A grid of hyperparameters, and what of it is left out."""

    values: dict[str, list[Swept]] = field(default_factory=dict)
    """By hyperparameter, those that it takes."""
    exceptions: list[dict[str, Swept]] = field(default_factory=list)
    """Some hyperparameters with a value each: the combinations that have all of these are left out."""


class Grid:
    """Marks a mapping of hyperparameters to lists of values such as theirs, and `except` to a list of such values."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fields, excepted = {}, {}
        for name, key in Hyperparameters.model_fields.items():
            if name in NEVER_SWEPT:
                continue
            value: Any = Annotated[(key.annotation, *key.metadata, WrapValidator(_swept))]
            values = Annotated[list[value], Field(min_length=1, description=key.description), Distinct()]
            fields[name] = core_schema.typed_dict_field(handler.generate_schema(values), required=False)
            excepted[name] = core_schema.typed_dict_field(handler.generate_schema(value), required=False)
        description = Field(description="Combinations that are left out: all that have each of the values of an entry.")
        fields[EXCEPT] = core_schema.typed_dict_field(
            handler.generate_schema(Annotated[list[Annotated[Any, _Closed(excepted)]], description]), required=False
        )
        return core_schema.no_info_after_validator_function(_sweep, _closed(fields))


class _Closed:
    """Marks a mapping with no other keys than these."""

    def __init__(self, fields: dict[str, core_schema.TypedDictField]) -> None:
        self.fields = fields

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _closed(self.fields)


def _closed(fields: dict[str, core_schema.TypedDictField]) -> CoreSchema:
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid", config=core_schema.CoreConfig(strict=True))


def _sweep(checked: dict[str, Any]) -> Sweep:
    values = {name: entries for name, entries in checked.items() if name != EXCEPT}
    return Sweep(values, checked.get(EXCEPT, []))
