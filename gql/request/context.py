"""What one request carries."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from gql.database import Database, Snapshot
from gql.loaders.base import Loader
from gql.request.coalescing import RequestCoalescer
from gql.request.needs import Needs
from gql.request.run_watcher import RunWatcher
from gql.request.streams import StreamLimiter
from gql.security.tokens import require_scope

if TYPE_CHECKING:
    from gql.files.platform_files import PlatformFiles

K = TypeVar("K")
V = TypeVar("V")


class Reads:
    """A snapshot and its loaders, for one context or for several that read the same."""

    def __init__(self, database: Database) -> None:
        self.snapshot = database.snapshot()
        self.loaders: dict[type[Any], Loader[Any, Any]] = {}
        self.contexts = 1
        self._shares = 1

    def join(self) -> None:
        """Add a context."""
        self.contexts += 1
        self._shares += 1

    @property
    def work_seconds(self) -> float:
        """The work of all statements so far, for each context."""
        return self.snapshot.work_seconds / self._shares

    async def leave(self, *, is_aborted: bool = False) -> None:
        """Return the connection if no other context needs it; abort what it does, if asked to."""
        self.contexts -= 1
        if not self.contexts:
            for loader in self.loaders.values():
                loader.forget()
            self.loaders.clear()  # Some have loaders of their own.
            await (self.snapshot.abort() if is_aborted else self.snapshot.close())


class Context:
    """One request's snapshot of the database and its loaders, which are created on first use.

    `scopes` are those of the client's token. `files` are the platform's, `downloads_path` is where
    the gateway serves them, and `platform_url` is where the platform's pages are. A batch of
    `members` requests may share it. `reauthenticate` raises Unauthenticated if the token is no
    longer valid, and `admit_event` does what an event of a stream needs. Contexts with the same
    `selection` read the same of an event. `needs` says what its operation needs.
    """

    reauthenticate: Callable[[], Awaitable[None]]
    admit_event: Callable[[], Awaitable[None]]

    def __init__(
        self,
        database: Database,
        run_watcher: RunWatcher,
        coalescer: RequestCoalescer["Context"],
        streams: StreamLimiter,
        *,
        files: "PlatformFiles | None" = None,
        downloads_path: str = "",
        platform_url: str | None = None,
    ) -> None:
        self.run_watcher = run_watcher
        self.coalescer = coalescer
        self.streams = streams
        self.files = files
        self.downloads_path = downloads_path
        self.platform_url = platform_url
        self.scopes: frozenset[str] = frozenset()
        self.is_volatile = False
        self.needs = Needs()
        self._reads: Reads | None = None
        self._is_closed = False
        self._database = database
        self.reauthenticate = self.admit_event = _nothing
        self.selection: Hashable = None
        self._other_work_seconds = 0.0
        self.members = 1
        self.execution_batch: Any = None

    @property
    def reads(self) -> Reads:
        """What it reads; most contexts of admission read nothing, as a batch has one of its own."""
        if self._reads is None:
            if self._is_closed:
                raise RuntimeError("The request has ended.")
            self._reads = Reads(self._database)
        return self._reads

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

    def keep(self, loader: type[Loader[K, V]], key: K, value: V) -> None:
        """Have the loader give a value that was read in another way, of the same snapshot."""
        self._loader(loader).keep(key, value)

    def loaded_keys(self) -> list[tuple[type[Loader[Any, Any]], Collection[Any]]]:
        """Each loader that was used, with all keys that it loaded."""
        return [(type(loader), loader.loaded_keys) for loader in self.reads.loaders.values()]

    @property
    def work_seconds(self) -> float:
        """The work of all statements and on all files so far, for each member."""
        seconds = self._other_work_seconds
        if self._reads is not None:
            seconds += self._reads.work_seconds
        return seconds / self.members

    def add_work(self, seconds: float) -> None:
        """Add work on files."""
        self._other_work_seconds += seconds

    def snapshot_for_lists(self) -> Snapshot:
        """The snapshot itself, for lists over all runs; marks the response as volatile."""
        self.mark_volatile()
        return self.reads.snapshot

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
            self.streams,
            files=self.files,
            downloads_path=self.downloads_path,
            platform_url=self.platform_url,
        )
        clone.scopes = self.scopes
        return clone

    async def release(self) -> None:
        """Return the connection; what is loaded from now on comes from a new snapshot."""
        await self._read_from(None)

    async def share(self, reads: Reads) -> None:
        """Load from now on what other contexts load as well."""
        reads.join()
        await self._read_from(reads)

    async def _read_from(self, reads: Reads | None) -> None:
        before, self._reads = self._reads, reads
        if before is not None:
            self._other_work_seconds += before.work_seconds
            await before.leave()

    async def abort(self) -> None:
        """Cancel what is being read, because all clients have left, and close."""
        self._is_closed = True
        if self._reads is not None:
            await self._reads.leave(is_aborted=True)

    async def close(self) -> None:
        """Return the connection for good, even if the request is cancelled meanwhile."""
        self._is_closed = True
        if self._reads is not None:
            await self._reads.leave()


async def _nothing() -> None:
    """A context without a client, or without a stream, has nobody to admit."""
