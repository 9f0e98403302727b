"""The database, host by host, over the same kind of connection that the gateway uses."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from ipaddress import ip_address
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import URL, text

from gql import demo
from gql.cli.database import is_wrong_option, shown, unbuilt_file
from gql.cli.doctor import clock, tables
from gql.cli.doctor.check_result import CheckResult, Severity, error, ok, warning
from gql.cli.doctor.collations import check_collations
from gql.cli.doctor.servers import SERVERS, MySQL, Server
from gql.database import Database, DatabaseUnavailable, Session, failure_reason
from gql.database.error_codes import (
    NO_DATABASE,
    TOO_MANY_CONNECTIONS,
    UNKNOWN_LOGIN,
    WRONG_USER,
    code_of,
)
from gql.database.urls import urls_of_hosts
from gql.errors import Unauthenticated
from gql.security.tokens import PREFIX_LENGTH, Authenticator
from gql.settings import Settings

CHECK_SECONDS = 5

T = TypeVar("T")


async def check_database(settings: Settings) -> AsyncIterator[CheckResult]:
    """Results for each host, and for the platform on the first host that answers."""
    hosts_or_problems = await asyncio.gather(
        *(_reach(url) for url in urls_of_hosts(settings.database_url))
    )
    hosts = [each for each in hosts_or_problems if isinstance(each, _Host)]
    try:
        for problem in hosts_or_problems:
            if isinstance(problem, CheckResult):
                # The gateway uses another host, if there is one.
                yield replace(problem, severity=Severity.WARNING) if hosts else problem
        for host in hosts:
            async for result in host.check_server():
                yield result
        for host in hosts[:1]:
            async for result in host.check_platform(settings.database_pool_size):
                yield result
    finally:
        for host in hosts:
            await host.leave()


async def _reach(url: URL) -> "_Host | CheckResult":
    """A connection to a host, made as the gateway makes it, or the reason why it failed."""
    message = f"{shown(url)} cannot be reached"
    file = unbuilt_file(url)
    if file:
        return error(
            "database",
            f"{message}: {'the file is empty' if file.exists() else 'there is no such file'}",
            "Set DATABASE_URL to the platform's database; `sample-gateway demo` builds one to try.",
        )
    database = Database(url, pool_size=2, timeout_seconds=CHECK_SECONDS)
    pool = database.pool
    try:
        session = await pool.acquire(pool.deadline())
    except DatabaseUnavailable as unavailable:
        cause = unavailable.__cause__ or unavailable
        if is_wrong_option(cause):
            return error(
                "database", f"DATABASE_URL: {cause}", "Leave that option out, or correct it."
            )
        return error("database", f"{message}: {failure_reason(cause)}", _remedy(url, cause))
    return _Host(url, database, session)


def _remedy(url: URL, error: BaseException) -> str:
    if url.get_backend_name() == "sqlite":
        return "Set DATABASE_URL to a file that is an SQLite database, and that this user may read."
    tls_option = SERVERS[url.get_backend_name()].tls_option
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"Name the authority of the server's certificate as {tls_option} in DATABASE_URL."
    wrong_user = "Correct user and password in DATABASE_URL, or create the user. "
    remedies: list[tuple[set[Any], str]] = [
        (WRONG_USER, f"{wrong_user}If the server requires TLS, add {tls_option}."),
        (
            NO_DATABASE,
            "Correct the database's name in DATABASE_URL, or grant the user access to it.",
        ),
        (TOO_MANY_CONNECTIONS, "Lower DATABASE_POOL_SIZE, or raise the server's limit."),
    ]
    if isinstance(error, RuntimeError) or code_of(error) in UNKNOWN_LOGIN:
        return (
            "Create a user that logs in by caching_sha2_password or mysql_native_password, or on "
            "MariaDB by ed25519."
        )
    return next(
        (remedy for codes, remedy in remedies if code_of(error) in codes),
        "Start the server, correct host and port in DATABASE_URL, or allow connections to it.",
    )


class _Host:
    """A host that answers."""

    def __init__(self, url: URL, database: Database, session: Session) -> None:
        self.url = url
        self.database = database
        self.session = session
        self.connection = session.connection
        kind = SERVERS.get(url.get_backend_name())
        self.server = kind(self.connection, url) if kind else None

    async def leave(self) -> None:
        await self.database.pool.discard(self.session)
        await self.database.close()

    async def _in_time(self, work: Awaitable[T]) -> T:
        return await self.session.run(work, self.database.pool.deadline())

    async def check_server(self) -> AsyncIterator[CheckResult]:
        """Results for the server, whatever it contains."""
        yield await self._in_time(self._check_version())
        if self.server is None:
            return
        yield await self._in_time(self._check_encryption(self.server))
        if not await self._in_time(self.server.is_read_only()):
            yield error(
                "rights",
                "transactions are not read-only, although the gateway requests it",
                "Configure the proxy between gateway and server to pass on session settings.",
            )
        yield await self._in_time(clock.check_clock(self.server.name, self.server.clock))

    async def check_platform(self, pool_size: int) -> AsyncIterator[CheckResult]:
        """Results for the database, its user and its connections."""
        of_tables = await self._in_time(tables.check_tables(self.connection, self.server))
        for result in of_tables:
            yield result
        if self.server is None:
            return
        if isinstance(self.server, MySQL):
            yield await self._in_time(check_collations(self.server))
        yield await self._in_time(_check_rights(self.server))
        yield await self._in_time(_check_connections(self.server, pool_size))
        if all(result.severity is not Severity.ERROR for result in of_tables):
            async for result in self._check_demo_token():
                yield result

    async def _check_version(self) -> CheckResult:
        before = perf_counter()
        await self.connection.execute(text("SELECT 1"))
        milliseconds = (perf_counter() - before) * 1000
        name = self.server.name if self.server else "SQLite"
        version = self.server.version if self.server else sqlite3.sqlite_version_info
        shown_version = ".".join(map(str, version))
        message = f"{shown(self.url)} answers in {milliseconds:.1f} ms: {name} {shown_version}"
        oldest = self.server.oldest[name] if self.server else ()
        if version < oldest:
            least = ".".join(map(str, oldest))
            return error("database", message, f"Update {name} to {least} at least.")
        return ok("database", message)

    async def _check_encryption(self, server: Server) -> CheckResult:
        if await server.is_encrypted():
            return ok("tls", f"the connection to {self.url.host} is encrypted")
        if is_local(self.url.host):
            return ok("tls", "the connection is not encrypted, but stays on this machine")
        return warning(
            "tls",
            f"the connection to {self.url.host} is not encrypted: others can read its password",
            f"Add {server.tls_option} to DATABASE_URL, and enable TLS on the server.",
        )

    async def _check_demo_token(self) -> AsyncIterator[CheckResult]:
        try:
            await Authenticator(self.database, cache_ttl_seconds=0).authenticate(
                f"Bearer {demo.DEMO_TOKEN}"
            )
        except Unauthenticated:
            return
        yield warning(
            "token",
            "the public token of the demo is valid here",
            "If this is not a demo, delete the row of api_token with the token_prefix "
            f"{demo.DEMO_TOKEN[:PREFIX_LENGTH]}.",
        )


def is_local(host: str | None) -> bool:
    """Whether what is sent to a host stays on this machine."""
    if host is None or host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _check_rights(server: Server) -> CheckResult:
    writes = await server.writes()
    if not writes:
        return ok("rights", "the user can read, and cannot write")
    return warning(
        "rights",
        f"the user can do more than read: {', '.join(writes)}",
        "The gateway never writes. Create a user with the rights that `sample-gateway "
        f"grants --engine {server.engine}` prints.",
    )


async def _check_connections(server: Server, pool_size: int) -> CheckResult:
    most, used = await server.connections()
    available = max(0, most - used)
    message = (
        f"the server takes {most} connections and has {used}; a process holds up to {pool_size}, "
        f"so there is room for {available // pool_size} processes"
    )
    if available >= pool_size:
        return ok("connections", message)
    return warning(
        "connections",
        message,
        "Lower DATABASE_POOL_SIZE, or raise the server's limit.",
    )
