"""Filling an empty database."""

from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Connection,
    MetaData,
    String,
    bindparam,
    case,
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

from gql.database.tables import Base, CustomizedTest, Platform, RegressionTest, Test
from gql.demo.catalogue import DEACTIVATED_TEST, HARDSUBX_TEST
from gql.demo.catalogue_rows import Rows, catalogue_rows
from gql.demo.files import DemoFiles
from gql.demo.fixed_runs import SUITE_SIZE
from gql.demo.history import Run, history, run_of
from gql.demo.made_by import MadeBy, tables_made_by
from gql.demo.mark import APPLICATION_ID
from gql.demo.optional import GeneralData, optional_rows
from gql.demo.people import people_rows
from gql.demo.results import run_rows
from gql.demo.stories import (
    CORRECTED_MASTER_LINUX,
    MINIMUM_RUNS,
    REPORT_WINDOWS_2023,
    moving_runs,
)

_TABLES: Final = Base.metadata.tables
_RUNS_PER_BATCH: Final = 20
_FIRST_ID_OF_SUITES: Final = 1_000_000
DEFAULT_RUNS: Final = 70
DEFAULT_SEED: Final = 1

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
    runs: int = DEFAULT_RUNS,
    seed: int = DEFAULT_SEED,
    made_by: MadeBy = MadeBy.MODELS,
    files: Path | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Create the platform's tables and fill them, in one transaction where the database can.

    The platform's files go under the folder `files`, if there is one. `report` is called with the
    number of runs that are written and that of all. Raises DatabaseNotEmpty, before anything is
    written, if the database has any of the tables, TablesNotPossible if its engine cannot have
    them made so, and ValueError for too few runs.
    """
    if runs < MINIMUM_RUNS:
        raise ValueError(f"The demo data set needs at least {MINIMUM_RUNS} runs, not {runs}.")
    async with engine.begin() as connection:
        filling = _Filling(runs, seed, DemoFiles(files), report)
        await connection.run_sync(_build, made_by, filling)


def _build(connection: Connection, made_by: MadeBy, filling: "_Filling") -> None:
    if connection.dialect.name == "sqlite":
        # The driver would commit the tables before it begins a transaction for the rows.
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {filling.seed}")
    _create_tables(connection, tables_made_by(made_by, connection.dialect))
    filling.fill(connection)
    _plant_secrets(connection)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection)


def _create_tables(connection: Connection, tables: MetaData) -> None:
    present = _TABLES.keys() & inspect(connection).get_table_names()
    if present:
        raise DatabaseNotEmpty(
            f"The database has tables of the platform already ({', '.join(sorted(present))}). "
            "The demo data set only goes into an empty one."
        )
    tables.create_all(connection)
    quote = connection.dialect.identifier_preparer.quote
    for name, secret, length in _SECRETS:
        connection.exec_driver_sql(
            f"ALTER TABLE {quote(name)} ADD COLUMN {secret} VARCHAR({length})"
        )


class _Filling:
    """Fills the tables with the rows of so many runs."""

    def __init__(
        self, runs: int, seed: int, files: DemoFiles, report: Callable[[int, int], None]
    ) -> None:
        self._runs = runs
        self.seed = seed
        self._files = files
        self._report = report
        self._moving = moving_runs(runs)
        self._ids = {name: count(1) for name in ("test_progress", "test_fork", "customized_test")}
        self._last_passed: dict[Platform, dict[int, int]] = {each: {} for each in Platform}
        self._general_data = GeneralData()

    def fill(self, connection: Connection) -> None:
        self._files.write_media_info()
        released = run_of(CORRECTED_MASTER_LINUX, self._runs, self.seed).change.commit
        _insert(
            connection,
            people_rows(released) | catalogue_rows(self._files.outputs) | optional_rows(),
        )
        remaining = history(self._runs, self.seed)
        done = 0
        while batch := list(islice(remaining, _RUNS_PER_BATCH)):
            _insert(connection, self._rows_of(batch))
            _insert_suites(connection, [run.id for run in batch if run.chosen is None])
            done += len(batch)
            self._report(done, self._runs)
        _insert(connection, {"general_data": self._general_data.rows()})
        _update_last_passed(connection, self._last_passed)

    def _rows_of(self, batch: list[Run]) -> Rows:
        rows: Rows = {}
        for run in batch:
            rows_of_run = run_rows(run, self.seed, self._files.outputs)
            for name, more in rows_of_run.items():
                rows.setdefault(name, []).extend(more)
            self._files.write_log(run, rows_of_run, self._runs)
            if run.id in self._moving:
                # The outputs that it will produce have their files already.
                run_rows(run.whole, self.seed, self._files.outputs)
            self._general_data.add(run, rows_of_run["test_progress"])
            if run.is_completed and run.change.is_of_master:
                # The platform remembers it of no other runs.
                passed = [test for test in run.tests if run.failures.get(test) is None]
                self._last_passed[run.platform] |= dict.fromkeys(passed, run.id)
        for name, numbers in self._ids.items():
            rows[name] = [{"id": next(numbers), **row} for row in rows[name]]
        return rows


def _insert(connection: Connection, rows: Rows) -> None:
    for name, rows_of_table in rows.items():
        if rows_of_table:
            connection.execute(insert(_TABLES[name]), rows_of_table)


def _insert_suites(connection: Connection, run_ids: list[int]) -> None:
    """List all tests that were active then for each run: by the database, as they are many."""
    absent = case((Test.id <= REPORT_WINDOWS_2023, HARDSUBX_TEST), else_=DEACTIVATED_TEST)
    place = case((RegressionTest.id < SUITE_SIZE, RegressionTest.id), else_=SUITE_SIZE)
    suites = select(
        _FIRST_ID_OF_SUITES + (Test.id - 1) * SUITE_SIZE + place, Test.id, RegressionTest.id
    ).where(Test.id.in_(run_ids), RegressionTest.id != absent)
    connection.execute(
        insert(CustomizedTest).from_select(["id", "test_id", "regression_id"], suites)
    )


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
