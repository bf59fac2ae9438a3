"""The service's types as far as the client shows them: what its operations ask for, and its models of the answers."""

import importlib
import re
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from tests.wandb_server.selection import lacking

GENERATED = ("wandb.apis._generated", "wandb.sdk.artifacts._generated")  # from W&B's own schema, by ariadne-codegen


def defects(query: str, data: Any) -> list[str]:
    """What an answer has not, or has otherwise, by its operation's fields and by the client's model of it.

    A field that may not be null is known for the operations that have a model; of the others, which wandb-core sends or
    older code of the client reads, only that all fields are there.
    """
    name = operation(query)
    found = [f"{name}: lacks {path}" for path in lacking(query, data)]
    model = models().get(name)
    if model is not None:
        try:
            model.model_validate(data)
        except ValidationError as error:
            found += [f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return found


def operation(query: str) -> str:
    """The name of a document's operation."""
    found = re.search(r"\b(?:query|mutation)\s+(\w+)", query)
    return found[1] if found else ""


@cache
def models() -> dict[str, type[BaseModel]]:
    """The client's models of whole answers, by the operation's name."""
    found = {}
    for package in map(importlib.import_module, GENERATED):
        documents = vars(importlib.import_module(f"{package.__name__}.operations"))
        names = [operation(text) for name, text in documents.items() if name.endswith("_GQL")]
        found |= {name: getattr(package, name) for name in names if hasattr(package, name)}
    return found
