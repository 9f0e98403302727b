"""Reading the platform's database, and only reading it."""

from gql.database.connections import Database, Session
from gql.database.reachability import reason
from gql.database.snapshot import Snapshot

__all__ = ["Database", "Session", "Snapshot", "reason"]
