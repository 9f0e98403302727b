"""Progress of runs for subscriptions: one poll of the database per run, for all subscribers."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from gql.database import Database, DatabaseUnavailable
from gql.errors import NotFound
from gql.loaders.base import Loader
from gql.loaders.run_progress import RunProgressByRunIdLoader, RunProgressRow

K = TypeVar("K")
V = TypeVar("V")


class _Reads(Protocol):
    contexts: int


R = TypeVar("R", bound=_Reads)


class _Context(Protocol[R]):
    reads: R
    selection: Hashable
    admit_event: Callable[[], Awaitable[None]]

    def load(self, loader: type[Loader[K, V]], key: K) -> Coroutine[Any, Any, V]: ...

    async def release(self) -> None: ...

    async def share(self, reads: R) -> None: ...


@dataclass(frozen=True, slots=True)
class RunProgressEvent:
    """What a subscriber receives: how many samples have a result, and which of them are new."""

    run_id: int
    completed: int
    new_regression_ids: list[int]


@dataclass(slots=True)
class _Poll:
    """The latest progress that the poll of a run saw, and how many subscriptions wait for more."""

    task: asyncio.Task[None]
    subscriptions: int = 0
    progress: RunProgressRow | None = None
    has_polled: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, progress: RunProgressRow | None) -> None:
        self.progress = progress
        self.has_polled.set()
        self.has_polled = asyncio.Event()

    async def next(self) -> RunProgressRow | None:
        """The progress at the next poll; raises what ended the poll."""
        await self.has_polled.wait()
        if self.task.done():
            self.task.result()
        return self.progress


class RunWatcher:
    """Streams the progress of runs, and polls each run once for all its subscriptions."""

    def __init__(self, database: Database, *, poll_interval_seconds: float) -> None:
        self._database = database
        self._poll_interval_seconds = poll_interval_seconds
        self._polls: dict[int, _Poll] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    async def watch(
        self, run_id: int, context: _Context[Any]
    ) -> AsyncGenerator[RunProgressEvent, None]:
        """The run's progress: now, whenever it changes, and when the run is finished.

        Before each event `context` takes a new snapshot, to which all of the event belongs. All
        that have the same selection share it, and the rows that they read. A slow subscriber
        receives everything that it missed with the next event. Raises NotFound if there is no
        such run, and what `context.admit_event` raises before a further event.
        """
        return self._follow(run_id, await self._progress(run_id, None, context), context)

    async def _follow(
        self, run_id: int, last: RunProgressRow, context: _Context[Any]
    ) -> AsyncGenerator[RunProgressEvent, None]:
        yield RunProgressEvent(run_id, len(last.completed), sorted(last.completed))
        if last.is_finished:
            return
        with self._subscription(run_id) as poll:
            while not last.is_finished:
                await context.release()
                seen = await poll.next()
                if seen == last:
                    continue
                try:
                    progress = await self._progress(run_id, seen, context)
                    if progress != last:
                        await context.admit_event()
                except DatabaseUnavailable:
                    continue  # The poll reports the change again once the database is available.
                if progress != last:
                    new = sorted(progress.completed - last.completed)
                    yield RunProgressEvent(run_id, len(progress.completed), new)
                    last = progress

    async def _progress(
        self, run_id: int, seen: RunProgressRow | None, context: _Context[Any]
    ) -> RunProgressRow:
        """The run's progress, read once for all that have seen the same and select the same."""
        key = run_id, seen, context.selection
        reads = self._reads.get(key)
        if reads is not None and reads.contexts:
            await context.share(reads)
        else:
            self._reads[key] = context.reads
        progress = await context.load(RunProgressByRunIdLoader, run_id)
        if progress is None:
            raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
        return progress

    @contextmanager
    def _subscription(self, run_id: int) -> Iterator[_Poll]:
        poll = self._polls.get(run_id) or self._start_poll(run_id)
        poll.subscriptions += 1
        try:
            yield poll
        finally:
            poll.subscriptions -= 1
            if not poll.subscriptions:
                del self._polls[run_id]
                poll.task.cancel()

    def _start_poll(self, run_id: int) -> _Poll:
        # In an empty context: the poll outlives the request that starts it.
        task = asyncio.create_task(
            self._poll(run_id), name=f"poll of run {run_id}", context=contextvars.Context()
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        poll = self._polls[run_id] = _Poll(task)
        task.add_done_callback(lambda _task: poll.has_polled.set())
        return poll

    async def _poll(self, run_id: int) -> None:
        while True:
            await asyncio.sleep(self._poll_interval_seconds)
            try:
                async with self._database.snapshot() as snapshot:
                    progress = await RunProgressByRunIdLoader(snapshot).load(run_id)
            except DatabaseUnavailable:  # Subscribers keep waiting.
                continue
            self._polls[run_id].publish(progress)

    async def close(self) -> None:
        """Stop all polls, and return when they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
