"""What one request carries."""

import asyncio
from asyncio import Future
from typing import Any, TypeVar, cast

from strawberry import Info as StrawberryInfo

from gql.database import Database
from gql.live import LiveRuns
from gql.loaders.base import Loader

K = TypeVar("K")
V = TypeVar("V")


class Context:
    """One request's view of the database, and its loaders, made when first asked for."""

    def __init__(self, database: Database, live_runs: LiveRuns) -> None:
        self.live_runs = live_runs
        self.snapshot = database.snapshot()
        self._database = database
        self._loaders: dict[type[Any], Loader[Any, Any]] = {}

    def load(self, loader: type[Loader[K, V]], key: K) -> Future[V]:
        """What the loader gives for a key, read together with all other keys of the moment."""
        if loader not in self._loaders:
            self._loaders[loader] = loader(self.snapshot)
        return cast("Loader[K, V]", self._loaders[loader]).load(key)

    def another(self) -> "Context":
        """A context with a view and loaders of its own."""
        return Context(self._database, self.live_runs)

    async def release(self) -> None:
        """Give back the connection: what is asked for from now on is read anew, at a new moment."""
        snapshot = self.snapshot
        self.snapshot, self._loaders = self._database.snapshot(), {}
        await asyncio.shield(snapshot.close())

    async def close(self) -> None:
        """Give back the connection for good, even if the request is cancelled meanwhile."""
        await asyncio.shield(self.snapshot.close())


Info = StrawberryInfo[Context, None]
