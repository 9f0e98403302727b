"""What one request carries."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterable
from typing import Any, TypeVar

from gql.database import Database, Snapshot
from gql.loaders.base import Loader
from gql.request.coalescing import RequestCoalescer
from gql.request.run_watcher import RunWatcher
from gql.request.streams import StreamLimiter

K = TypeVar("K")
V = TypeVar("V")


class Reads:
    """A snapshot and its loaders, for one context or for several that read the same."""

    def __init__(self, database: Database) -> None:
        self.snapshot = database.snapshot()
        self.loaders: dict[type[Any], Loader[Any, Any]] = {}
        self.contexts = 1

    async def leave(self) -> None:
        """Return the connection if no other context needs it."""
        self.contexts -= 1
        if not self.contexts:
            await self.snapshot.close()


class Context:
    """One request's snapshot of the database and its loaders, which are created on first use.

    `charge` charges the client for a number of requests; it raises RateLimited. `reauthenticate`
    raises Unauthenticated if the token is no longer valid. `admit_event` does both, for an event of
    a stream. `user` names the user, for limits that all tokens of a user share. Contexts with the
    same `selection` read the same of an event.
    """

    charge: Callable[[int], Awaitable[None]]
    reauthenticate: Callable[[], Awaitable[None]]
    admit_event: Callable[[], Awaitable[None]]

    def __init__(
        self,
        database: Database,
        run_watcher: RunWatcher,
        coalescer: RequestCoalescer["Context"],
        streams: StreamLimiter,
    ) -> None:
        self.run_watcher = run_watcher
        self.coalescer = coalescer
        self.streams = streams
        self.is_volatile = False
        self.reads = Reads(database)
        self._database = database
        self.charge = _charge_nobody
        self.reauthenticate = self.admit_event = _nothing
        self.user = ""
        self.selection: Hashable = None

    def load(self, loader: type[Loader[K, V]], key: K) -> Coroutine[Any, Any, V]:
        """The loader's value for a key, read together with the other keys requested now."""
        return self._loader(loader).load(key)

    def load_many(
        self, loader: type[Loader[K, V]], keys: Iterable[K]
    ) -> Coroutine[Any, Any, list[V]]:
        """The loader's value for each key, in the same order."""
        return self._loader(loader).load_many(keys)

    def _loader(self, loader: type[Loader[K, V]]) -> Loader[K, V]:
        loaders = self.reads.loaders
        if loader not in loaders:
            loaders[loader] = loader(self.reads.snapshot)
        return loaders[loader]

    def loaded_keys(self) -> list[tuple[type[Loader[Any, Any]], Collection[Any]]]:
        """Each loader that was used, with all keys that it loaded."""
        return [(type(loader), loader.loaded_keys) for loader in self.reads.loaders.values()]

    def snapshot_for_lists(self) -> Snapshot:
        """The snapshot itself, for lists over all runs; marks the response as volatile."""
        self.mark_volatile()
        return self.reads.snapshot

    def mark_volatile(self) -> None:
        """Record that any run, even one that is not part of the response, may change it."""
        self.is_volatile = True

    def clone(self) -> "Context":
        """A context with a snapshot and loaders of its own."""
        return Context(self._database, self.run_watcher, self.coalescer, self.streams)

    async def release(self) -> None:
        """Return the connection; what is loaded from now on comes from a new snapshot."""
        reads, self.reads = self.reads, Reads(self._database)
        await reads.leave()

    async def share(self, reads: Reads) -> None:
        """Load from now on what other contexts load as well."""
        reads.contexts += 1
        own, self.reads = self.reads, reads
        await own.leave()

    async def close(self) -> None:
        """Return the connection for good, even if the request is cancelled meanwhile."""
        await self.reads.leave()


async def _charge_nobody(_requests: int) -> None:
    """The context of a batch belongs to no single client."""


async def _nothing() -> None:
    """A context without a client, or without a stream, has nobody to admit."""
