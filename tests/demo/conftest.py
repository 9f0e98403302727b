"""The demo in a file of its own, read with plain SQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo

RUNS = 75


class Built(NamedTuple):
    file: Path
    files: Path


async def build(file: Path, **arguments: Any) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")
    try:
        await demo.build(engine, **arguments)
    finally:
        await engine.dispose()


async def dump(file: Path, **arguments: Any) -> list[str]:
    await build(file, **arguments)
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


@pytest.fixture(scope="session")
async def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A demo of `RUNS` runs with its files, for tests that only read it."""
    directory = tmp_path_factory.mktemp("demo")
    built = Built(directory / "demo.sqlite", directory / "demo-files")
    await build(built.file, runs=RUNS, files=built.files)
    return built


@pytest.fixture
def database(built: Built) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(built.file)) as connection:
        yield connection


def column(database: sqlite3.Connection, statement: str, *parameters: Any) -> list[Any]:
    return [value for (value,) in database.execute(statement, parameters)]


def count(database: sqlite3.Connection, statement: str, *parameters: Any) -> int:
    return int(column(database, f"SELECT count(*) FROM {statement}", *parameters)[0])


def states(database: sqlite3.Connection, run_id: int) -> list[str]:
    return column(
        database, "SELECT status FROM test_progress WHERE test_id = ? ORDER BY id", run_id
    )


def failing(database: sqlite3.Connection, run_id: int) -> set[int]:
    """The tests with a result in a run that did not pass."""
    return set(
        column(
            database,
            """
            SELECT regression_test_id FROM test_result AS result
            WHERE test_id = ? AND (
                exit_code IS NOT expected_rc
                OR EXISTS (
                    SELECT * FROM regression_test_output AS output
                    LEFT JOIN test_result_file AS file
                        ON file.test_id = result.test_id
                        AND file.regression_test_output_id = output.id
                    LEFT JOIN regression_test_output_files AS variant
                        ON variant.regression_test_output_id = output.id
                        AND variant.file_hashes = file.got
                    WHERE output.regression_id = result.regression_test_id AND (
                        file.test_id IS NULL AND NOT output."ignore"
                        OR file.got != file.expected AND variant.id IS NULL
                    )
                )
            )
            """,
            run_id,
        )
    )


def fingerprint(database: sqlite3.Connection, run_id: int, test_id: int) -> Any:
    """What a result is known by: its exit code, and what it produced for each output."""
    [exit_code] = column(
        database,
        "SELECT exit_code FROM test_result WHERE test_id = ? AND regression_test_id = ?",
        run_id,
        test_id,
    )
    produced = database.execute(
        """
        SELECT regression_test_output_id, got FROM test_result_file
        WHERE test_id = ? AND regression_test_id = ? ORDER BY 1
        """,
        (run_id, test_id),
    )
    return exit_code, tuple(produced.fetchall())
