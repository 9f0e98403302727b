"""The platform's tables as the user may read them, compared with what the gateway reads."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, UniqueConstraint, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gql.cli.doctor.check_result import CheckResult, error, info, ok, warning
from gql.cli.doctor.servers import Server
from gql.database.unreadable import (
    OPTIONAL_COLUMNS,
    TABLES,
    ColumnsByTable,
    names_of,
    unreadable_columns,
)

# Indexes that the platform lacks and that help with many runs, and the query that they help.
OPTIONAL_INDEXES = {
    ("test", "pr_nr"): "runs(filter: {pullRequest})",
    ("test", "commit"): "runs(filter: {commit})",
}
# What the gateway cannot answer without an optional table.
_WITHOUT = {
    "general_data": "Run.estimatedFinish knows no averages of the platform",
    "maintenance_mode": "Queue.isPaused is null",
    "sample_issue": "Media.issues is null, unless it has `date` in place of `created_at`",
    "upload": "Media.upload is null",
}
_KINDS: dict[type[Any], str] = {int: "a number", str: "a text", date: "a date"}


async def check_tables(connection: AsyncConnection, server: Server | None) -> list[CheckResult]:
    """Which tables and columns are missing or unreadable, and types and indexes of the others."""
    unreadable = await unreadable_columns(connection)
    missing, denied = unreadable.missing, unreadable.denied
    results = []
    if denied and server:
        names = [name.partition(" ")[2] for name in names_of(denied)]
        results.append(
            error(
                "rights",
                f"the user cannot read {', '.join(names)}",
                " ".join([await _grant(server, table, denied[table]) for table in denied])
                + " All that it needs is what `sample-gateway grants "
                f"--engine {server.engine}` prints.",
            )
        )
    if missing:
        results.append(
            error(
                "schema",
                f"the database lacks {_listed(missing)}",
                "Set DATABASE_URL to the platform's database, or fill an empty one with "
                "`sample-gateway demo`.",
            )
        )
    readable = [table for table in TABLES if table not in {*denied, *missing}]
    if not results:
        results.append(ok("schema", f"all {len(TABLES)} tables can be read"))
        results += await _check_optional_tables(connection, server)
    return [*results, *await connection.run_sync(_check_definitions, readable)]


async def _check_optional_tables(
    connection: AsyncConnection, server: Server | None
) -> list[CheckResult]:
    unreadable = await unreadable_columns(connection, OPTIONAL_COLUMNS)
    results = [
        info(
            "rights",
            f"the user cannot read {table.name}, so {_WITHOUT[table.name]}",
            await _grant(server, table, OPTIONAL_COLUMNS[table]),
        )
        for table in unreadable.denied
        if server
    ]
    results += [
        info(
            "schema",
            f"the database lacks {_names_of_columns(table, columns)}, so {_WITHOUT[table.name]}",
            "Nothing, unless the platform should have it.",
        )
        for table, columns in unreadable.missing.items()
    ]
    return results


def _names_of_columns(table: Table, columns: Sequence[Column[Any]]) -> str:
    if len(columns) == len(OPTIONAL_COLUMNS[table]):
        return f"the optional table {table.name}"
    return ", ".join(f"column {table.name}.{column.name}" for column in columns)


def _listed(missing: ColumnsByTable) -> str:
    names = names_of(missing)
    is_empty = names == [f"table {table.name}" for table in TABLES]
    return "all of the platform's tables" if is_empty else ", ".join(names)


async def _grant(server: Server, table: Table, columns: Sequence[Column[Any]]) -> str:
    quote = server.dialect.identifier_preparer.quote
    names = ", ".join(quote(each.name) for each in columns)
    return f"GRANT SELECT ({names}) ON {quote(table.name)} TO {await server.user()};"


def _check_definitions(connection: Connection, tables: list[Table]) -> list[CheckResult]:
    inspector = inspect(connection)
    results: list[CheckResult] = []
    hidden = 0
    for table in tables:
        try:
            types = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
            indexes = [
                inspector.get_pk_constraint(table.name)["constrained_columns"],
                *(each["column_names"] for each in inspector.get_indexes(table.name)),
                *(each["column_names"] for each in inspector.get_unique_constraints(table.name)),
            ]
        except SQLAlchemyError:
            hidden += 1
            continue
        results += _check_types(table, types)
        results += _check_indexes(table, indexes, connection.dialect)
    if hidden:
        results.append(
            ok(
                "rights",
                f"of {hidden} tables the user may read the columns it needs alone: "
                "their types and indexes are not examined",
            )
        )
    return results


def _check_types(table: Table, types: dict[str, Any]) -> Iterator[CheckResult]:
    for column in table.c:
        meant, found = _kind(column.type), _kind(types[column.name])
        if meant != found:
            yield warning(
                "schema",
                f"{table.name}.{column.name} is {types[column.name]}, and should be {meant}",
                "Set DATABASE_URL to the platform's database; others can have unreadable rows.",
            )


def _kind(type_: Any) -> str:
    """What kind of values a type has, whatever each database calls it."""
    python_type = getattr(type_, "impl_instance", type_).python_type
    kinds = (kind for each, kind in _KINDS.items() if issubclass(python_type, each))
    return next(kinds, "something else")


def _check_indexes(table: Table, indexes: list[Any], dialect: Dialect) -> Iterator[CheckResult]:
    needed = [
        [*table.primary_key.columns.keys()],
        *([*index.columns.keys()] for index in table.indexes),
        *(
            [*constraint.columns.keys()]
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ),
    ]
    for columns in sorted(needed):
        if columns and not _is_covered(columns, indexes):
            yield warning(
                "indexes",
                f"{table.name} has no index for {', '.join(columns)}: queries read all of it",
                _create_index(table.name, columns, dialect),
            )
    for (name, column), purpose in OPTIONAL_INDEXES.items():
        if name == table.name and not _is_covered([column], indexes):
            yield info(
                "indexes",
                f"{name} has no index for {column}, which {purpose} would use",
                _create_index(name, [column], dialect),
            )


def _is_covered(columns: list[str], indexes: list[Any]) -> bool:
    return any(index[: len(columns)] == columns for index in indexes)


def _create_index(table: str, columns: list[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    name = f"ix_{table}_{'_'.join(columns)}"
    listed = ", ".join(quote(column) for column in columns)
    return f"The platform's owner may run: CREATE INDEX {name} ON {quote(table)} ({listed});"
