"""Settings of a server that change what SQL means change no answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from tests.support.database_servers import MariaDB, started
from tests.support.databases import new_database, only_on
from tests.support.gateway import running_app, settings
from tests.support.questions import answers

MODES = [
    *("PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY", "NO_ZERO_DATE"),
    *("HIGH_NOT_PRECEDENCE", "NO_UNSIGNED_SUBTRACTION", "NO_BACKSLASH_ESCAPES"),
    *("PAD_CHAR_TO_FULL_LENGTH", "EMPTY_STRING_IS_NULL", "ALLOW_INVALID_DATES"),
    *("ANSI", "TRADITIONAL", "ORACLE", "MSSQL", "DB2"),
]
MARIADB = [
    *(f"sql_mode = '{mode}'" for mode in MODES),
    "time_zone = '+05:30'",
    "completion_type = CHAIN",
    "completion_type = 'RELEASE'",
    "sql_select_limit = 1",
    "sql_auto_is_null = 1",
    "max_sort_length = 64",
    "group_concat_max_len = 4",
    "default_regex_flags = 'EXTENDED'",
    "max_join_size = 1",
    "autocommit = 0",
    "tx_isolation = 'READ-UNCOMMITTED'",
    "collation_connection = 'latin1_german2_ci'",
    "character_set_client = 'latin1'",
    "character_set_results = 'latin1'",
]
POSTGRESQL = [
    "timezone = 'Asia/Kolkata'",
    "datestyle = 'German'",
    "intervalstyle = 'sql_standard'",
    "standard_conforming_strings = off",
    "transform_null_equals = on",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
    "default_transaction_deferrable = on",
    "bytea_output = 'escape'",
    "client_encoding = 'latin1'",
    "extra_float_digits = -15",
    "quote_all_identifiers = on",
    "enable_seqscan = off",
]


async def asked(url: URL) -> dict[Any, Any]:
    async with running_app(settings(url)) as client:
        return await answers(client)


async def build(url: URL) -> None:
    writer = create_async_engine(url)
    await demo.build(writer)
    await writer.dispose()


@pytest.fixture(scope="module")
async def mariadb() -> AsyncIterator[MariaDB]:
    """A server of its own, as others share its global settings."""
    server = await started(MariaDB)
    await server.administer("CREATE DATABASE platform CHARACTER SET utf8mb4")
    await build(server.url)
    yield server
    server.remove()


@pytest.fixture(scope="module")
async def usual(mariadb: MariaDB) -> dict[Any, Any]:
    """The answers under the server's defaults."""
    return await asked(mariadb.url)


@pytest.mark.parametrize("setting", MARIADB)
async def test_setting_of_mariadb_changes_no_answer(
    mariadb: MariaDB, usual: dict[Any, Any], setting: str
) -> None:
    name = setting.partition(" ")[0]
    owner = create_async_engine(mariadb.url, isolation_level="AUTOCOMMIT")
    # A connection keeps the settings that it began with; some of them end a new one at once.
    async with owner.connect() as connection:
        before = await connection.scalar(text(f"SELECT @@global.{name}"))
        await connection.execute(text(f"SET GLOBAL {setting}"))
        try:
            found = await asked(mariadb.url)
        finally:
            quoted = f"'{before}'" if isinstance(before, str) else before
            await connection.execute(text(f"SET GLOBAL {name} = {quoted}"))
    await owner.dispose()

    assert {name for name in usual if found[name] != usual[name]} == set()


@only_on("postgresql")
async def test_settings_of_postgresql_change_no_answer(engine: str, tmp_path: Path) -> None:
    async with new_database(engine, tmp_path, "settings") as url:
        await build(url)
        usual = await asked(url)
        owner = create_async_engine(url, isolation_level="AUTOCOMMIT")
        different = {}
        async with owner.connect() as connection:
            for setting in POSTGRESQL:
                await connection.execute(text(f"ALTER DATABASE {url.database} SET {setting}"))
                found = await asked(url)
                await connection.execute(text(f"ALTER DATABASE {url.database} RESET ALL"))
                if names := {name for name in usual if found[name] != usual[name]}:
                    different[setting] = names
        await owner.dispose()

    assert different == {}
