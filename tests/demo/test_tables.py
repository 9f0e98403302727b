"""The same questions have the same answers on tables of every make."""

from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gql import demo
from gql.database import tables
from gql.database.column_types import EnumColumn, ExactText, Sha256
from gql.demo import MadeBy
from tests.support.databases import new_database, only_on
from tests.support.doctor import examined, of
from tests.support.gateway import running_app, settings
from tests.support.questions import QUESTIONS, answers


async def asked(engine: str, directory: Path, made_by: MadeBy) -> dict[Any, Any]:
    async with new_database(engine, directory, f"made_by_{made_by.name.lower()}") as url:
        writer = create_async_engine(url)
        await demo.build(writer, made_by=made_by)
        await writer.dispose()
        async with running_app(settings(url)) as client:
            return await answers(client)


@pytest.fixture(scope="module")
async def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """The answers on SQLite, with tables as the platform's models make them."""
    return await asked("sqlite", tmp_path_factory.mktemp("made"), MadeBy.MODELS)


def test_every_query_is_valid(expected: dict[Any, Any]) -> None:
    assert [name for name in QUESTIONS if "errors" in expected[name]] == []


async def test_tables_by_models_answer_on_every_engine(
    engine: str, expected: dict[Any, Any], tmp_path: Path
) -> None:
    found = await asked(engine, tmp_path, MadeBy.MODELS)

    assert {name for name in expected if found[name] != expected[name]} == set()


@only_on("mariadb")
async def test_tables_by_migrations_answer_in_the_same_way(
    engine: str, expected: dict[Any, Any], tmp_path: Path
) -> None:
    found = await asked(engine, tmp_path, MadeBy.MIGRATIONS)

    assert {name for name in expected if found[name] != expected[name]} == set()


@only_on("mariadb")
async def test_tables_of_mixed_collations_answer_in_the_same_way(
    engine: str, expected: dict[Any, Any], tmp_path: Path
) -> None:
    found = await asked(engine, tmp_path, MadeBy.MIXED_COLLATIONS)

    assert {name for name in expected if found[name] != expected[name]} == set()


@only_on("mariadb")
async def test_columns_of_many_collations_answer_in_the_same_way(
    engine: str, expected: dict[Any, Any], tmp_path: Path
) -> None:
    async with new_database(engine, tmp_path, "columns") as url:
        writer = create_async_engine(url)
        await demo.build(writer)
        async with writer.begin() as connection:
            await vary_collations(connection)
        await writer.dispose()
        async with running_app(settings(url)) as client:
            found = await answers(client)

    assert {name for name in expected if found[name] != expected[name]} == set()


COLLATIONS = cycle(
    [
        *("utf8mb4_unicode_520_ci", "latin1_general_cs", "utf8mb3_bin"),
        *("utf8mb4_turkish_ci", "utf8mb4_bin"),
    ]
)


async def vary_collations(connection: AsyncConnection) -> None:
    """Give each text column another collation than its neighbours have."""
    for table in tables.Base.metadata.sorted_tables:
        changes = []
        for column in table.columns:
            if isinstance(column.type, ExactText | EnumColumn | Sha256):
                type_ = column.type.compile(connection.dialect)
                rest = "NULL" if column.nullable else "NOT NULL"
                changes.append(f"MODIFY `{column.name}` {type_} COLLATE {next(COLLATIONS)} {rest}")
        if changes:
            await connection.exec_driver_sql(f"ALTER TABLE `{table.name}` {', '.join(changes)}")


async def columns(url: URL, made_by: MadeBy) -> dict[str, tuple[str, str, str]]:
    """The type, the collation and the default of each column."""
    writer = create_async_engine(url)
    await demo.build(writer, runs=demo.MINIMUM_RUNS, made_by=made_by)
    async with writer.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT concat(table_name, '.', column_name), column_type, collation_name, "
                "column_default FROM information_schema.columns WHERE table_schema = database()"
            )
        )
        found = {row[0]: tuple(row[1:]) for row in rows}
    await writer.dispose()
    return found


@only_on("mariadb")
async def test_migrations_make_enumerations_bits_and_defaults(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "migrations") as url:
        found = await columns(url, MadeBy.MIGRATIONS)

    assert found["test.platform"][0] == "enum('linux','windows')"
    assert found["test_progress.status"][0].startswith("enum('completed','testing',")
    assert found["regression_test.active"][0] == "bit(1)"
    assert found["regression_test.expected_rc"][2] == "0"


@only_on("mariadb")
async def test_collations_are_mixed(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "collations") as url:
        found = await columns(url, MadeBy.MIXED_COLLATIONS)

    assert {collation for _, collation, _ in found.values()} >= {
        *("latin1_swedish_ci", "utf8mb3_general_ci", "utf8mb4_general_ci", "utf8mb4_unicode_ci")
    }
    assert found["test_result_file.got"][1] != found["regression_test_output_files.file_hashes"][1]


@only_on("mariadb")
@pytest.mark.parametrize(
    ("made_by", "is_mixed"), [(MadeBy.MODELS, False), (MadeBy.MIXED_COLLATIONS, True)]
)
async def test_doctor_lists_compared_columns_of_different_collations(
    engine: str, tmp_path: Path, made_by: MadeBy, is_mixed: bool
) -> None:
    async with new_database(engine, tmp_path, "doctor") as url:
        await columns(url, made_by)
        [finding] = of(await examined(url), "collations")

    assert ("test_result_file.got utf8mb4_general_ci" in finding.message) is is_mixed
    assert (finding.remedy is not None) is is_mixed


@only_on("sqlite", "postgresql")
@pytest.mark.parametrize("made_by", [MadeBy.MIGRATIONS, MadeBy.MIXED_COLLATIONS])
async def test_migrations_are_rejected_on_other_engines(
    engine: str, made_by: MadeBy, tmp_path: Path
) -> None:
    async with new_database(engine, tmp_path, "unmigrated") as url:
        writer = create_async_engine(url)
        with pytest.raises(demo.TablesNotPossible, match=f"{made_by} on MariaDB and MySQL only"):
            await demo.build(writer, made_by=made_by)
        await writer.dispose()
