"""The platform's database: connections that only read, snapshots, and statements."""

from gql.database.availability import failure_reason
from gql.database.connections import ConnectionPool
from gql.database.database import Database
from gql.database.errors import (
    DatabaseError,
    DatabaseUnavailable,
    InvalidValue,
    PoolExhausted,
    StatementTimeout,
)
from gql.database.sessions import Session
from gql.database.snapshot import Snapshot

__all__ = [
    "ConnectionPool",
    "Database",
    "DatabaseError",
    "DatabaseUnavailable",
    "InvalidValue",
    "PoolExhausted",
    "Session",
    "Snapshot",
    "StatementTimeout",
    "failure_reason",
]
