"""Runs that go on, and those who watch them: one poll of the database a run, however many watch."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gql.database import Database
from gql.errors import NotFound, Unavailable
from gql.loaders.run_progress import Standing, StandingByRunIdLoader

if TYPE_CHECKING:
    from gql.request.context import Context


@dataclass(frozen=True, slots=True)
class Progress:
    """What a watcher is told: how many samples have a result, and which of them are news."""

    run_id: int
    done: int
    new_regression_ids: list[int]


@dataclass(slots=True)
class _Poll:
    """What the poll of a run saw last, and how many wait for what it will see next."""

    task: asyncio.Task[None]
    watchers: int = 0
    standing: Standing | None = None
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, standing: Standing | None) -> None:
        self.standing = standing
        self.seen.set()
        self.seen = asyncio.Event()

    async def next(self) -> Standing | None:
        """What the poll sees next; raises what made it fail."""
        await self.seen.wait()
        if self.task.done():
            self.task.result()
        return self.standing


class LiveRuns:
    """Tells watchers how their runs get on, and asks the database once for all of them."""

    def __init__(self, database: Database, *, poll_seconds: float) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._polls: dict[int, _Poll] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def watch(self, run_id: int, context: "Context") -> AsyncGenerator[Progress, None]:
        """What there is to tell of a run: now, whenever that has changed, and when it has ended.

        Each time `context` has a moment of its own, in which all that is told is true. Who is
        slow to take what is told gets all that came meanwhile the next time. Raises NotFound
        if there is no such run.
        """
        return self._follow(run_id, await _standing(run_id, context), context)

    async def _follow(
        self, run_id: int, told: Standing, context: "Context"
    ) -> AsyncGenerator[Progress, None]:
        yield Progress(run_id, len(told.done), sorted(told.done))
        if told.is_finished:
            return
        with self._watched(run_id) as poll:
            while not told.is_finished:
                await context.release()
                if await poll.next() == told:
                    continue
                try:
                    standing = await _standing(run_id, context)
                except Unavailable:
                    continue  # The poll sees the change again when it next can.
                if standing != told:
                    yield Progress(run_id, len(standing.done), sorted(standing.done - told.done))
                    told = standing

    @contextmanager
    def _watched(self, run_id: int) -> Iterator[_Poll]:
        poll = self._polls.get(run_id) or self._start_poll(run_id)
        poll.watchers += 1
        try:
            yield poll
        finally:
            poll.watchers -= 1
            if not poll.watchers:
                del self._polls[run_id]
                poll.task.cancel()

    def _start_poll(self, run_id: int) -> _Poll:
        # Of no request: it outlives the one of the first watcher.
        task = asyncio.create_task(
            self._poll(run_id), name=f"poll of run {run_id}", context=contextvars.Context()
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        poll = self._polls[run_id] = _Poll(task)
        task.add_done_callback(lambda _task: poll.seen.set())
        return poll

    async def _poll(self, run_id: int) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                async with self._database.snapshot() as snapshot:
                    standing = await StandingByRunIdLoader(snapshot).load(run_id)
            except Unavailable:  # Who watches waits.
                continue
            self._polls[run_id].tell(standing)

    async def close(self) -> None:
        """Return when nothing is polled any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _standing(run_id: int, context: "Context") -> Standing:
    standing = await context.load(StandingByRunIdLoader, run_id)
    if standing is None:
        raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
    return standing
