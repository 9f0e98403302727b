"""Windows of requests, counted by `limits` in memory or, for several processes, in Redis."""

import logging
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool

from gql.errors import RateLimited
from gql.telemetry import metrics

REDIS_TIMEOUT_SECONDS = 1
RETRY_REDIS_SECONDS = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Window:
    """Where one client's window of requests stands."""

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
        """Raise RateLimited if the window's requests are used up."""
        if self.is_exceeded:
            raise RateLimited(
                retry_after=self.retry_after,
                limit=self.limit,
                window_seconds=self.seconds,
            )


class RateLimiter:
    """Counts the requests of each client; falls back to memory while Redis cannot be reached."""

    def __init__(self, *, requests: int, seconds: int, redis_url: str | None) -> None:
        self._limit = RateLimitItemPerSecond(requests, seconds)
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared = self._local
        self._redis: BlockingConnectionPool | None = None
        self._is_alone = False
        self._try_redis_at = 0.0
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

    async def hit(self, client: str, requests: int = 1) -> Window:
        """Count requests of a client, and tell where its window stands."""
        is_trial = self._is_alone
        if is_trial:
            if time.monotonic() < self._try_redis_at:
                return await _hit(self._local, self._limit, client, requests)
            # One request finds out whether Redis is back. The others do not wait for that.
            self._try_redis_at = time.monotonic() + RETRY_REDIS_SECONDS
        try:
            window = await _hit(self._shared, self._limit, client, requests)
        except StorageError:
            await self._lose_redis()
            return await _hit(self._local, self._limit, client, requests)
        if is_trial:
            logger.warning("Redis is back: rate limits are counted there again")
            self._is_alone = False
            metrics.rate_limits_alone.set(0)
        return window

    async def _lose_redis(self) -> None:
        if not self._is_alone:
            logger.warning("Redis cannot be reached: rate limits are counted in memory")
        self._is_alone = True
        metrics.rate_limits_alone.set(1)
        self._try_redis_at = time.monotonic() + RETRY_REDIS_SECONDS
        if self._redis is not None:  # Each idle connection would fail once more, later.
            await self._redis.disconnect(inuse_connections=False)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()


async def _hit(
    limiter: FixedWindowRateLimiter, limit: RateLimitItem, client: str, requests: int
) -> Window:
    is_allowed = await limiter.hit(limit, client, cost=requests)
    stats = await limiter.get_window_stats(limit, client)
    if stats.reset_time > time.time() + 2 * limit.get_expiry():  # The clock was set back.
        await limiter.clear(limit, client)
        return await _hit(limiter, limit, client, requests)
    return Window(
        limit=limit.amount,
        remaining=stats.remaining,
        reset_at=math.ceil(stats.reset_time),
        retry_after=max(1, math.ceil(stats.reset_time - time.time())),
        is_exceeded=not is_allowed,
        seconds=limit.get_expiry(),
    )
