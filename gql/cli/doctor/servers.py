"""What each kind of database server reports about itself, and how its owner fixes it."""

import re
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import URL, Dialect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gql.database.tables import Base

_GRANT: Final = re.compile(r"GRANT (?P<privileges>.+) ON (?P<what>\S+) TO ")
_COLUMNS: Final = re.compile(r"\([^)]*\)")
_MAY_WRITE: Final = re.compile(
    r"\b(ALL PRIVILEGES|INSERT|UPDATE|DELETE|CREATE(?! TEMPORARY)|ALTER|DROP|INDEX|TRIGGER)\b"
)


class Server(ABC):
    """The server of one connection."""

    # Older ones lack what the gateway's statements use.
    oldest: ClassVar[dict[str, tuple[int, ...]]]
    # What to add to DATABASE_URL for TLS.
    tls_option: ClassVar[str]
    # What the command `grants` calls it.
    engine: ClassVar[str]

    def __init__(self, connection: AsyncConnection, url: URL) -> None:
        self.connection = connection
        self.url = url

    @property
    def dialect(self) -> Dialect:
        return self.connection.dialect

    @property
    def name(self) -> str:
        return "MariaDB" if getattr(self.dialect, "is_mariadb", False) else type(self).__name__

    @property
    def version(self) -> tuple[int, ...]:
        version = self.dialect.server_version_info or ()
        return tuple(part for part in version if isinstance(part, int))

    async def value(self, statement: str, **parameters: Any) -> Any:
        """The first column of the first row of a statement."""
        return (await self.connection.execute(text(statement), parameters)).scalar()

    @abstractmethod
    async def is_encrypted(self) -> bool: ...

    @abstractmethod
    async def is_read_only(self) -> bool:
        """Whether the transactions of the connection are."""

    @abstractmethod
    async def clock(self) -> datetime:
        """The current time in UTC, as a naive datetime."""

    @abstractmethod
    async def connections(self) -> tuple[int, int]:
        """The limit of connections for the user, and how many there are."""

    @abstractmethod
    async def writes(self) -> list[str]:
        """What the user may do besides reading."""

    @abstractmethod
    async def user(self) -> str:
        """The user, as the server's statements name it."""


class MySQL(Server):
    oldest: ClassVar = {"MariaDB": (10, 2), "MySQL": (8, 0)}
    tls_option: ClassVar = "?ssl_ca=/path/to/ca.pem"
    engine: ClassVar = "mariadb"

    async def is_encrypted(self) -> bool:
        row = (await self.connection.execute(text("SHOW STATUS LIKE 'Ssl_cipher'"))).one()
        return bool(row[1])

    async def is_read_only(self) -> bool:
        name = "tx_read_only" if self.name == "MariaDB" else "transaction_read_only"
        return bool(await self.value(f"SELECT @@{name}"))

    async def clock(self) -> datetime:
        now: datetime = await self.value("SELECT UTC_TIMESTAMP(6)")
        return now

    async def connections(self) -> tuple[int, int]:
        most = await self.value("SELECT @@max_connections")
        of_user = await self.value("SELECT @@max_user_connections")
        used = (
            await self.connection.execute(text("SHOW GLOBAL STATUS LIKE 'Threads_connected'"))
        ).one()[1]
        return min(most, of_user or most), int(used)

    async def writes(self) -> list[str]:
        grants = (await self.connection.execute(text("SHOW GRANTS"))).scalars().all()
        return [
            f"{privilege} on {what}"
            for grant in grants
            if (match := _GRANT.match(grant)) and self._is_ours(what := match["what"])
            for privilege in _MAY_WRITE.findall(_COLUMNS.sub("", match["privileges"]))
        ]

    def _is_ours(self, what: str) -> bool:
        """Whether a grant is for the database, which may be named by a pattern."""
        database = what.rpartition(".")[0].strip("`").replace("\\_", "_")
        pattern = ".*".join(re.escape(part) for part in re.split(r"[%*]", database))
        return re.fullmatch(pattern, str(self.url.database)) is not None

    async def user(self) -> str:
        name, _, host = str(await self.value("SELECT CURRENT_USER()")).rpartition("@")
        return f"'{name}'@'{host}'"


class PostgreSQL(Server):
    oldest: ClassVar = {"PostgreSQL": (9, 6)}
    tls_option: ClassVar = "?sslmode=verify-full&sslrootcert=/path/to/ca.pem"
    engine: ClassVar = "postgresql"

    async def is_encrypted(self) -> bool:
        return bool(await self.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))

    async def is_read_only(self) -> bool:
        return bool(await self.value("SELECT current_setting('transaction_read_only') = 'on'"))

    async def clock(self) -> datetime:
        now: datetime = await self.value("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return now

    async def connections(self) -> tuple[int, int]:
        most = await self.value(
            "SELECT current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int"
        )
        of_user = await self.value(
            "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user AND rolconnlimit >= 0"
        )
        used = await self.value("SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL")
        return min(most, most if of_user is None else of_user), used

    async def writes(self) -> list[str]:
        tables = sorted(Base.metadata.tables)
        rows = await self.connection.execute(
            text(
                "SELECT name FROM unnest(CAST(:names AS text[])) AS name"
                " WHERE has_table_privilege(to_regclass(quote_ident(name)), 'DELETE, TRUNCATE')"
                " OR has_any_column_privilege(to_regclass(quote_ident(name)), 'INSERT, UPDATE')"
            ),
            {"names": tables},
        )
        names = rows.scalars().all()
        what = "all tables" if len(names) == len(tables) else ", ".join(names)
        writes = [f"write {what}"] if names else []
        if await self.value("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
            writes.append(f"create tables in schema {await self.value('SELECT current_schema()')}")
        return writes

    async def user(self) -> str:
        return self.dialect.identifier_preparer.quote(
            str(await self.value("SELECT current_user::text"))
        )


SERVERS: dict[str, type[Server]] = {"mysql": MySQL, "postgresql": PostgreSQL}
