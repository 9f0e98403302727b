"""Rows of a subquery as one column, so that one statement reads what belongs together."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Integer,
    ScalarSelect,
    Text,
    cast,
    func,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

from gql.compat.sqlalchemy import result_converter
from gql.database.column_types import ExactText
from gql.database.prepared_statements import Statement
from gql.database.row_classes import row_maker


class _JsonArray(GenericFunction[str]):
    """An array of the arguments, as text."""

    type = Text()
    name = "json_array"
    inherit_cache = True


@compiles(_JsonArray, "postgresql")
def _json_array_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(json_build_array({compiler.process(element.clauses, **options)}) AS TEXT)"


class _JsonRows(TypeDecorator[list[Any]]):
    """Arrays and their number, separated by commas, as named tuples.

    Their values are of the columns' types.
    """

    impl = Text
    cache_ok = True

    def __init__(self, names: tuple[str, ...], types: tuple[TypeEngine[Any], ...]) -> None:
        super().__init__()
        self.names = names
        self.types = types
        self._make_row = row_maker(names)
        self._converters = lru_cache(self._converters_of)

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any]:
        """The rows; raises ValueError if JSON could not hold them."""
        # SQLite's driver gives None for a text that is no UTF-8, and MariaDB cuts long ones.
        *rows, number = orjson.loads(f"[{value}]")
        if len(rows) != number:
            raise ValueError("The rows were cut.")
        for position, convert in self._converters(dialect):
            for row in rows:
                row[position] = convert(row[position])
        return list(map(self._make_row, rows))

    def _converters_of(self, dialect: Dialect) -> list[tuple[int, Any]]:
        return [
            (position, convert)
            for position, type_ in enumerate(self.types)
            if (convert := _converter_of(type_, dialect))
        ]


def _converter_of(type_: TypeEngine[Any], dialect: Dialect) -> Any:
    if isinstance(type_, ExactText):  # JSON has no bytes.
        return None
    return _truth_of if isinstance(type_, Boolean) else result_converter(type_, dialect)


def _truth_of(number: int | None) -> bool | None:
    return None if number is None else bool(number)


def _array_of(statement: Any) -> _JsonArray:
    return _JsonArray(
        # MariaDB 10.11 would write some truths as numbers, and some as texts.
        *(
            cast(column, Integer) if isinstance(column.type, Boolean) else column
            for column in statement.selected_columns
        )
    )


def _rows_of(statement: Any) -> ColumnElement[str]:
    listed = func.aggregate_strings(_array_of(statement), ",") + ","
    return func.coalesce(listed, "") + cast(func.count(), Text)


def json_rows(statement: Statement, *outer: Any) -> list[ScalarSelect[Sequence[Any]]]:
    """All rows of a statement that depends on the tables `outer`, in any order.

    They are in a column for each part of a union. Dates have no JSON, so the statement must not
    select any.
    """
    parts: Any = statement.selects if isinstance(statement, CompoundSelect) else [statement]
    columns = statement.selected_columns
    type_ = _JsonRows(tuple(columns.keys()), tuple(column.type for column in columns))
    return [
        part.order_by(None)
        .with_only_columns(type_coerce(_rows_of(part), type_), maintain_column_froms=True)
        .correlate(*outer)
        .scalar_subquery()
        for part in parts
    ]
