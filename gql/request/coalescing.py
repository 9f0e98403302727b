"""Request coalescing: equal requests that arrive together share a snapshot and its statements."""

from asyncio import CancelledError, Event, TimerHandle, get_running_loop
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from gql.errors import Overloaded
from gql.security.account import Account, current_account
from gql.telemetry import metrics

# One more than a processor can work on: the next batch reads while the last one is written.
MAX_RUNNING_BATCHES = 2
MAX_BATCH_SIZE = 32

_rejected = metrics.rejected_requests.labels("queue_timeout")


class _Context(Protocol):
    members: int

    @property
    def work_seconds(self) -> float: ...

    async def abort(self) -> None: ...

    async def close(self) -> None: ...


Shared = TypeVar("Shared", bound=_Context)


@dataclass(slots=True)
class _Batch(Generic[Shared]):
    """Requests that share a context."""

    context: Shared
    start: Event = field(default_factory=Event)
    joined: int = 0
    left: int = 0
    accounts: list[Account] = field(default_factory=list)
    timeout: TimerHandle | None = None
    is_timed_out: bool = False


class RequestCoalescer(Generic[Shared]):
    """Gives each request a context that it may share with other requests of the same key.

    While MAX_RUNNING_BATCHES batches of a key are running, further requests wait in the next
    batch, so the busier the process is, the more of them share. No request joins a batch that has
    started, so what it reads is never older than the request. Requests with the same key should
    take about the same time, because a batch lasts as long as its slowest request. They share the
    work of its statements equally.
    """

    def __init__(self, make_context: Callable[[], Shared], *, queue_timeout_seconds: float) -> None:
        self._make_context = make_context
        self._queue_timeout_seconds = queue_timeout_seconds
        self._waiting: dict[Hashable, deque[_Batch[Shared]]] = {}
        self._running: dict[Hashable, int] = {}

    @asynccontextmanager
    async def join(self, key: Hashable) -> AsyncIterator[Shared]:
        """The context of a batch with this key, once the batch starts.

        Raises Overloaded if it does not start within the queue timeout.
        """
        batch = self._join(key)
        has_left = False
        try:
            if not batch.start.is_set():
                await batch.start.wait()
            if batch.is_timed_out:
                _rejected.inc()
                raise Overloaded
            yield batch.context
        except CancelledError:
            has_left = True
            raise
        finally:
            batch.left += 1
            if not batch.start.is_set():
                batch.context.members -= 1
                batch.accounts = [each for each in batch.accounts if each is not current_account()]
            if batch.left == batch.joined:
                await self._end(key, batch, is_aborted=has_left)

    def _join(self, key: Hashable) -> _Batch[Shared]:
        waiting = self._waiting.setdefault(key, deque())
        if not waiting or waiting[-1].joined == MAX_BATCH_SIZE:
            waiting.append(_Batch(self._make_context()))
        batch = waiting[-1]
        batch.joined += 1
        batch.context.members = batch.joined
        if account := current_account():
            batch.accounts.append(account)
        self._start_next(key)
        if not batch.start.is_set() and batch.timeout is None:
            batch.timeout = get_running_loop().call_later(
                self._queue_timeout_seconds, self._time_out, key, batch
            )
        return batch

    def _start_next(self, key: Hashable) -> None:
        waiting = self._waiting[key]
        running = self._running.get(key, 0)
        if waiting and running < MAX_RUNNING_BATCHES:
            self._running[key] = running + 1
            batch = waiting.popleft()
            if batch.timeout is not None:
                batch.timeout.cancel()
            batch.start.set()

    def _time_out(self, key: Hashable, batch: _Batch[Shared]) -> None:
        self._waiting[key].remove(batch)
        batch.is_timed_out = True
        batch.start.set()

    async def _end(self, key: Hashable, batch: _Batch[Shared], *, is_aborted: bool) -> None:
        if batch.is_timed_out:
            return
        if not batch.start.is_set():
            self._waiting[key].remove(batch)
            if batch.timeout is not None:
                batch.timeout.cancel()
            return
        metrics.coalesced_requests.observe(batch.joined)
        self._running[key] -= 1
        self._start_next(key)
        if not self._running[key]:
            del self._running[key], self._waiting[key]
        # What still runs is for the last one alone.
        await (batch.context.abort() if is_aborted else batch.context.close())
        for account in batch.accounts:
            await account.add_late_work(batch.context.work_seconds)
