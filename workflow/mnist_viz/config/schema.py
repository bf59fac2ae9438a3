"""The configuration's models as a JSON schema, for editors: what workflow/schemas/config.schema.yaml holds."""

from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mnist_viz.config.models import Configuration

HEAD = "# Made by make schema from the models in workflow/mnist_viz/config/: edit those instead.\n"


class _Generator(GenerateJsonSchema):
    """Without titles, which repeat the names; keys in the order of the fields; names as they must be."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        names, values = (self.generate_inner(schema[part]) for part in ("keys_schema", "values_schema"))
        return {"type": "object", "propertyNames": names, "additionalProperties": values}


def schema(model: type[BaseModel] = Configuration) -> dict[str, Any]:
    """The JSON schema of a model, which describes every key and holds its limits and default."""
    return {"$schema": _Generator.schema_dialect, **model.model_json_schema(schema_generator=_Generator)}


def as_yaml() -> str:
    """The configuration's schema as a file's content."""
    return HEAD + yaml.safe_dump(_in_one_line(schema()), sort_keys=False, allow_unicode=True, width=120)


def _in_one_line(value: Any) -> Any:
    """Docstrings without their line breaks."""
    if isinstance(value, dict):
        return {key: _in_one_line(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_in_one_line(entry) for entry in value]
    return " ".join(value.split()) if isinstance(value, str) else value
