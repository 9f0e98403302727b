"""Users of MySQL 8 and MariaDB log in as their servers have them, without TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL

from gql.cli.doctor.check_result import Severity
from gql.database import Database, DatabaseUnavailable, failure_reason
from gql.database.urls import async_url
from tests.support import mysql_server
from tests.support.database_servers import MariaDB, started
from tests.support.doctor import examined, of
from tests.support.gateway import running_app, settings
from tests.support.mysql_server import MySQLServer

PASSWORDS = ["secret", "pässwörd", "密码 пароль", "p@ss/w#rd%", "x" * 100]


def address(port: int, password: str, user: str = "gateway") -> URL:
    url = URL.create("mysql", user, password, "127.0.0.1", port, "platform")
    return async_url(url.render_as_string(hide_password=False))


@asynccontextmanager
async def connecting(url: URL) -> AsyncIterator[Database]:
    database = Database(url, pool_size=1, timeout_seconds=5)
    try:
        yield database
    finally:
        await database.close()


async def log_in(url: URL) -> None:
    async with connecting(url) as database:
        session = await database.pool.acquire(database.pool.deadline())
        await database.pool.discard(session)


async def problem_of(url: URL) -> str:
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await log_in(url)
    assert unavailable.value.__cause__
    return failure_reason(unavailable.value.__cause__)


@pytest.mark.parametrize("password", PASSWORDS)
async def test_user_of_mysql_8_logs_in_without_tls(password: str) -> None:
    server = MySQLServer(password)

    async with mysql_server.running(server) as port:
        await log_in(address(port, password))

    assert any("max_execution_time" in statement for statement in server.statements)


async def test_wrong_password_is_one_clear_line() -> None:
    async with mysql_server.running(MySQLServer("secret")) as port:
        assert "Access denied" in await problem_of(address(port, "wrong"))


async def test_unknown_way_to_log_in_is_unavailable() -> None:
    server = MySQLServer("secret", plugin="authentication_ldap_sasl_client")
    async with mysql_server.running(server) as port:
        url = address(port, "secret")
        assert "\n" not in await problem_of(url)
        async with running_app(settings(url)) as client:
            ready = await client.get("/readyz")
            answer = await client.post("/graphql", json={"query": "{ tags { id } }"})
        [finding] = of(await examined(url), "database")

    assert ready.status_code == answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert finding.severity is Severity.ERROR
    assert "caching_sha2_password" in (finding.remedy or "")


async def test_server_of_another_protocol_is_unavailable() -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        assert "\n" not in await problem_of(address(port, "secret"))


async def test_user_of_mariadb_logs_in_by_ed25519() -> None:
    server = await started(MariaDB)
    try:
        await server.administer("INSTALL SONAME 'auth_ed25519'")
        await server.administer("CREATE DATABASE platform")
        for number, password in enumerate(PASSWORDS):
            user = f"user{number}"
            await server.administer(
                f"CREATE USER {user}@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{password}')"
            )
            await server.administer(f"GRANT SELECT ON platform.* TO {user}@'%'")
            await log_in(address(server.port, password, user))
    finally:
        server.remove()
