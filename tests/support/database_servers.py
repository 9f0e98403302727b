"""Servers that a test may kill, stop and start again: each its own, on a free port."""

import os
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar, TypeVar

import redis
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database.urls import async_url
from tests.support import rows
from tests.support.platform import Platform
from tests.support.programs import require
from tests.support.rows import DIFFERENT
from tests.support.server import free_port
from tests.support.until import until

IS_ROOT = os.geteuid() == 0


def postgresql(program: str) -> Path:
    newest_last = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return newest_last[-1] if newest_last else Path(shutil.which(program) or program)


class Server(ABC):
    """A server process with its data in a temporary directory."""

    program: ClassVar[str | Path]
    user: str | None = None

    def __init__(self) -> None:
        self.port = free_port()
        # A directory of pytest's own is closed to the users that some servers run as.
        self.directory = Path(mkdtemp(prefix="sample-gateway-"))
        if self.user:
            shutil.chown(self.directory, self.user)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def command(self) -> list[str | Path]: ...

    @abstractmethod
    async def answers(self) -> bool: ...

    @property
    def environment(self) -> dict[str, str]:
        # A MariaDB that starts deletes the temporary tables of all others in the same directory,
        # and they crash.
        return os.environ | {"TMPDIR": str(self.directory)}

    def launch(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=self.directory,
            env=self.environment,
            user=self.user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def start(self) -> None:
        self.launch()
        await until(self.answers)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and to the processes that it started."""
        assert self.process
        for pid in (self.process.pid, *children(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            # Stopped first, it starts no process that would be left behind.
            self.process.send_signal(signal.SIGSTOP)
            self.send(signal.SIGKILL)
            self.process.wait()
            self.process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Have it take connections, as its machine does for it, and answer nothing."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.directory)


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


class DatabaseServer(Server):
    """A server for one database, named `platform`."""

    administration: str
    count_connections: str
    count_waiting: str

    @property
    @abstractmethod
    def url(self) -> URL:
        """The address of the database."""

    async def answers(self) -> bool:
        try:
            await self.administer("SELECT 1")
        except (DBAPIError, OSError):
            return False
        return True

    async def administer(self, statement: str, database: str | None = None) -> Any:
        engine = create_async_engine(
            self.url.set(database=database or self.administration), isolation_level="AUTOCOMMIT"
        )
        try:
            async with engine.connect() as connection:
                result = await connection.execute(text(statement))
                return result.scalar() if result.returns_rows else None
        finally:
            await engine.dispose()

    async def connections(self) -> int:
        """How many connections there are to the database."""
        return int(await self.administer(self.count_connections))

    async def has_waiting(self) -> bool:
        """Whether statements wait for a lock."""
        return bool(await self.administer(self.count_waiting))

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Have every statement wait that reads the table."""
        engine = create_async_engine(self.url)
        try:
            async with engine.connect() as connection:
                for statement in self.lock(table):
                    await connection.execute(text(statement))
                yield
        finally:
            await engine.dispose()

    @abstractmethod
    def lock(self, table: str) -> list[str]: ...

    @abstractmethod
    async def end_connections(self) -> None:
        """Have the server itself end all connections to the database."""


class MariaDB(DatabaseServer):
    program = "mariadb-install-db"
    administration = "mysql"
    count_connections = "SELECT count(*) FROM information_schema.processlist WHERE db = 'platform'"

    count_waiting = (
        "SELECT count(*) FROM information_schema.processlist "
        "WHERE state = 'Waiting for table metadata lock'"
    )

    def __init__(self) -> None:
        super().__init__()
        self.data = self.directory / "data"
        self.install()

    def install(self) -> None:
        subprocess.run(
            [
                "mariadb-install-db",
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                f"--datadir={self.data}",
                *([f"--user={self.user or 'root'}"] if IS_ROOT else []),
            ],
            check=True,
            capture_output=True,
            env=self.environment,
        )

    @property
    def command(self) -> list[str | Path]:
        return [
            shutil.which("mariadbd") or "/usr/sbin/mariadbd",
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.directory / 'socket'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--innodb-flush-log-at-trx-commit=0",
            *([f"--user={self.user or 'root'}"] if IS_ROOT else []),
        ]

    @property
    def url(self) -> URL:
        return async_url(f"mysql://root@127.0.0.1:{self.port}/platform")

    def lock(self, table: str) -> list[str]:
        return [f"LOCK TABLES {table} WRITE"]

    async def end_connections(self) -> None:
        ids = await self.administer(
            "SELECT group_concat(id) FROM information_schema.processlist WHERE db = 'platform'"
        )
        for id in (ids or "").split(","):
            with suppress(DBAPIError):  # It may have gone by itself.
                await self.administer(f"KILL {id}")


class PostgreSQL(DatabaseServer):
    program = postgresql("initdb")
    user = "postgres" if IS_ROOT else None
    administration = "postgres"
    count_connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'platform'"
    count_waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    def __init__(self) -> None:
        super().__init__()
        self.data = self.directory / "data"
        self.install()

    def install(self) -> None:
        self.run("initdb", "--no-sync", "--username=postgres", "--pgdata", self.data)

    def run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [postgresql(program), *arguments],
            check=True,
            capture_output=True,
            cwd=self.directory,
            user=self.user,
        )

    @property
    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [postgresql("postgres"), "-D", self.data, "-p", str(self.port), *options]

    @property
    def url(self) -> URL:
        return async_url(f"postgresql://postgres@127.0.0.1:{self.port}/platform")

    def lock(self, table: str) -> list[str]:
        return [f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"]

    async def end_connections(self) -> None:
        await self.administer(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = 'platform'"
        )


class Redis(Server):
    program = "redis-server"

    @property
    def command(self) -> list[str | Path]:
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


S = TypeVar("S", bound=Server)
D = TypeVar("D", bound=DatabaseServer)


async def started(kind: type[S]) -> S:
    """A server that answers, or no test where it is not installed."""
    require(kind.program)
    server = kind()
    await server.start()
    return server


async def started_and_filled(kind: type[D]) -> D:
    """A server with a platform of one run in which some of many tests fail."""
    server = await started(kind)
    await fill(server)
    return server


async def fill(server: DatabaseServer) -> None:
    """Give a server a platform of one run in which some of many tests fail."""
    await server.administer("CREATE DATABASE platform")
    platform = Platform(server.url)
    await platform.create_tables()
    await platform.add(
        rows.run(1, "testing", "completed"),
        *(rows.regression_test(test, outputs=(test,)) for test in range(1, 21)),
        *(rows.result(1, test) for test in range(1, 21)),
        *(
            rows.file(1, test, test, got=DIFFERENT if test % 3 == 0 else None)
            for test in range(1, 21)
        ),
    )
    await platform.close()
