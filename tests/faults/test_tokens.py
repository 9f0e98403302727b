"""Tokens that the platform wrote wrongly, that end while they are used, and clocks that jump."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gql.security import tokens
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.until import until

OTHER = "spci_" + "o" * 43


async def statuses(client: Client, token: str) -> set[int]:
    headers = {"Authorization": f"Bearer {token}"}
    graphql = await client.post("/graphql", json={"query": "{ tags { id } }"}, headers=headers)
    rest = await client.get("/api/v1/runs/1/samples/1", headers=headers)
    return {graphql.status_code, rest.status_code}


@pytest.mark.parametrize(
    "scopes_json",
    [
        "",
        "runs:read",
        "\ufeff[]",
        "[",
        '["runs:read"',
        "[1e999]",
        "[NaN]",
        "1" * 10_000,
        '[["runs:read"]]',
        '{"runs:read": true}',
        '["RUNS:READ", "runs:read ", "runs", "*"]',
        '["runs:read\\u0000"]',
        '["\\ud800"]',
        "[" * 30_000,
        "[" * 30_000 + "]" * 30_000,
    ],
    ids=range(15),
)
async def test_malformed_scopes_are_no_scopes(
    platform: Platform, gateway: Client, scopes_json: str
) -> None:
    await platform.add(rows.token(OTHER, scopes_json=scopes_json))

    assert await statuses(gateway, OTHER) == {403}


@only_on("sqlite")  # where a column holds what it is given
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("scopes_json = X'FFFE00'", 403),
        ("scopes_json = 1", 403),
        ("revoked_at = 'never'", 401),
        ("revoked_at = ''", 401),
        ("revoked_at = 0", 401),
    ],
)
async def test_token_with_values_of_other_types_is_rejected(
    platform: Platform, gateway: Client, change: str, status: int
) -> None:
    await platform.add(rows.token(OTHER))
    await update_token(platform, change)

    assert await statuses(gateway, OTHER) == {status}


@only_on("mariadb")  # whose zero dates are no dates
@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
async def test_token_with_a_zero_date_is_rejected(
    platform: Platform, gateway: Client, column: str
) -> None:
    await platform.add(rows.token(OTHER))
    await update_token(platform, f"{column} = '0000-00-00 00:00:00'")

    assert await statuses(gateway, OTHER) == {401}


async def update_token(platform: Platform, change: str) -> None:
    async with platform.writer.begin() as connection:
        await connection.execute(
            text(f"UPDATE api_token SET {change} WHERE token_hash = :hash"),
            {"hash": tokens.hash_of(OTHER)},
        )


async def test_malformed_token_does_not_affect_one_with_the_same_prefix(
    platform: Platform, gateway: Client
) -> None:
    same_prefix = OTHER[: tokens.PREFIX_LENGTH] + "x" * 32
    await platform.add(
        rows.token(same_prefix, scopes_json="[" * 30_000),
        rows.token(OTHER),
    )

    assert await statuses(gateway, OTHER) == {200, 404}


@pytest.mark.parametrize("cache_seconds", [0, 60])
async def test_token_that_expires_during_use_is_rejected_from_then_on(
    platform: Platform, cache_seconds: int
) -> None:
    await platform.add(rows.token(OTHER, expires_at=datetime.now(UTC) + timedelta(seconds=1)))
    seen: list[int] = []

    async def is_refused() -> bool:
        answers = await asyncio.gather(*(statuses(client, OTHER) for _ in range(5)))
        seen.extend(status for answer in answers for status in answer)
        return seen[-1] == 401

    async with running_app(settings(platform.url, token_cache_ttl_seconds=cache_seconds)) as client:
        await until(is_refused)

    assert set(seen) <= {200, 404, 401}


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
async def test_clock_that_jumps_only_moves_token_expiry(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    await platform.add(rows.token(OTHER, expires_at=datetime.now(UTC) + timedelta(days=1)))
    async with running_app(settings(platform.url)) as client:
        assert await statuses(client, OTHER) == {200, 404}
        set_clock(monkeypatch, jump)
        assert await statuses(client, OTHER) == ({401} if jump.days > 0 else {200, 404})


async def test_clock_set_back_does_not_extend_the_rate_limit(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = settings(platform.url, rate_limit_requests=2)
    async with running_app(limited) as client:
        assert await statuses(client, platform.token) == {200, 404}
        assert await statuses(client, platform.token) == {429}
        set_clock(monkeypatch, timedelta(days=-1))
        assert await statuses(client, platform.token) == {200, 404}


def set_clock(monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    class Elsewhen(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + jump

    now = time.time
    monkeypatch.setattr(tokens, "datetime", Elsewhen)
    monkeypatch.setattr(time, "time", lambda: now() + jump.total_seconds())
