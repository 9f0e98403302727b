"""What one request carries."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from typing import Any, TypeVar

from gql.database import Database, Snapshot
from gql.loaders.base import Loader
from gql.request.coalescing import RequestCoalescer
from gql.request.run_watcher import RunWatcher

K = TypeVar("K")
V = TypeVar("V")


class Context:
    """One request's snapshot of the database and its loaders, which are created on first use.

    `charge` charges the client for a number of requests; it raises RateLimited. `user` names the
    user, for limits that all tokens of a user share.
    """

    charge: Callable[[int], Awaitable[None]]
    user: str

    def __init__(
        self, database: Database, run_watcher: RunWatcher, coalescer: RequestCoalescer["Context"]
    ) -> None:
        self.run_watcher = run_watcher
        self.coalescer = coalescer
        self.is_volatile = False
        self._snapshot = database.snapshot()
        self._database = database
        self._loaders: dict[type[Any], Loader[Any, Any]] = {}
        self.charge = _charge_nobody
        self.user = ""

    def load(self, loader: type[Loader[K, V]], key: K) -> Coroutine[Any, Any, V]:
        """The loader's value for a key, read together with the other keys requested now."""
        return self._loader(loader).load(key)

    def load_many(
        self, loader: type[Loader[K, V]], keys: Iterable[K]
    ) -> Coroutine[Any, Any, list[V]]:
        """The loader's value for each key, in the same order."""
        return self._loader(loader).load_many(keys)

    def _loader(self, loader: type[Loader[K, V]]) -> Loader[K, V]:
        if loader not in self._loaders:
            self._loaders[loader] = loader(self._snapshot)
        return self._loaders[loader]

    def loaded_keys(self) -> list[tuple[type[Loader[Any, Any]], Collection[Any]]]:
        """Each loader that was used, with all keys that it loaded."""
        return [(type(loader), loader.loaded_keys) for loader in self._loaders.values()]

    def snapshot_for_lists(self) -> Snapshot:
        """The snapshot itself, for lists over all runs; marks the response as volatile."""
        self.mark_volatile()
        return self._snapshot

    def mark_volatile(self) -> None:
        """Record that any run, even one that is not part of the response, may change it."""
        self.is_volatile = True

    def clone(self) -> "Context":
        """A context with a snapshot and loaders of its own."""
        return Context(self._database, self.run_watcher, self.coalescer)

    async def release(self) -> None:
        """Return the connection; what is loaded from now on comes from a new snapshot."""
        snapshot = self._snapshot
        self._snapshot, self._loaders = self._database.snapshot(), {}
        await asyncio.shield(snapshot.close())

    async def close(self) -> None:
        """Return the connection for good, even if the request is cancelled meanwhile."""
        await asyncio.shield(self._snapshot.close())


async def _charge_nobody(_requests: int) -> None:
    """The context of a batch belongs to no single client."""
