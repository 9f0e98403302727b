"""Progress of runs for subscriptions: one poll of the database per run, for all subscribers."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gql.database import Database, DatabaseUnavailable
from gql.errors import NotFound
from gql.loaders.run_progress import RunProgressByRunIdLoader, RunProgressRow

if TYPE_CHECKING:
    from gql.request.context import Context


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

    async def watch(
        self, run_id: int, context: "Context"
    ) -> AsyncGenerator[RunProgressEvent, None]:
        """The run's progress: now, whenever it changes, and when the run is finished.

        Before each event `context` takes a new snapshot, to which all of the event belongs. A
        slow subscriber receives everything that it missed with the next event. Raises NotFound if
        there is no such run.
        """
        return self._follow(run_id, await _progress(run_id, context), context)

    async def _follow(
        self, run_id: int, last: RunProgressRow, context: "Context"
    ) -> AsyncGenerator[RunProgressEvent, None]:
        yield RunProgressEvent(run_id, len(last.completed), sorted(last.completed))
        if last.is_finished:
            return
        with self._subscription(run_id) as poll:
            while not last.is_finished:
                await context.release()
                if await poll.next() == last:
                    continue
                try:
                    progress = await _progress(run_id, context)
                except DatabaseUnavailable:
                    continue  # The poll reports the change again once the database is available.
                if progress != last:
                    new = sorted(progress.completed - last.completed)
                    yield RunProgressEvent(run_id, len(progress.completed), new)
                    last = progress

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


async def _progress(run_id: int, context: "Context") -> RunProgressRow:
    progress = await context.load(RunProgressByRunIdLoader, run_id)
    if progress is None:
        raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
    return progress
