"""`sample-gateway doctor` before servers that are down, or hang, or serve otherwise than meant."""

from asyncio import to_thread
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis as RedisClient

from gql.cli import main as cli
from tests.faults.settings import settings_for
from tests.support.database_servers import DatabaseServer, Redis
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import address, free_port


async def examine(**settings: Any) -> Result:
    """What the command prints, while a server does not answer it."""
    variables = {name.upper(): str(value) for name, value in settings.items()}
    result = await to_thread(
        CliRunner().invoke, cli.main, ["doctor"], env=variables | {"PORT": str(free_port())}
    )
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def lines(result: Result, *begin: str) -> list[str]:
    return [line for line in result.output.splitlines() if line.split()[:2] == [*begin]]


async def test_a_database_that_is_down_is_a_failure(server: DatabaseServer) -> None:
    server.kill()
    result = await examine(database_url=address(server.url))
    await server.start()
    assert result.exit_code == 1
    assert lines(result, "error", "database")


async def test_a_database_that_hangs_is_a_failure(server: DatabaseServer) -> None:
    with server.paused():
        result = await examine(database_url=address(server.url))
    assert result.exit_code == 1
    [line] = lines(result, "error", "database")
    assert "did not answer in time" in line


async def test_a_table_that_is_locked_is_waited_for_some_seconds(server: DatabaseServer) -> None:
    async with server.locked("tag"):
        result = await examine(database_url=address(server.url))
    assert result.exit_code == 1
    assert lines(result, "ok", "clock")
    assert lines(result, "error", "database")


@only_on("sqlite")
async def test_a_redis_that_hangs_is_a_failure(filled: Platform, redis: Redis) -> None:
    with redis.paused():
        result = await examine(**settings_for(filled, redis_url=redis.url))
    assert result.exit_code == 1
    assert lines(result, "error", "redis")


@only_on("sqlite")
@pytest.mark.parametrize(
    ("command", "sign", "found"),
    [
        ("CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru", "warning", "may forget counts"),
        ("REPLICAOF 127.0.0.1 1", "error", "it is a read-only replica"),
        ("CONFIG SET requirepass secret", "error", "rejects the login"),
    ],
)
async def test_a_redis_that_cannot_count_for_all_is_told(
    command: str, sign: str, found: str, filled: Platform, redis: Redis
) -> None:
    async with RedisClient.from_url(redis.url) as client:
        await client.execute_command(*command.split())
    result = await examine(**settings_for(filled, redis_url=redis.url))
    assert any(found in line for line in lines(result, sign, "redis"))
