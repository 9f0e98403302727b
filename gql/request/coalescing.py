"""Answering requests together that ask alike at the same time: their loads share statements."""

from asyncio import Event, TimerHandle, get_running_loop
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gql.errors import Overloaded
from gql.telemetry import metrics

if TYPE_CHECKING:
    from gql.request.context import Context

# One more than a processor has to do: the next cohort reads while the last one is written.
RUNNING_OF_A_KIND = 2
MAX_MEMBERS = 32

_overloads = metrics.overloads.labels("operation")


@dataclass(slots=True)
class _Cohort:
    context: "Context"
    start: Event = field(default_factory=Event)
    joined: int = 0
    left: int = 0
    alarm: TimerHandle | None = None
    is_given_up: bool = False


class Cohorts:
    """Gives requests a context that they share with others of their kind.

    While RUNNING_OF_A_KIND cohorts are under way, further requests wait for the next, so the
    busier the process is, the more of them share. What a member is told was read after it came:
    nobody joins a cohort that has begun to read. Requests of a kind should cost alike, for a
    cohort takes as long as its slowest member. Who has waited for `patience_seconds` is refused.
    """

    def __init__(self, make_context: "Callable[[], Context]", *, patience_seconds: float) -> None:
        self._make_context = make_context
        self._patience_seconds = patience_seconds
        self._waiting: dict[Hashable, deque[_Cohort]] = {}
        self._running: dict[Hashable, int] = {}

    @asynccontextmanager
    async def join(self, kind: Hashable) -> "AsyncIterator[Context]":
        """The context of a cohort of this kind, when its turn has come.

        Raises Overloaded if it does not come in good time.
        """
        cohort = self._join(kind)
        try:
            if not cohort.start.is_set():
                await cohort.start.wait()
            if cohort.is_given_up:
                _overloads.inc()
                raise Overloaded
            yield cohort.context
        finally:
            cohort.left += 1
            if cohort.left == cohort.joined:
                await self._end(kind, cohort)

    def _join(self, kind: Hashable) -> _Cohort:
        waiting = self._waiting.setdefault(kind, deque())
        if not waiting or waiting[-1].joined == MAX_MEMBERS:
            waiting.append(_Cohort(self._make_context()))
        cohort = waiting[-1]
        cohort.joined += 1
        self._start_next(kind)
        if not cohort.start.is_set() and cohort.alarm is None:
            cohort.alarm = get_running_loop().call_later(
                self._patience_seconds, self._give_up, kind, cohort
            )
        return cohort

    def _start_next(self, kind: Hashable) -> None:
        waiting = self._waiting[kind]
        running = self._running.get(kind, 0)
        if waiting and running < RUNNING_OF_A_KIND:
            self._running[kind] = running + 1
            cohort = waiting.popleft()
            if cohort.alarm is not None:
                cohort.alarm.cancel()
            cohort.start.set()

    def _give_up(self, kind: Hashable, cohort: _Cohort) -> None:
        self._waiting[kind].remove(cohort)
        cohort.is_given_up = True
        cohort.start.set()

    async def _end(self, kind: Hashable, cohort: _Cohort) -> None:
        if cohort.is_given_up:
            return
        if not cohort.start.is_set():
            self._waiting[kind].remove(cohort)
            if cohort.alarm is not None:
                cohort.alarm.cancel()
            return
        metrics.cohort_members.observe(cohort.joined)
        self._running[kind] -= 1
        self._start_next(kind)
        if not self._running[kind]:
            del self._running[kind], self._waiting[kind]
        await cohort.context.close()
