"""The database user of docs/deploy may read what the gateway reads, and nothing else."""

import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, Dialect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Database
from gql.database.tables import READ_TABLES
from gql.database.unreadable import OPTIONAL_COLUMNS
from tests.deployment.proxies import FILES
from tests.support import rows
from tests.support.databases import only_on
from tests.support.doctor import administered, examined, of, wrong
from tests.support.gateway import running_app, settings
from tests.support.platform import Platform

pytestmark = only_on("mariadb", "postgresql")

PASSWORD = "change me"
CREATE = {
    "mariadb": f"CREATE USER gateway@'%' IDENTIFIED BY '{PASSWORD}'",
    "postgresql": f"CREATE ROLE gateway LOGIN PASSWORD '{PASSWORD}'",
}
GRANTEE = {"mariadb": "gateway@'%'", "postgresql": "gateway"}


def statements(engine: str) -> list[str]:
    script = (FILES / f"grants-{engine}.sql").read_text()
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def grants(engine: str, dialect: Dialect) -> list[str]:
    """What the gateway has to be granted, column by column: tables may come to have secrets."""
    quote = dialect.identifier_preparer.quote
    columns_by_table = {
        **{table: list(table.c) for table in sorted(READ_TABLES, key=lambda table: table.name)},
        **OPTIONAL_COLUMNS,
    }
    return [
        f"GRANT SELECT ({', '.join(quote(column.name) for column in columns)}) "
        f"ON {quote(table.name)} TO {GRANTEE[engine]}"
        for table, columns in columns_by_table.items()
    ]


@pytest.fixture
async def url(engine: str, platform: Platform) -> AsyncIterator[URL]:
    """The platform's database as the user of the script reads it."""
    name = f"gateway_{os.getpid()}"
    as_named = [each.replace("gateway", name, 1) for each in statements(engine)]
    async with administered(platform.url) as run:
        await run(*as_named)
        yield platform.url.set(username=name, password=PASSWORD)
        if engine == "postgresql":
            await run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        else:
            await run(f"DROP USER {name}")


def test_grant_script_grants_exactly_what_the_gateway_reads(
    engine: str, platform: Platform
) -> None:
    expected = [CREATE[engine], *grants(engine, platform.url.get_dialect()())]

    assert statements(engine) == expected


async def test_granted_user_can_read_everything_the_gateway_needs(
    url: URL, platform: Platform
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )
    database = Database(url, pool_size=1, timeout_seconds=5)
    assert await database.missing() == []
    await database.close()

    async with running_app(settings(url), platform.token) as gateway:
        assert (await gateway.sample(1, 1)).status_code == 200
        assert await gateway.ask("{ run(id: 1) { summary { pass } } }") == {
            "run": {"summary": {"pass": 1}}
        }


async def test_doctor_finds_no_missing_grant_for_the_granted_user(url: URL, engine: str) -> None:
    findings = await examined(url)
    assert wrong(findings) == []
    assert not any("rant SELECT" in str(each.remedy) for each in findings)
    rights = [each.message for each in of(findings, "rights")]
    assert rights[-1] == "the user can read, and cannot write"
    if engine == "mariadb":  # PostgreSQL shows its catalogue to everybody.
        assert [found.partition(" the user")[0] for found in rights[:-1]] == ["of 17 tables"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tag (id, name) VALUES (1, 'written')",
        "UPDATE test SET pr_nr = 1",
        "DELETE FROM api_token",
        "DROP TABLE tag",
        "SELECT email FROM {user}",
        "SELECT user_id FROM upload",
    ],
)
async def test_granted_user_can_neither_write_nor_read_user_data(
    url: URL, platform: Platform, statement: str
) -> None:
    quote = platform.writer.dialect.identifier_preparer.quote
    engine = create_async_engine(url)
    with pytest.raises(DBAPIError, match=r"denied|must be owner"):
        async with engine.begin() as connection:
            await connection.execute(text(statement.format(user=quote("user"))))
    await engine.dispose()
