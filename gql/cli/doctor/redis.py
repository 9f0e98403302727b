"""Redis, in which several processes count rate limits together."""

from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from gql.cli.doctor import clock
from gql.cli.doctor.check_result import CheckResult, error, info, ok, warning
from gql.security.counters import REDIS_TIMEOUT_SECONDS
from gql.settings import Settings


async def check_redis(settings: Settings) -> list[CheckResult]:
    """Whether rate limits can be counted in Redis."""
    if settings.redis_url is None:
        return [
            info(
                "redis",
                "REDIS_URL is not set: each process counts rate limits for itself",
                "Set it for several processes. Otherwise clients get the limit once per process.",
            )
        ]
    client = Redis.from_url(
        str(settings.redis_url),
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
    try:
        return await _check_server(client)
    except (AuthenticationError, NoPermissionError) as problem:
        return [
            error(
                "redis",
                f"it rejects the login of REDIS_URL: {problem}",
                "Correct user and password in REDIS_URL; the user needs +@all on ~LIMITS:*.",
            )
        ]
    except (RedisError, OSError) as problem:
        return [
            error(
                "redis",
                f"it cannot be reached: {problem}",
                "Start it, or correct REDIS_URL. Until then each process counts for itself.",
            )
        ]
    finally:
        await client.aclose()


async def _check_server(client: Redis) -> list[CheckResult]:
    await client.ping()
    before = perf_counter()
    await client.ping()
    milliseconds = (perf_counter() - before) * 1000
    info: dict[str, Any] = await client.info()
    results = [ok("redis", f"Redis {info['redis_version']} answers in {milliseconds:.1f} ms")]
    if info.get("role") != "master":
        results.append(
            error(
                "redis",
                "it is a read-only replica",
                "Set REDIS_URL to its master.",
            )
        )
    if info.get("maxmemory") and str(info.get("maxmemory_policy")).startswith("allkeys"):
        results.append(
            warning(
                "redis",
                f"its maxmemory-policy {info['maxmemory_policy']} may forget counts when it is "
                "full, and clients may ask more",
                "Set its maxmemory-policy to noeviction or volatile-ttl.",
            )
        )

    async def read_clock() -> datetime:
        seconds, microseconds = await client.time()
        return datetime.fromtimestamp(seconds + microseconds / 1e6, UTC).replace(tzinfo=None)

    results.append(await clock.check_clock("Redis", read_clock))
    return results
