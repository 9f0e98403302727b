"""Request coalescing: equal requests that arrive together share a snapshot and its statements."""

import asyncio
from asyncio import Future, TimerHandle
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from gql.errors import Overloaded
from gql.security.account import Account, current_account
from gql.telemetry import metrics

# One more than a processor can work on: the next batch reads while the last one is written.
MAX_RUNNING_BATCHES = 2
"""Of different users, for one key. A user has one."""
MAX_BATCH_SIZE = 32

# A batch that runs for longer waits for the database, and keeps no processor busy.
SLOW_SECONDS = 0.25

_rejected = metrics.rejected_requests.labels("queue_timeout")


class _Context(Protocol):
    members: int

    @property
    def work_seconds(self) -> float: ...

    async def abort(self) -> None: ...

    async def close(self) -> None: ...


Shared = TypeVar("Shared", bound=_Context)


@dataclass(slots=True, eq=False)
class _Batch(Generic[Shared]):
    """Requests that share a context, and how many of each user have not ended."""

    context: Shared
    users: Counter[str]
    accounts: list[Account]
    started: float


@dataclass(slots=True)
class _Queue(Generic[Shared]):
    """The running batches of a key, and the requests that wait for the next one."""

    running: list[_Batch[Shared]] = field(default_factory=list)
    waiting: dict[Future[_Batch[Shared]], Account | None] = field(default_factory=dict)
    alarm: TimerHandle | None = None

    def quick(self) -> list[_Batch[Shared]]:
        """The running batches that keep others waiting."""
        since = asyncio.get_running_loop().time() - SLOW_SECONDS
        return [batch for batch in self.running if batch.started > since]

    def can_start(self, user: str) -> bool:
        """Whether a request of the user need not wait."""
        if any(user in batch.users for batch in self.running):
            return False
        return len(self.quick()) < MAX_RUNNING_BATCHES

    def startable(self) -> list[Future[_Batch[Shared]]]:
        """The requests that need not wait any more."""
        if not self.waiting:
            return []
        users = {*map(_user_of, self.waiting.values())}
        free = {user for user in users if self.can_start(user)}
        return [
            start
            for start, account in self.waiting.items()
            # One whose client has left is done, and about to leave the queue.
            if not start.done() and _user_of(account) in free
        ]


class RequestCoalescer(Generic[Shared]):
    """Gives each request a context that it may share with other requests of the same key.

    While a batch of a key is running that has a request of the user, or MAX_RUNNING_BATCHES of
    others, further requests wait for the next batch, so the busier the process is, the more of them
    share. A batch older than SLOW_SECONDS does not count for others: slow requests delay further
    ones of their own users only. No request joins a batch that has started, so what it
    reads is never older than the request. Requests with the same key should take about the same
    time, because a batch lasts as long as its slowest request. They share the work of its
    statements equally.
    """

    def __init__(self, make_context: Callable[[], Shared], *, queue_timeout_seconds: float) -> None:
        self._make_context = make_context
        self._queue_timeout_seconds = queue_timeout_seconds
        self._queues: dict[Hashable, _Queue[Shared]] = {}

    @asynccontextmanager
    async def join(self, key: Hashable) -> AsyncIterator[Shared]:
        """The context of a batch with this key, once the batch starts.

        Raises Overloaded if it does not start within the queue timeout.
        """
        queue = self._queues.setdefault(key, _Queue())
        start: Future[_Batch[Shared]] = asyncio.get_running_loop().create_future()
        account = queue.waiting[start] = current_account()
        if queue.can_start(_user_of(account)):
            self._start_batch(queue, [start])
        else:
            self._set_alarm(queue)
        is_cancelled = False
        try:
            if not start.done():
                await self._wait(start)
            yield start.result().context
        except asyncio.CancelledError:
            is_cancelled = True
            raise
        finally:
            if start.done() and not start.cancelled():
                await self._leave(
                    key, queue, start.result(), _user_of(account), is_cancelled=is_cancelled
                )
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

    def _start_batch(self, queue: _Queue[Shared], starts: list[Future[_Batch[Shared]]]) -> None:
        accounts = [queue.waiting.pop(start) for start in starts]
        context = self._make_context()
        context.members = len(starts)
        batch = _Batch(
            context,
            Counter(map(_user_of, accounts)),
            [account for account in accounts if account is not None],
            asyncio.get_running_loop().time(),
        )
        queue.running.append(batch)
        for start in starts:
            start.set_result(batch)

    def _start_waiting(self, queue: _Queue[Shared]) -> None:
        queue.alarm = None
        while starts := queue.startable():
            self._start_batch(queue, starts[:MAX_BATCH_SIZE])
        self._set_alarm(queue)

    def _set_alarm(self, queue: _Queue[Shared]) -> None:
        """Start those that wait for a batch to become slow."""
        if queue.alarm is None and queue.waiting and (quick := queue.quick()):
            loop = asyncio.get_running_loop()
            time = quick[0].started + SLOW_SECONDS
            queue.alarm = loop.call_at(time, self._start_waiting, queue)

    async def _leave(
        self,
        key: Hashable,
        queue: _Queue[Shared],
        batch: _Batch[Shared],
        user: str,
        *,
        is_cancelled: bool,
    ) -> None:
        batch.users[user] -= 1
        if batch.users[user]:
            return
        del batch.users[user]
        if not batch.users:
            queue.running.remove(batch)
        if queue.alarm is not None:
            queue.alarm.cancel()
        self._start_waiting(queue)
        if batch.users:
            return
        metrics.coalesced_requests.observe(batch.context.members)
        self._drop_if_unused(key, queue)
        # What still runs is for the last one alone.
        await (batch.context.abort() if is_cancelled else batch.context.close())
        for account in batch.accounts:
            account.add_late_work(batch.context.work_seconds)

    def _drop_if_unused(self, key: Hashable, queue: _Queue[Shared]) -> None:
        if not queue.running and not queue.waiting:
            del self._queues[key]


def _user_of(account: Account | None) -> str:
    return (account and account.user) or ""
