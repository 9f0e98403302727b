"""Reading the platform's database, and only reading it."""

from gql.database.availability import failure_reason
from gql.database.connections import Database, Session
from gql.database.snapshot import Snapshot

__all__ = ["Database", "Session", "Snapshot", "failure_reason"]
