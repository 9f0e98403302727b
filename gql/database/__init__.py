"""Reading the platform's database, and only reading it."""

from gql.database.availability import reason
from gql.database.connections import Database, Session
from gql.database.snapshot import Snapshot

__all__ = ["Database", "Session", "Snapshot", "reason"]
