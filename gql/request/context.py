"""What one request carries."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from typing import Any, TypeVar

from strawberry import Info as StrawberryInfo

from gql.database import Database, Snapshot
from gql.loaders.base import Loader
from gql.request.coalescing import Cohorts
from gql.request.run_watcher import LiveRuns

K = TypeVar("K")
V = TypeVar("V")


class Context:
    """One request's view of the database, and its loaders, made when first asked for.

    `charge` has its client pay for so many requests; it raises RateLimited.
    """

    charge: Callable[[int], Awaitable[None]]

    def __init__(self, database: Database, live_runs: LiveRuns, cohorts: Cohorts) -> None:
        self.live_runs = live_runs
        self.cohorts = cohorts
        self.may_change_with_any_run = False
        self._snapshot = database.snapshot()
        self._database = database
        self._loaders: dict[type[Any], Loader[Any, Any]] = {}
        self.charge = _free

    def load(self, loader: type[Loader[K, V]], key: K) -> Coroutine[Any, Any, V]:
        """What the loader gives for a key, read together with all other keys of the moment."""
        return self._loader(loader).load(key)

    def load_many(
        self, loader: type[Loader[K, V]], keys: Iterable[K]
    ) -> Coroutine[Any, Any, list[V]]:
        """What the loader gives for each key, in their order."""
        return self._loader(loader).load_many(keys)

    def _loader(self, loader: type[Loader[K, V]]) -> Loader[K, V]:
        if loader not in self._loaders:
            self._loaders[loader] = loader(self._snapshot)
        return self._loaders[loader]

    def loaded(self) -> list[tuple[type[Loader[Any, Any]], Collection[Any]]]:
        """The loaders that were asked, and all keys they gave something for."""
        return [(type(loader), loader.known_keys) for loader in self._loaders.values()]

    def lists(self) -> Snapshot:
        """The view itself, for lists that no loader reads."""
        self.changes_with_runs()
        return self._snapshot

    def changes_with_runs(self) -> None:
        """Note down that the answer may change with runs of which it tells nothing yet."""
        self.may_change_with_any_run = True

    def another(self) -> "Context":
        """A context with a view and loaders of its own."""
        return Context(self._database, self.live_runs, self.cohorts)

    async def release(self) -> None:
        """Give back the connection: what is asked for from now on is read anew, at a new moment."""
        snapshot = self._snapshot
        self._snapshot, self._loaders = self._database.snapshot(), {}
        await asyncio.shield(snapshot.close())

    async def close(self) -> None:
        """Give back the connection for good, even if the request is cancelled meanwhile."""
        await asyncio.shield(self._snapshot.close())


async def _free(_requests: int) -> None:
    """A context of no client's has nobody to pay."""


Info = StrawberryInfo[Context, None]
