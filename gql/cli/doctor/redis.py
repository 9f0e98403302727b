"""Redis, where several processes count rate limits together."""

from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from gql.cli.doctor import clock
from gql.cli.doctor.check_result import Finding, failure, note, ok, warning
from gql.security.rate_limit import REDIS_TIMEOUT_SECONDS
from gql.settings import Settings


async def examined(settings: Settings) -> list[Finding]:
    """Whether rate limits can be counted in Redis."""
    if settings.redis_url is None:
        return [
            note(
                "redis",
                "REDIS_URL is not set: each process counts rate limits alone",
                "Set it if there are several processes, or clients may ask as many times more.",
            )
        ]
    client = Redis.from_url(
        str(settings.redis_url),
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
    try:
        return await _of(client)
    except (AuthenticationError, NoPermissionError) as error:
        return [
            failure(
                "redis",
                f"it lets nobody in by REDIS_URL: {error}",
                "Correct user and password in REDIS_URL; the user needs +@all on ~LIMITS:*.",
            )
        ]
    except (RedisError, OSError) as error:
        return [
            failure(
                "redis",
                f"it cannot be reached: {error}",
                "Start it, or correct REDIS_URL. Until then each process counts alone.",
            )
        ]
    finally:
        await client.aclose()


async def _of(client: Redis) -> list[Finding]:
    await client.ping()
    before = perf_counter()
    await client.ping()
    milliseconds = (perf_counter() - before) * 1000
    info: dict[str, Any] = await client.info()
    found = [ok("redis", f"Redis {info['redis_version']} answers in {milliseconds:.1f} ms")]
    if info.get("role") != "master":
        found.append(
            failure(
                "redis",
                "it is a replica, which takes no counts",
                "Set REDIS_URL to the master of it.",
            )
        )
    if info.get("maxmemory") and str(info.get("maxmemory_policy")).startswith("allkeys"):
        found.append(
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

    found.append(await clock.compared("Redis", read_clock))
    return found
