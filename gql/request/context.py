"""What one request carries."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable
from typing import Any, TypeVar

from gql.database import Database, Snapshot
from gql.files.platform_files import PlatformFiles
from gql.loaders.base import Loader
from gql.request.coalescing import RequestCoalescer
from gql.request.run_watcher import RunWatcher
from gql.security.tokens import require_scope

K = TypeVar("K")
V = TypeVar("V")


class Context:
    """One request's snapshot of the database and its loaders, which are created on first use.

    `scopes` are those of the client's token. `files` are the platform's, and `platform_url` is
    where its pages are. A batch of `members` requests may share it.
    """

    def __init__(
        self,
        database: Database,
        run_watcher: RunWatcher,
        coalescer: RequestCoalescer["Context"],
        *,
        files: PlatformFiles | None = None,
        platform_url: str | None = None,
    ) -> None:
        self.run_watcher = run_watcher
        self.coalescer = coalescer
        self.files = files
        self.platform_url = platform_url
        self.scopes: frozenset[str] = frozenset()
        self.is_volatile = False
        self._snapshot = database.snapshot()
        self._database = database
        self._loaders: dict[type[Any], Loader[Any, Any]] = {}
        self._released_work_seconds = 0.0
        self.members = 1

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

    @property
    def work_seconds(self) -> float:
        """The work of all statements so far, for each member."""
        return (self._released_work_seconds + self._snapshot.work_seconds) / self.members

    def snapshot_for_lists(self) -> Snapshot:
        """The snapshot itself, for lists over all runs; marks the response as volatile."""
        self.mark_volatile()
        return self._snapshot

    def mark_volatile(self) -> None:
        """Record that any run, even one that is not part of the response, may change it."""
        self.is_volatile = True

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the client's token has the scope."""
        require_scope(scope, self.scopes)

    def clone(self) -> "Context":
        """A context of the same client, with a snapshot and loaders of its own."""
        clone = Context(
            self._database,
            self.run_watcher,
            self.coalescer,
            files=self.files,
            platform_url=self.platform_url,
        )
        clone.scopes = self.scopes
        return clone

    async def release(self) -> None:
        """Return the connection; what is loaded from now on comes from a new snapshot."""
        snapshot = self._snapshot
        self._released_work_seconds += snapshot.work_seconds
        self._snapshot, self._loaders = self._database.snapshot(), {}
        await asyncio.shield(snapshot.close())

    async def abort(self) -> None:
        """Cancel what is being read, because all clients have left, and close."""
        await asyncio.shield(self._snapshot.abort())

    async def close(self) -> None:
        """Return the connection for good, even if the request is cancelled meanwhile."""
        await asyncio.shield(self._snapshot.close())
