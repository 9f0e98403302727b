"""The rate limit: requests of a client in a fixed window."""

import asyncio
import math
import time
from dataclasses import dataclass

from cachetools import TTLCache
from limits import RateLimitItemPerSecond

from gql.errors import RateLimited
from gql.security.counters import Counters, Storage

# A client that keeps asking without a place or beyond its limit gets this many rejections a second.
# They cost little, but as fast as a client asks for them they would keep a processor busy.
REJECTIONS_PER_SECOND = 100
MAX_REJECTED_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class RateLimitWindow:
    """The state of one client's window."""

    limit: int
    remaining: int
    reset_at: int
    retry_after: int
    is_exceeded: bool
    seconds: int

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of a response, as ASGI has them."""
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.reset_at),
        ]

    def require(self) -> None:
        """Raise RateLimited if the limit of the window is exceeded."""
        if self.is_exceeded:
            raise self.exceeded()

    def exceeded(self) -> RateLimited:
        return RateLimited(
            retry_after=self.retry_after, limit=self.limit, window_seconds=self.seconds
        )


class RateLimiter:
    """Counts the requests of each client."""

    def __init__(self, counters: Counters, *, requests: int, window_seconds: int) -> None:
        self._counters = counters
        self._limit = RateLimitItemPerSecond(requests, window_seconds)
        self._next_rejections: TTLCache[str, float] = TTLCache(MAX_REJECTED_CLIENTS, window_seconds)

    async def hit(self, client: str, requests: int = 1) -> RateLimitWindow:
        """Count requests of a client, and return the state of its window."""
        key = self._limit.key_for(client)

        async def hit(storage: Storage) -> RateLimitWindow:
            return await self._hit(storage, key, requests)

        return await self._counters.count(hit)

    async def wait_to_reject(self, client: str) -> None:
        """Return when a request of the client may be rejected: others of it come first."""
        now = time.monotonic()
        turn = max(now, self._next_rejections.get(client, now))
        self._next_rejections[client] = turn + 1 / REJECTIONS_PER_SECOND
        await asyncio.sleep(turn - now)

    async def _hit(self, storage: Storage, key: str, requests: int) -> RateLimitWindow:
        limit, seconds = self._limit.amount, self._limit.get_expiry()
        counted = await storage.incr(key, seconds, amount=requests)
        reset_time = await storage.get_expiry(key)
        now = time.time()
        if reset_time > now + 2 * seconds:  # The clock was set back.
            await storage.clear(key)
            return await self._hit(storage, key, requests)
        return RateLimitWindow(
            limit=limit,
            remaining=max(0, limit - counted),
            reset_at=math.ceil(reset_time),
            retry_after=max(1, math.ceil(reset_time - now)),
            is_exceeded=counted > limit,
            seconds=seconds,
        )
