"""The database, host by host, over a connection such as the gateway reads by."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from ipaddress import ip_address
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import URL, text

from gql import demo
from gql.cli.common import shown, unbuilt_file
from gql.cli.doctor import clock, tables
from gql.cli.doctor.check_result import Finding, Sign, failure, ok, warning
from gql.cli.doctor.servers import FULL, NO_DATABASE, SERVERS, WRONG_USER, Server, code_of
from gql.database import Database, Session, reason
from gql.errors import Unauthenticated, Unavailable
from gql.security.tokens import PREFIX_LENGTH, Authenticator
from gql.settings import Settings, urls_of_hosts

CHECK_SECONDS = 5

T = TypeVar("T")


async def examined(settings: Settings) -> AsyncIterator[Finding]:
    """What is found of each host, and of the platform at the first that answers."""
    reached = await asyncio.gather(*(_reach(url) for url in urls_of_hosts(settings.database_url)))
    hosts = [each for each in reached if isinstance(each, _Host)]
    try:
        for problem in reached:
            if isinstance(problem, Finding):
                # The gateway goes on with another host, if there is one.
                yield replace(problem, sign=Sign.WARNING) if hosts else problem
        for host in hosts:
            async for finding in host.examined():
                yield finding
        for host in hosts[:1]:
            async for finding in host.platform_examined(settings.database_pool_size):
                yield finding
    finally:
        for host in hosts:
            await host.leave()


async def _reach(url: URL) -> "_Host | Finding":
    """Connect to a host as the gateway does, or tell what is in the way of it."""
    found = f"{shown(url)} cannot be reached"
    file = unbuilt_file(url)
    if file:
        return failure(
            "database",
            f"{found}: {'the file is empty' if file.exists() else 'there is no such file'}",
            "Set DATABASE_URL to the platform's database; `sample-gateway demo` builds one to try.",
        )
    database = Database(url, pool_size=2, timeout_seconds=CHECK_SECONDS)
    try:
        session = await database.acquire(database.deadline())
    except Unavailable as error:
        cause = error.__cause__ or error
        return failure("database", f"{found}: {reason(cause)}", _remedy(url, cause))
    except (TypeError, ValueError) as error:  # from the driver, for options that it does not know
        return failure(
            "database", f"DATABASE_URL: {error}", "Leave that option out, or correct it."
        )
    return _Host(url, database, session)


def _remedy(url: URL, error: BaseException) -> str:
    if url.get_backend_name() == "sqlite":
        return "Set DATABASE_URL to a file that is an SQLite database, and that this user may read."
    tls_option = SERVERS[url.get_backend_name()].tls_option
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"Have {tls_option} in DATABASE_URL name the authority that the server is known by."
    wrong_user = "Correct user and password in DATABASE_URL, or have the user made. "
    remedies: list[tuple[set[Any], str]] = [
        (WRONG_USER, f"{wrong_user}Where the server takes TLS alone, add {tls_option}."),
        (NO_DATABASE, "Correct the database's name in DATABASE_URL, or have the user let into it."),
        (FULL, "Set DATABASE_POOL_SIZE lower, or have the server take more connections."),
    ]
    return next(
        (remedy for codes, remedy in remedies if code_of(error) in codes),
        "Start the server, correct host and port in DATABASE_URL, or open the way to it.",
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
        await self.database.discard(self.session)
        await self.database.close()

    async def _in_time(self, work: Awaitable[T]) -> T:
        return await self.session.run(work, self.database.deadline())

    async def examined(self) -> AsyncIterator[Finding]:
        """What is found of the server, whatever is in it."""
        yield await self._in_time(self._version())
        if self.server is None:
            return
        yield await self._in_time(self._encryption(self.server))
        if not await self._in_time(self.server.is_read_only()):
            yield failure(
                "rights",
                "transactions are not read-only, though they were asked to be",
                "Have what is between the gateway and the server pass on the session's settings.",
            )
        yield await self._in_time(clock.compared(self.server.name, self.server.clock))

    async def platform_examined(self, pool_size: int) -> AsyncIterator[Finding]:
        """What is found of the database, its users and its connections."""
        of_tables = await self._in_time(tables.examined(self.connection, self.server))
        for finding in of_tables:
            yield finding
        if self.server is None:
            return
        yield await self._in_time(_writes(self.server))
        yield await self._in_time(_room(self.server, pool_size))
        if all(finding.sign is not Sign.FAILURE for finding in of_tables):
            async for finding in self._demo_token():
                yield finding

    async def _version(self) -> Finding:
        before = perf_counter()
        await self.connection.execute(text("SELECT 1"))
        milliseconds = (perf_counter() - before) * 1000
        name = self.server.name if self.server else "SQLite"
        version = self.server.version if self.server else sqlite3.sqlite_version_info
        shown_version = ".".join(map(str, version))
        found = f"{shown(self.url)} answers in {milliseconds:.1f} ms: {name} {shown_version}"
        oldest = self.server.oldest[name] if self.server else ()
        if version < oldest:
            least = ".".join(map(str, oldest))
            return failure("database", found, f"Update {name} to {least} at least.")
        return ok("database", found)

    async def _encryption(self, server: Server) -> Finding:
        if await server.is_encrypted():
            return ok("tls", f"the connection to {self.url.host} is encrypted")
        if is_local(self.url.host):
            return ok("tls", "the connection is not encrypted, and does not leave this machine")
        return warning(
            "tls",
            f"the connection to {self.url.host} is not encrypted: others may read its password",
            f"Add {server.tls_option} to DATABASE_URL, and have the server offer TLS.",
        )

    async def _demo_token(self) -> AsyncIterator[Finding]:
        try:
            await Authenticator(self.database, cache_seconds=0).authenticate(
                f"Bearer {demo.DEMO_TOKEN}"
            )
        except Unauthenticated:
            return
        yield warning(
            "token",
            "the demo's token, which everybody knows, is good here",
            "If this is no demo, have the row of api_token removed that has the token_prefix "
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


async def _writes(server: Server) -> Finding:
    writes = await server.writes()
    if not writes:
        return ok("rights", "the user may read, and not write")
    return warning(
        "rights",
        f"the user may do more than read: {', '.join(writes)}",
        f"The gateway never writes. Have a user made for it, by {server.grants}.",
    )


async def _room(server: Server, pool_size: int) -> Finding:
    most, used = await server.connections()
    room = max(0, most - used)
    found = (
        f"the server takes {most} connections and has {used}; a process may hold {pool_size}, "
        f"so there is room for {room // pool_size} processes"
    )
    if room >= pool_size:
        return ok("connections", found)
    return warning(
        "connections",
        found,
        "Set DATABASE_POOL_SIZE lower, or have the server take more connections.",
    )
