"""Request coalescing: equal requests that arrive together share a snapshot and its statements."""

import asyncio
from asyncio import Future, TimerHandle
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from gql.errors import Overloaded
from gql.telemetry import metrics

# One more than a processor can work on: the next batch reads while the last one is written.
MAX_RUNNING_BATCHES = 2
MAX_BATCH_SIZE = 32

# A batch that runs for longer waits for the database, and keeps no processor busy.
SLOW_SECONDS = 0.25

_rejected = metrics.rejected_requests.labels("queue_timeout")


class _Closable(Protocol):
    async def close(self) -> None: ...


Shared = TypeVar("Shared", bound=_Closable)


@dataclass(slots=True, eq=False)
class _Batch(Generic[Shared]):
    """Requests that share a context, and how many of each user have not ended."""

    context: Shared
    users: Counter[str]
    size: int
    started: float


@dataclass(slots=True)
class _Queue(Generic[Shared]):
    """The running batches of a key, and the requests that wait for the next one."""

    running: list[_Batch[Shared]] = field(default_factory=list)
    waiting: dict[Future[_Batch[Shared]], str] = field(default_factory=dict)
    alarm: TimerHandle | None = None


class RequestCoalescer(Generic[Shared]):
    """Gives each request a context that it may share with other requests of the same key.

    While MAX_RUNNING_BATCHES batches of a key are running, further requests wait for the next
    batch, so the busier the process is, the more of them share. Batches older than SLOW_SECONDS
    keep no others waiting, and of each user one batch of a key runs at a time: slow requests delay
    further ones of their own users only. No request joins a batch that has started, so what it
    reads is never older than the request. Requests with the same key should take about the same
    time, because a batch lasts as long as its slowest request.
    """

    def __init__(self, make_context: Callable[[], Shared], *, queue_timeout_seconds: float) -> None:
        self._make_context = make_context
        self._queue_timeout_seconds = queue_timeout_seconds
        self._queues: dict[Hashable, _Queue[Shared]] = {}

    @asynccontextmanager
    async def join(self, key: Hashable, user: str) -> AsyncIterator[Shared]:
        """The context of a batch with this key, once the batch starts.

        Raises Overloaded if it does not start within the queue timeout.
        """
        queue = self._queues.setdefault(key, _Queue())
        start: Future[_Batch[Shared]] = asyncio.get_running_loop().create_future()
        queue.waiting[start] = user
        self._start_batches(key, queue)
        try:
            if not start.done():
                await self._wait(start)
            yield start.result().context
        finally:
            if start.done() and not start.cancelled():
                await self._leave(key, queue, start.result(), user)
            else:
                del queue.waiting[start]
                self._drop_if_unused(key, queue)

    async def _wait(self, start: Future[_Batch[Shared]]) -> None:
        try:
            async with asyncio.timeout(self._queue_timeout_seconds):
                await start
        except TimeoutError:
            _rejected.inc()
            raise Overloaded from None

    def _start_batches(self, key: Hashable, queue: _Queue[Shared]) -> None:
        now = asyncio.get_running_loop().time()
        while queue.waiting:
            quick = [each.started for each in queue.running if each.started > now - SLOW_SECONDS]
            if len(quick) >= MAX_RUNNING_BATCHES:
                self._start_later(key, queue, min(quick) + SLOW_SECONDS)
                return
            held = {user for batch in queue.running for user in batch.users}
            starts = [start for start, user in queue.waiting.items() if user not in held]
            if not starts:
                return
            del starts[MAX_BATCH_SIZE:]
            users = Counter(queue.waiting.pop(start) for start in starts)
            batch = _Batch(self._make_context(), users, len(starts), now)
            queue.running.append(batch)
            for start in starts:
                start.set_result(batch)

    def _start_later(self, key: Hashable, queue: _Queue[Shared], time: float) -> None:
        if queue.alarm is not None:
            queue.alarm.cancel()
        loop = asyncio.get_running_loop()
        queue.alarm = loop.call_at(time, self._start_batches, key, queue)

    async def _leave(
        self, key: Hashable, queue: _Queue[Shared], batch: _Batch[Shared], user: str
    ) -> None:
        batch.users[user] -= 1
        if not batch.users[user]:
            del batch.users[user]
        if not batch.users:
            queue.running.remove(batch)
        self._start_batches(key, queue)
        if batch.users:
            return
        metrics.coalesced_requests.observe(batch.size)
        self._drop_if_unused(key, queue)
        await batch.context.close()

    def _drop_if_unused(self, key: Hashable, queue: _Queue[Shared]) -> None:
        if not queue.running and not queue.waiting:
            if queue.alarm is not None:
                queue.alarm.cancel()
            del self._queues[key]
