"""The rate limit: requests per window, counted in memory or, for several processes, in Redis."""

import asyncio
import logging
import math
import time
from dataclasses import dataclass

from cachetools import TTLCache
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool

from gql.errors import RateLimited
from gql.telemetry import metrics

# A client beyond its limit that keeps asking gets this many rejections a second. They cost little,
# but as fast as a client asks for them they would keep a processor busy.
REJECTIONS_PER_SECOND = 100
MAX_REJECTED_CLIENTS = 10_000

REDIS_TIMEOUT_SECONDS = 1
RETRY_REDIS_SECONDS = 3

logger = logging.getLogger(__name__)


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
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }

    def require(self) -> None:
        """Raise RateLimited if the limit of the window is exceeded."""
        if self.is_exceeded:
            raise self.exceeded()

    def exceeded(self) -> RateLimited:
        return RateLimited(
            retry_after=self.retry_after, limit=self.limit, window_seconds=self.seconds
        )


class RateLimiter:
    """Counts the requests of each client; falls back to memory while Redis is unavailable."""

    def __init__(self, *, requests: int, window_seconds: int, redis_url: str | None) -> None:
        self._limit = RateLimitItemPerSecond(requests, window_seconds)
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared = self._local
        self._redis: BlockingConnectionPool | None = None
        self._is_fallback_active = False
        self._probe_redis_at = 0.0
        self._next_rejections: TTLCache[str, float] = TTLCache(MAX_REJECTED_CLIENTS, window_seconds)
        if redis_url is not None:
            self._redis = BlockingConnectionPool.from_url(
                redis_url,
                timeout=REDIS_TIMEOUT_SECONDS,
                socket_timeout=REDIS_TIMEOUT_SECONDS,
                socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            )
            self._shared = FixedWindowRateLimiter(
                RedisStorage(
                    f"async+{redis_url}",
                    implementation="redispy",
                    wrap_exceptions=True,
                    connection_pool=self._redis,  # type: ignore[arg-type]  # an option too
                )
            )

    async def hit(self, client: str, requests: int = 1) -> RateLimitWindow:
        """Count requests of a client, and return the state of its window."""
        is_probe = self._is_fallback_active
        if is_probe:
            if time.monotonic() < self._probe_redis_at:
                return await _hit(self._local, self._limit, client, requests)
            # One request probes whether Redis is back; the others do not wait for it.
            self._probe_redis_at = time.monotonic() + RETRY_REDIS_SECONDS
        try:
            window = await _hit(self._shared, self._limit, client, requests)
        except StorageError:
            await self._activate_fallback()
            return await _hit(self._local, self._limit, client, requests)
        if is_probe:
            logger.warning("Redis is back: rate limits are counted there again")
            self._is_fallback_active = False
            metrics.rate_limit_fallback_active.set(0)
        return window

    async def wait_to_reject(self, client: str) -> None:
        """Return when a request of the client may be rejected: others of it come first."""
        now = time.monotonic()
        turn = max(now, self._next_rejections.get(client, now))
        self._next_rejections[client] = turn + 1 / REJECTIONS_PER_SECOND
        await asyncio.sleep(turn - now)

    async def _activate_fallback(self) -> None:
        if not self._is_fallback_active:
            logger.warning("Redis cannot be reached: rate limits are counted in memory")
        self._is_fallback_active = True
        metrics.rate_limit_fallback_active.set(1)
        self._probe_redis_at = time.monotonic() + RETRY_REDIS_SECONDS
        if self._redis is not None:  # Each idle connection would fail once more later.
            await self._redis.disconnect(inuse_connections=False)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()


async def _hit(
    limiter: FixedWindowRateLimiter, limit: RateLimitItem, client: str, requests: int
) -> RateLimitWindow:
    is_allowed = await limiter.hit(limit, client, cost=requests)
    stats = await limiter.get_window_stats(limit, client)
    if stats.reset_time > time.time() + 2 * limit.get_expiry():  # The clock was set back.
        await limiter.clear(limit, client)
        return await _hit(limiter, limit, client, requests)
    return RateLimitWindow(
        limit=limit.amount,
        remaining=stats.remaining,
        reset_at=math.ceil(stats.reset_time),
        retry_after=max(1, math.ceil(stats.reset_time - time.time())),
        is_exceeded=not is_allowed,
        seconds=limit.get_expiry(),
    )
