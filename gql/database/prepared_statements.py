"""Statements that are compiled once and executed by the driver itself.

SQLAlchemy spends some 0.25 ms of every execution on work that is the same each time: looking up
the compiled statement, the types of its parameters and columns, and wrapping its rows.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Dialect, Select

from gql.compat.sqlalchemy import (
    compile_for_driver,
    constants,
    placeholders,
)
from gql.database.column_types import reader_of
from gql.database.row_classes import row_maker
from gql.pacing import pause_for, slices

# A class of rows, converters; a name with its place in the list.
_OVERHEAD_BYTES = 10_000
_BYTES_PER_NAME = 70

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


class PreparedStatement:
    """A statement in the SQL of one dialect, with converters for its parameters and rows."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = compile_for_driver(statement, dialect)
        self.sql = str(compiled)
        self._names = placeholders(compiled)
        self._constants = constants(compiled, dialect)
        columns = statement.selected_columns
        self._make_row = row_maker(columns.keys())
        # Mostly the text and its placeholders' names.
        self.bytes = _OVERHEAD_BYTES + len(self.sql) + _BYTES_PER_NAME * len(self._names)
        self._readers = {
            position: reader
            for position, column in enumerate(columns)
            if (reader := reader_of(column.type, dialect))
        }

    def values(self, parameters: dict[str, Any]) -> tuple[Any, ...]:
        """The values to bind, in the order of the statement's placeholders."""
        return tuple(map((self._constants | parameters).__getitem__, self._names))

    async def rows(self, records: Sequence[Any]) -> list[Any]:
        """The driver's records as named tuples, with values of the columns' types."""
        rows: list[Any] = []
        for some in slices(records):
            await pause_for(some)
            rows += map(self._make_row, self._converted(some))
        return rows

    def _converted(self, records: Sequence[Any]) -> Iterable[Any]:
        if not self._readers:
            return records
        columns: list[Any] = list(zip(*records, strict=True))
        for position, read_all in self._readers.items():
            columns[position] = read_all(columns[position])
        return zip(*columns, strict=True)
