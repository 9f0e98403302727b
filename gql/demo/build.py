"""Filling an empty database."""

from collections.abc import Callable
from itertools import count, islice
from typing import Final

from sqlalchemy import (
    Connection,
    String,
    bindparam,
    cast,
    column,
    func,
    insert,
    inspect,
    literal,
    select,
    table,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from gql.database.tables import Base, Platform
from gql.demo.catalogue import Row, catalogue_rows
from gql.demo.history import Run, State, history
from gql.demo.people import people_rows
from gql.demo.results import run_rows
from gql.demo.stories import MINIMUM_RUNS, Outcome

_TABLES: Final = Base.metadata.tables
_RUNS_PER_BATCH: Final = 20

# What the platform keeps to itself: not mapped, and here to show that it never gets out.
_SECRETS: Final = (
    ("test", "token", 64),
    ("user", "password", 255),
    ("user", "github_token", 255),
)


class DatabaseNotEmpty(Exception):
    """The database has tables of the platform; it may be a real one."""


async def build(
    engine: AsyncEngine,
    *,
    runs: int = 60,
    seed: int = 1,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Create the platform's tables and fill them, in one transaction where the database can.

    `report` is called with the number of runs that are written and that of all. Raises
    DatabaseNotEmpty, before anything is written, if the database has any of the tables.
    """
    if runs < MINIMUM_RUNS:
        raise ValueError(f"The demo data set needs at least {MINIMUM_RUNS} runs, not {runs}.")
    async with engine.begin() as connection:
        await connection.run_sync(_build, runs, seed, report)


def _build(
    connection: Connection, runs: int, seed: int, report: Callable[[int, int], None]
) -> None:
    if connection.dialect.name == "sqlite":
        # The driver would commit the tables before it begins a transaction for the rows.
        connection.exec_driver_sql("BEGIN")
    _create_tables(connection)
    _insert(connection, people_rows() | catalogue_rows())
    _insert_runs(connection, runs, seed, report)
    _plant_secrets(connection)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection)


def _create_tables(connection: Connection) -> None:
    present = _TABLES.keys() & inspect(connection).get_table_names()
    if present:
        raise DatabaseNotEmpty(
            f"The database has tables of the platform already ({', '.join(sorted(present))}). "
            "The demo data set only goes into an empty one."
        )
    Base.metadata.create_all(connection)
    quote = connection.dialect.identifier_preparer.quote
    for name, secret, length in _SECRETS:
        connection.exec_driver_sql(
            f"ALTER TABLE {quote(name)} ADD COLUMN {secret} VARCHAR({length})"
        )


def _insert(connection: Connection, rows_by_table: dict[str, list[Row]]) -> None:
    for name, rows in rows_by_table.items():
        if rows:
            connection.execute(insert(_TABLES[name]), rows)


def _insert_runs(
    connection: Connection, runs: int, seed: int, report: Callable[[int, int], None]
) -> None:
    ids = {"test_progress": count(1), "customized_test": count(1)}
    last_passed: dict[Platform, dict[int, int]] = {platform: {} for platform in Platform}
    remaining = history(runs, seed)
    done = 0
    while batch := list(islice(remaining, _RUNS_PER_BATCH)):
        rows_by_table: dict[str, list[Row]] = {}
        for run in batch:
            for name, rows in run_rows(run, seed).items():
                rows_by_table.setdefault(name, []).extend(rows)
            if run.state is State.COMPLETED:
                last_passed[run.platform] |= dict.fromkeys(_passed(run), run.id)
        for name, numbers in ids.items():
            rows_by_table[name] = [{"id": next(numbers), **row} for row in rows_by_table[name]]
        _insert(connection, rows_by_table)
        done += len(batch)
        report(done, runs)
    _update_last_passed(connection, last_passed)


def _passed(run: Run) -> list[int]:
    return [test_id for test_id, outcome in run.outcomes.items() if outcome is Outcome.PASSES]


def _update_last_passed(
    connection: Connection, last_passed: dict[Platform, dict[int, int]]
) -> None:
    tests = _TABLES["regression_test"]
    for platform, run_ids in last_passed.items():
        statement = (
            update(tests)
            .where(tests.c.id == bindparam("test"))
            .values({f"last_passed_on_{platform}": bindparam("run")})
        )
        connection.execute(
            statement, [{"test": test_id, "run": run_id} for test_id, run_id in run_ids.items()]
        )


def _plant_secrets(connection: Connection) -> None:
    for name, secret, _ in _SECRETS:
        unmapped = table(name, column("id"), column(secret))
        value = literal(f"planted-secret-{secret}-") + cast(unmapped.c.id, String(10))
        connection.execute(update(unmapped).values({secret: value}))


def _advance_sequences(connection: Connection) -> None:
    for name, each in _TABLES.items():
        if "id" in each.c:
            sequence = func.pg_get_serial_sequence(name, "id")
            connection.execute(select(func.setval(sequence, func.max(each.c.id))))
