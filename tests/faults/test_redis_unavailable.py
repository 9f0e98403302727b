"""Redis is killed, or hangs: a gateway counts rate limits by itself meanwhile."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis as RedisClient

from tests.faults.settings import settings_for
from tests.support.clients import BOTH, Clients, clients_of
from tests.support.database_servers import Redis
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import Server, logged, serving
from tests.support.until import until

LOST = "Redis cannot be reached: rate limits are counted in memory"
BACK = "Redis is back: rate limits are counted there again"
REDIS_TIMEOUT_SECONDS = 1

pytestmark = only_on("sqlite")


@pytest.fixture
async def gateway_process(filled: Platform, redis: Redis, tmp_path: Path) -> AsyncIterator[Server]:
    with serving(tmp_path, **settings_for(filled, redis_url=redis.url)) as gateway:
        yield gateway


@pytest.fixture
async def clients(gateway_process: Server) -> AsyncIterator[Clients]:
    async with clients_of(gateway_process) as clients:
        yield clients


async def has_windows(redis: Redis) -> bool:
    async with RedisClient.from_url(redis.url) as client:
        return bool(await client.dbsize())


async def test_killed_redis_fails_no_request(
    redis: Redis, gateway_process: Server, clients: Clients
) -> None:
    async with clients.asking(10):
        await clients.get(30, 200)
        redis.kill()
        await clients.get(100, 200)
        await redis.start()
        await until(lambda: has_windows(redis))
        await clients.get(30, 200)

    assert {answer.response.status_code for answer in clients.answers} == {200}
    assert clients.wrong == []
    _, errors = gateway_process.stop()
    assert [line["message"] for line in logged(errors)] == [LOST, BACK]


@pytest.mark.serial
async def test_hanging_redis_delays_only_the_first_request(
    redis: Redis, gateway_process: Server, clients: Clients
) -> None:
    with redis.paused():
        first = await clients.ask(BOTH[0])
        start = time.monotonic()
        others = [await clients.ask(question) for question in BOTH * 5]
        seconds = time.monotonic() - start

    assert all(clients.is_right(answer) for answer in (first, *others))
    assert seconds < REDIS_TIMEOUT_SECONDS < first.seconds
    _, errors = gateway_process.stop()
    assert [line["message"] for line in logged(errors)] == [LOST]
