"""What changes in runs, for subscriptions: one poll of the database for all subscribers."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from gql.database import Database, DatabaseUnavailable
from gql.errors import NotFound
from gql.loaders.base import Loader
from gql.loaders.run_mark import RunMark
from gql.loaders.run_progress import RunProgressByRunIdLoader, RunProgressRow
from gql.request.run_poll import RunPoll

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")


class _Reads(Protocol):
    contexts: int


R = TypeVar("R", bound=_Reads)


class _Context(Protocol[R]):
    @property
    def reads(self) -> R: ...

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


class RunWatcher:
    """Streams what changes in runs, by one poll for all its subscriptions."""

    def __init__(self, database: Database, *, poll_interval_seconds: float) -> None:
        self._database = database
        self._poll_interval_seconds = poll_interval_seconds
        self._poll: RunPoll | None = None
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
        with self._subscription() as poll, poll.watching(run_id):
            while not last.is_finished:
                await context.release()
                await poll.next()
                seen = poll.marks.get(run_id)
                if seen == last.mark:
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
        self, run_id: int, seen: RunMark | None, context: _Context[Any]
    ) -> RunProgressRow:
        """The run's progress, read once for all that have seen the same and select the same."""
        await self._share(context, run_id, seen)
        progress = await context.load(RunProgressByRunIdLoader, run_id)
        if progress is None:
            raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
        return progress

    async def watch_all(
        self, find: Callable[[int], Awaitable[T | None]], context: _Context[Any]
    ) -> AsyncGenerator[T, None]:
        """What `find` returns for the id of each run that changes from now on, unless None.

        A run changes when it is queued, when it reaches another state and when it gets results. A
        slow subscriber receives each run that has changed meanwhile once. Snapshots are those of
        `watch`. Raises what `context.admit_event` raises before an event.
        """
        changes: dict[int, RunMark] = {}
        with self._subscription() as poll, poll.collecting(changes):
            while True:
                await context.release()
                if not changes:
                    await poll.next()
                    continue
                run_id = next(iter(changes))
                seen = changes.pop(run_id)
                try:
                    await self._share(context, run_id, seen)
                    found = await find(run_id)
                    if found is not None:
                        await context.admit_event()
                except DatabaseUnavailable:
                    changes.setdefault(run_id, seen)
                    await poll.next()
                    continue
                if found is not None:
                    yield found

    async def _share(self, context: _Context[Any], *seen: Hashable) -> None:
        """Have all contexts that have seen the same and select the same share their reads."""
        key = *seen, context.selection
        reads = self._reads.get(key)
        if reads is not None and reads.contexts:
            await context.share(reads)
        else:
            self._reads[key] = context.reads

    @contextmanager
    def _subscription(self) -> Iterator[RunPoll]:
        poll = self._poll = self._poll or self._start_poll()
        poll.subscriptions += 1
        try:
            yield poll
        finally:
            poll.subscriptions -= 1
            if not poll.subscriptions:
                poll.task.cancel()
                if self._poll is poll:
                    self._poll = None

    def _start_poll(self) -> RunPoll:
        poll = RunPoll(self._database, self._poll_interval_seconds)
        self._tasks.add(poll.task)
        poll.task.add_done_callback(self._tasks.discard)
        return poll

    async def close(self) -> None:
        """Stop all polls, and return when they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
