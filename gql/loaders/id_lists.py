"""Lists of ids as text: one row of a statement can have several of them."""

from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, String, case, cast, func, select

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


_MARK = "!"


def marked(value: ColumnElement[str], condition: ColumnElement[bool]) -> ColumnElement[str]:
    """The value, with a mark if the condition holds: a list then says two things of each row."""
    return value + case((condition, _MARK), else_="")


class MarkedIds(NamedTuple):
    """The ids of a list, and those of them that have a mark."""

    ids: AbstractSet[str]
    marked: AbstractSet[str]


def marked_ids_of(listed: str | None) -> MarkedIds:
    """The ids of a list of marked values."""
    if listed is None or _MARK not in listed:
        return MarkedIds(ids_of(listed), frozenset())
    marks = frozenset(each[:-1] for each in listed.split(",") if each[-1] == _MARK)
    return MarkedIds(ids_of(listed.replace(_MARK, "")), marks)
