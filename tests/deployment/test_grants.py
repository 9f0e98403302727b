"""The database user of `sample-gateway grants` may read what the gateway reads, and no more."""

import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Database
from tests.cli.commands import run as run_command
from tests.support import rows
from tests.support.databases import only_on
from tests.support.doctor import administered, examined, of, wrong
from tests.support.gateway import running_app, settings
from tests.support.platform import Platform

pytestmark = only_on("mariadb", "postgresql")


def printed(engine: str) -> tuple[URL, list[str]]:
    """The address and the statements that the command prints."""
    comment, *lines = run_command("grants", "--engine", engine).output.splitlines()
    statements = [line for line in lines if not line.startswith("--")]
    return make_url(comment.removeprefix("-- DATABASE_URL=")), statements


@pytest.fixture
async def url(engine: str, platform: Platform) -> AsyncIterator[URL]:
    """The platform's database as the user of the script reads it."""
    name = f"gateway_{os.getpid()}"
    address, statements = printed(engine)
    as_named = [each.replace("gateway", name, 1) for each in statements]
    async with administered(platform.url) as run:
        await run(*as_named)
        yield platform.url.set(username=name, password=address.password)
        if engine == "postgresql":
            await run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        else:
            await run(f"DROP USER {name}")


def test_grants_have_a_new_password_each_time(engine: str) -> None:
    assert printed(engine)[0].password != printed(engine)[0].password


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
