"""The poll of the database for runs that change, for all that watch any of them."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gql.database import Database, DatabaseUnavailable
from gql.loaders.run_mark import Horizon, RunMark, first_horizon, run_marks

# More unfinished runs than these have been forgotten by their workers.
_MAX_TRACKED = 200


class RunPoll:
    """Polls all runs that may change: two statements each time, whatever is watched.

    `marks` are those of the runs that it looked at last, by their ids.
    """

    def __init__(self, database: Database, interval_seconds: float) -> None:
        self.subscriptions = 0
        self.marks: dict[int, RunMark] = {}
        self._database = database
        self._interval_seconds = interval_seconds
        self._horizon: Horizon | None = None
        self._watched: Counter[int] = Counter()
        self._listeners: list[dict[int, RunMark]] = []
        self._has_polled = asyncio.Event()
        # In an empty context: the poll outlives the request that starts it.
        self.task = asyncio.create_task(
            self._run(), name="poll of runs", context=contextvars.Context()
        )
        self.task.add_done_callback(lambda _task: self._has_polled.set())

    @contextmanager
    def watching(self, run_id: int) -> Iterator[None]:
        """A block in which a run is looked at, however old it is."""
        self._watched[run_id] += 1
        try:
            yield
        finally:
            self._watched[run_id] -= 1
            if not self._watched[run_id]:
                del self._watched[run_id]

    @contextmanager
    def collecting(self, changes: dict[int, RunMark]) -> Iterator[None]:
        """A block in which the runs that change are added to `changes`."""
        self._listeners.append(changes)
        try:
            yield
        finally:
            self._listeners = [each for each in self._listeners if each is not changes]

    async def next(self) -> None:
        """Return after the next poll; raise what ended the poll."""
        await self._has_polled.wait()
        if self.task.done():
            self.task.result()

    async def _run(self) -> None:
        while True:
            with suppress(DatabaseUnavailable):  # Subscribers keep waiting.
                await self._look()
                self._has_polled.set()
                self._has_polled = asyncio.Event()
            await asyncio.sleep(self._interval_seconds)

    async def _look(self) -> None:
        known, is_first = self.marks, self._horizon is None
        unfinished = sorted(run_id for run_id, mark in known.items() if not mark.is_finished)
        async with self._database.snapshot() as snapshot:
            horizon = self._horizon or await first_horizon(snapshot)
            marks = await run_marks(
                snapshot, horizon, unfinished[-_MAX_TRACKED:], self._watched.keys()
            )
        self.marks, self._horizon = marks.of_runs, marks.horizon
        if is_first:
            return
        for run_id, mark in marks.of_runs.items():
            is_new = run_id not in known and run_id in marks.recent
            if is_new or known.get(run_id, mark) != mark:
                for changes in self._listeners:
                    changes[run_id] = mark
