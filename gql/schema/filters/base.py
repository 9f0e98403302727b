"""What all filters have in common: a field that is null filters nothing."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import strawberry
from sqlalchemy import ColumnElement

Condition = Callable[[Any], ColumnElement[bool]]

_CONDITION = "condition"
_DERIVED_CONDITION = "derived_condition"


def only(condition: Condition, *, description: str) -> Any:
    """A field of a filter, with the condition for its value."""
    return strawberry.field(default=None, description=description, metadata={_CONDITION: condition})


def only_derived(condition: Condition, *, description: str) -> Any:
    """The same for a condition on what is derived from progress and results.

    No index helps with it, so a page scans a limited number of rows.
    """
    return strawberry.field(
        default=None, description=description, metadata={_DERIVED_CONDITION: condition}
    )


class Filter:
    """The base of filters, whose fields are made by `only` and `only_derived`."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of the fields that have a value."""
        return self._conditions(_CONDITION)

    def derived_conditions(self) -> list[ColumnElement[bool]]:
        """The same of the fields with a derived condition."""
        return self._conditions(_DERIVED_CONDITION)

    def _conditions(self, kind: str) -> list[ColumnElement[bool]]:
        values = ((field, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        return [
            field.metadata[kind](value)
            for field, value in values
            if value is not None and kind in field.metadata
        ]

    def __hash__(self) -> int:
        return hash(repr(self))
