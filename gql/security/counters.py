"""Counters of clients, in memory or, for several processes, in Redis."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from limits.aio.storage import RedisStorage
from limits.errors import StorageError

from gql.compat.limits import MemoryStorage
from gql.telemetry import metrics

if TYPE_CHECKING:
    from redis.asyncio import BlockingConnectionPool

REDIS_TIMEOUT_SECONDS = 1
RETRY_REDIS_SECONDS = 3

Storage = MemoryStorage | RedisStorage

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Counters:
    """The storage of counters; falls back to memory while Redis is unavailable."""

    def __init__(self, redis_url: str | None) -> None:
        self._local: Storage = MemoryStorage()
        self._shared: Storage = self._local
        self._redis: BlockingConnectionPool | None = None
        self._is_fallback_active = False
        self._probe_redis_at = 0.0
        if redis_url is not None:
            self._redis = _pool_of(redis_url)
            self._shared = RedisStorage(
                f"async+{redis_url}",
                implementation="redispy",
                wrap_exceptions=True,
                connection_pool=self._redis,  # type: ignore[arg-type]  # an option too
            )

    async def count(self, count: Callable[[Storage], Awaitable[T]]) -> T:
        """What `count` returns for the storage of today."""
        is_probe = self._is_fallback_active
        if is_probe:
            if time.monotonic() < self._probe_redis_at:
                return await count(self._local)
            # One request probes whether Redis is back; the others do not wait for it.
            self._probe_redis_at = time.monotonic() + RETRY_REDIS_SECONDS
        try:
            counted = await count(self._shared)
        except StorageError:
            await self._activate_fallback()
            return await count(self._local)
        if is_probe:
            logger.warning("Redis is back: rate limits are counted there again")
            self._is_fallback_active = False
            metrics.rate_limit_fallback_active.set(0)
        return counted

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


def _pool_of(redis_url: str) -> "BlockingConnectionPool":
    # To import it takes a tenth of the start.
    from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415

    return BlockingConnectionPool.from_url(
        redis_url,
        timeout=REDIS_TIMEOUT_SECONDS,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
