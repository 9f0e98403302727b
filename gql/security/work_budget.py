"""The budget of work: seconds that the users' requests may take of a processor, in a minute.

The minute slides. What was used is recorded in full, even beyond the budget: it is a debt, which
the user waits out.
"""

import asyncio
import math
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from cachetools import TTLCache
from limits import RateLimitItemPerSecond

from gql.security.counters import Counters, Storage
from gql.security.rate_limit import RateLimitWindow
from gql.telemetry.request_log import MS_PER_COST_UNIT

WINDOW_SECONDS = 60
SYNC_SECONDS = 0.1
MAX_USERS = 10_000

# One charge is so much work: a request counts for one or more.
CHARGE_SECONDS = MS_PER_COST_UNIT / 1000

# `limits` records nothing of an increment that it refuses. This limit refuses none.
_UNREACHABLE = RateLimitItemPerSecond(2**53, WINDOW_SECONDS, namespace="WORK")


@dataclass(frozen=True, slots=True)
class UsedWork:
    """The milliseconds that a user has used of the budget, in the last minute and this one."""

    budget: float
    before: float
    """Used in the window before, which slides out within `left` seconds."""
    left: float
    now: float
    """Used in this window."""

    @property
    def milliseconds(self) -> float:
        return self.before * self.left / WINDOW_SECONDS + self.now

    @property
    def remaining_charges(self) -> int:
        return max(0, int((self.budget - self.milliseconds) / (CHARGE_SECONDS * 1000)))

    @property
    def resets_in(self) -> float:
        """Seconds until the whole budget is available again."""
        return self.left + (WINDOW_SECONDS if self.now else 0)

    def window(self) -> RateLimitWindow:
        """The state of the budget in charges, as the headers of the rate limit show it."""
        retry_after = max(1, math.ceil(self._exceeded_for()))
        return RateLimitWindow(
            limit=int(self.budget / (CHARGE_SECONDS * 1000)),
            remaining=self.remaining_charges,
            reset_at=math.ceil(time.time()) + retry_after,
            retry_after=retry_after,
            is_exceeded=self.milliseconds >= self.budget,
            seconds=WINDOW_SECONDS,
        )

    def _exceeded_for(self) -> float:
        """Seconds until less than the budget is used, if no more is."""
        if self.now < self.budget:
            over = self.milliseconds - self.budget
            return over * WINDOW_SECONDS / self.before if self.before else 0
        return self.left + WINDOW_SECONDS * (1 - self.budget / self.now)


class WorkBudget:
    """Records the work of each user.

    The shared counters are read and written once in SYNC_SECONDS for a user, however many requests
    it has: other processes learn of its work so much later.
    """

    def __init__(self, counters: Counters, *, seconds_per_minute: float) -> None:
        self._counters = counters
        self._budget = seconds_per_minute * 1000
        self._shared: TTLCache[str, UsedWork] = TTLCache(MAX_USERS, SYNC_SECONDS)
        self._reserved: Counter[str] = Counter()
        self._unwritten: dict[str, float] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._is_closing = asyncio.Event()

    async def used(self, user: str) -> UsedWork:
        """What the user has used, and what is reserved for requests in progress."""
        shared = self._shared.get(user)
        if shared is None:
            shared = self._shared[user] = await self._counters.count(partial(self._read, user))
        unwritten = self._reserved[user] + self._unwritten.get(user, 0)
        return UsedWork(self._budget, shared.before, shared.left, shared.now + unwritten)

    def reserve(self, user: str, seconds: float) -> None:
        """Count work as used that a request of this process is charged for; to be released."""
        self._reserved[user] += round(seconds * 1000)

    def release(self, user: str, seconds: float) -> None:
        """Release what was reserved."""
        self._reserved[user] -= round(seconds * 1000)
        if not self._reserved[user]:
            del self._reserved[user]

    def record(self, user: str, seconds: float) -> None:
        """Record work that was done for a user, whatever is left of the budget."""
        if user not in self._unwritten:
            self._unwritten[user] = 0
            writing = asyncio.create_task(self._write_later(user))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        self._unwritten[user] += seconds * 1000

    async def close(self) -> None:
        """Write what was recorded, for other processes."""
        self._is_closing.set()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _write_later(self, user: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SYNC_SECONDS):
                await self._is_closing.wait()
        milliseconds = math.ceil(self._unwritten.pop(user))
        if shared := self._shared.get(user):
            self._shared[user] = replace(shared, now=shared.now + milliseconds)
        await self._counters.count(partial(self._write, user, milliseconds))

    async def _read(self, user: str, storage: Storage) -> UsedWork:
        before, _, now, expires_in = await storage.get_sliding_window(
            _UNREACHABLE.key_for(user), WINDOW_SECONDS
        )
        return UsedWork(self._budget, before, max(0, expires_in - WINDOW_SECONDS), now)

    async def _write(self, user: str, milliseconds: int, storage: Storage) -> None:
        await storage.acquire_sliding_window_entry(
            _UNREACHABLE.key_for(user), _UNREACHABLE.amount, WINDOW_SECONDS, milliseconds
        )
