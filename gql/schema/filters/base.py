"""What all filters have in common: a field that is null filters nothing."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import strawberry
from sqlalchemy import ColumnElement

Condition = Callable[[Any], ColumnElement[bool]]

_CONDITION = "condition"


def only(condition: Condition, *, description: str) -> Any:
    """A field of a filter, with the condition for its value."""
    return strawberry.field(default=None, description=description, metadata={_CONDITION: condition})


class Filter:
    """The base of filters, most of whose fields are made by `only`."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of the fields that have one and a value."""
        values = ((field, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        return [
            field.metadata[_CONDITION](value)
            for field, value in values
            if value is not None and _CONDITION in field.metadata
        ]

    def __hash__(self) -> int:
        return hash(repr(self))
