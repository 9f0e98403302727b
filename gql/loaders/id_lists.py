"""Lists of ids as text: one row of a statement can have several of them."""

from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, select

from gql.database.tables import Base


def as_text(number: Any) -> ColumnElement[str]:
    return cast(number, String(20))


def listed(
    value: ColumnElement[str], table: type[Base], *conditions: ColumnElement[bool]
) -> ScalarSelect[str]:
    """The values of a table's rows that meet the conditions, as one text."""
    return (
        select(func.aggregate_strings(value, ","))
        .where(*conditions)
        .correlate_except(table)
        .scalar_subquery()
    )


def ids_of(listed: str | None) -> AbstractSet[str]:
    """The ids of a list."""
    return frozenset(listed.split(",")) if listed else frozenset()
