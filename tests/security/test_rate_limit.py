"""Each client has its window of requests, and always sees where it stands."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from gql.database.tables import MAX_ID
from gql.security.counters import Counters
from gql.security.rate_limit import RateLimiter
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.server import Server, serving
from tests.support.timing import least

OTHER = "spci_" + "o" * 43
MANY_CLIENTS = 20_000
HITS = 200


async def statuses(client: Client, count: int, token: str | None = None) -> list[int]:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return [
        (await client.get("/api/v1/runs/1/samples/1", headers=headers)).status_code
        for _ in range(count)
    ]


@pytest.fixture
async def limited(platform: Platform):
    await platform.add(rows.token(OTHER))
    async with running_app(settings(platform.url, rate_limit_requests=3), platform.token) as client:
        yield client


@pytest.mark.quick
async def test_rate_limit_headers_are_on_every_response(limited: Client) -> None:
    answers = [
        await limited.get("/api/v1/runs/1/samples/1"),
        await limited.post("/graphql", json={"query": "{ tags { id } }"}),
        await limited.get("/api/v1/no/such/path"),
        await limited.get("/api/v1/runs/1/samples/1"),
    ]

    assert [answer.status_code for answer in answers] == [404, 200, 404, 429]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    for answer in answers:
        assert 0 <= int(answer.headers["x-ratelimit-reset"]) - time.time() <= 61


@pytest.mark.quick
async def test_rate_limit_error_has_a_retry_after(limited: Client) -> None:
    await statuses(limited, 3)

    graphql = await limited.post("/graphql", json={"query": "{ tags { id } }"})
    rest = await limited.get("/api/v1/runs/1/samples/1")

    seconds = int(rest.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert rest.json() == {
        "code": "rate_limited",
        "message": f"Rate limit exceeded. Retry after {seconds} seconds.",
        "details": {"retry_after": seconds, "limit": 3, "window": "60s"},
    }
    assert graphql.status_code == 429
    assert graphql.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.quick
async def test_rate_limit_allows_requests_after_the_retry_after(limited: Client) -> None:
    before = time.time()
    await statuses(limited, 3)

    answer = await limited.get("/api/v1/runs/1/samples/1")

    assert int(answer.headers["x-ratelimit-reset"]) >= before + 60
    assert time.time() + int(answer.headers["retry-after"]) >= before + 60


@pytest.mark.quick
async def test_rate_limit_counts_each_token_separately(limited: Client) -> None:
    await statuses(limited, 4)

    assert await statuses(limited, 1, OTHER) == [404]


@pytest.mark.quick
async def test_rate_limit_of_invalid_tokens_does_not_affect_a_valid_one(limited: Client) -> None:
    assert await statuses(limited, 5, "bad") == [401, 401, 401, 429, 429]
    assert await statuses(limited, 1) == [404]


@pytest.mark.quick
async def test_rate_limit_counts_a_token_without_the_scope(
    platform: Platform, limited: Client
) -> None:
    forbidden = "spci_" + "f" * 43
    await platform.add(rows.token(forbidden, scopes_json="[]"))

    assert await statuses(limited, 4, forbidden) == [403, 403, 403, 429]
    assert await statuses(limited, 1, "bad") == [401]


@pytest.mark.quick
async def test_rate_limit_does_not_count_health_checks(limited: Client) -> None:
    for _ in range(5):
        assert (await limited.get("/healthz")).status_code == 200
        response = await limited.get("/readyz")
        assert response.status_code == 200
        assert "x-ratelimit-limit" not in response.headers

    assert await statuses(limited, 3) == [404, 404, 404]


@only_on("sqlite")
async def test_rate_limit_is_shared_between_processes_with_redis(
    platform: Platform, redis_url: str, tmp_path: Path
) -> None:
    # Redis outlives the test: only a token of its own has a window of its own.
    await platform.add(rows.token(OTHER, id=random.randrange(1_000_000, MAX_ID)))
    shared = {
        "database_url": platform.url.render_as_string(hide_password=False),
        "redis_url": redis_url,
        "rate_limit_requests": 3,
    }

    def ask(server: Server) -> int:
        headers = {"Authorization": f"Bearer {OTHER}"}
        return server.get("/api/v1/runs/1/samples/1", headers=headers).status_code

    def ask_in_turn() -> list[int]:
        two = ("--workers", "2")
        with serving(tmp_path, *two, **shared) as one, serving(tmp_path, **shared) as another:
            return [ask(server) for server in (one, another, one, another)]

    assert await asyncio.to_thread(ask_in_turn) == [404, 404, 404, 429]


@pytest.mark.quick
@only_on("sqlite")
async def test_rate_limit_falls_back_to_memory_when_redis_is_unavailable(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    gone = settings(platform.url, rate_limit_requests=3, redis_url="redis://127.0.0.1:1/0")
    async with running_app(gone, platform.token) as client:
        assert await statuses(client, 4) == [404, 404, 404, 429]

    assert caplog.text.count("Redis cannot be reached") == 1


@pytest.mark.quick
async def test_hit_takes_no_longer_beside_many_clients() -> None:
    limiter = RateLimiter(Counters(None), requests=1_000_000, window_seconds=60)
    for number in range(MANY_CLIENTS):
        await limiter.hit(f"address:{number}")

    async def measure(_: int) -> float:
        before = time.thread_time()
        for _ in range(HITS):
            await limiter.hit("token:1")
            await asyncio.sleep(0)
        return time.thread_time() - before

    # The library's own counters take 0.4 s.
    assert await least(measure, 0.1) < 0.1
