"""The tables and columns that the database lacks, or that the user may not read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gql.database.error_codes import ABSENT, DENIED, code_of
from gql.database.tables import READ_TABLES, Base

ColumnsByTable = Mapping[Table, Sequence[Column[Any]]]

TABLES = sorted(READ_TABLES, key=lambda table: table.name)
READ_COLUMNS: ColumnsByTable = {table: list(table.c) for table in TABLES}

# What the gateway reads of optional tables: not who uploaded a file or queued a run.
OPTIONAL_COLUMNS = {
    (table := Base.metadata.tables[name]): [table.c[column] for column in columns]
    for name, columns in {
        "general_data": ("id", "key", "value"),
        "maintenance_mode": ("id", "platform", "disabled"),
        "sample_issue": ("id", "sample_id", "issue_id", "title", "created_at", "status"),
        "upload": ("id", "sample_id", "version_id", "platform", "parameters", "notes"),
    }.items()
}


@dataclass(frozen=True, slots=True)
class UnreadableColumns:
    """The columns that cannot be read, by table."""

    missing: dict[Table, list[Column[Any]]] = field(default_factory=dict)
    denied: dict[Table, list[Column[Any]]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """All of them, such as `table tag` and `column test.branch`, by table."""
        unreadable = {
            table: [*self.missing.get(table, ()), *self.denied.get(table, ())] for table in TABLES
        }
        return names_of({table: columns for table, columns in unreadable.items() if columns})


def names_of(columns_by_table: ColumnsByTable) -> list[str]:
    """The names of the tables, or of columns if they are not all of a table's."""
    names: list[str] = []
    for table, columns in columns_by_table.items():
        if len(columns) == len(table.c):
            names.append(f"table {table.name}")
        else:
            names += [f"column {table.name}.{column.name}" for column in columns]
    return names


async def unreadable_columns(
    connection: AsyncConnection, columns_by_table: ColumnsByTable = READ_COLUMNS
) -> UnreadableColumns:
    """What cannot be read of the columns, found by selecting no row of each table.

    The catalogue of an engine would not do: MySQL and MariaDB show all of a table only to a user
    who may read all of it.
    """
    unreadable = UnreadableColumns()
    for table, columns in columns_by_table.items():
        if await _code_of_reading(connection, columns) is None:
            continue
        codes = {column: await _code_of_reading(connection, [column]) for column in columns}
        denied = [column for column, code in codes.items() if code in DENIED]
        missing = [column for column, code in codes.items() if code in ABSENT]
        if denied:
            unreadable.denied[table] = denied
        if missing:
            unreadable.missing[table] = missing
    return unreadable


async def _code_of_reading(connection: AsyncConnection, columns: Iterable[Column[Any]]) -> Any:
    """The code of the error of reading the columns, or None."""
    try:
        await connection.execute(select(*columns).limit(0))
    except DBAPIError as error:
        code = code_of(error)
        if code in DENIED | ABSENT:
            return code
        raise
    return None
