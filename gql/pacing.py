"""Letting the event loop turn while much is computed: health checks and other clients wait less."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence, Sized
from typing import TypeVar

from anyio.lowlevel import RunVar

TURN_SECONDS = 0.01

# So many objects take some milliseconds, whatever is made of them; so few take well under one.
SLICE = 1000
FEW = 100

# So many that wait are woken in a turn.
WOKEN = 32

T = TypeVar("T")


def slices(values: Sequence[T], size: int = SLICE) -> Iterable[Sequence[T]]:
    """The values in slices, to `pause_for` before each."""
    if len(values) <= size:
        return [values] if values else []
    return (values[start : start + size] for start in range(0, len(values), size))


class _Turn:
    """One turn of an event loop: when it began, and what continues in later ones."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.waiting: deque[asyncio.Future[None]] = deque()

    def is_used_up(self) -> bool:
        return time.perf_counter() - self.began >= TURN_SECONDS

    async def next(self) -> None:
        loop = asyncio.get_running_loop()
        if not self.waiting:
            loop.call_soon(self._begin, loop)
        mine = loop.create_future()
        self.waiting.append(mine)
        await mine

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self.began = time.perf_counter()
        # All of them would take the turn to find out that it is used up.
        for _ in range(min(len(self.waiting), WOKEN)):
            first = self.waiting.popleft()
            if not first.done():
                first.set_result(None)
        if self.waiting:
            loop.call_soon(self._begin, loop)


_turn: RunVar[_Turn] = RunVar("turn")


async def pause() -> None:
    """Continue in a later turn of the loop if all that paused in this one has had TURN_SECONDS.

    Time counts for all executions together: ten of them block the loop no longer than one.
    """
    try:
        turn = _turn.get()
    except LookupError:
        turn = _Turn()
        _turn.set(turn)
    while turn.is_used_up():
        await turn.next()


async def pause_for(objects: Sized) -> None:
    """Pause before work on many objects: a few take less than to find out."""
    if len(objects) >= FEW:
        await pause()
