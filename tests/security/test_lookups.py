"""Tokens that are guessed cost a look-up each, and delay nobody else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import httpx
import pytest

from gql.app import create_app
from gql.security.lookups import MAX_CONCURRENT_LOOKUPS, network_of
from gql.security.tokens import Authenticator, Token
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.until import until

pytestmark = pytest.mark.quick

PATH = "/api/v1/runs/1/samples/1"
OTHER = "spci_" + "o" * 43


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def guess(number: int) -> dict[str, str]:
    return bearer(f"spci_{number:043}")


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that are looked up in the database."""
    found: list[str] = []
    look_up = Authenticator.look_up

    async def collect(authenticator: Authenticator, secret: str) -> Token:
        found.append(secret)
        return await look_up(authenticator, secret)

    monkeypatch.setattr(Authenticator, "look_up", collect)
    return found


@pytest.mark.parametrize(
    "token",
    ["spci_", "spci_" + "a" * 42, "spci_" + "a" * 44, "a" * 48, "spci_" + "a" * 42 + "=",
     "spci_" + "a" * 42 + "é", "spci_" + "a" * 42 + "\x80", "SPCI_" + "a" * 43, "a" * 60_000],
)  # fmt: skip
async def test_what_cannot_be_a_token_is_not_looked_up(
    gateway: Client, lookups: list[str], token: str
) -> None:
    headers = {b"authorization": f"Bearer {token}".encode("latin-1")}
    response = await gateway.get(PATH, headers=headers)  # type: ignore[arg-type]

    assert response.status_code == 401
    assert lookups == []


async def test_invalid_token_is_looked_up_once_in_some_seconds(
    gateway: Client, lookups: list[str]
) -> None:
    answers = [await gateway.get(PATH, headers=guess(1)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert len(lookups) == 1


async def test_simultaneous_requests_with_an_invalid_token_share_its_look_up(
    gateway: Client, lookups: list[str]
) -> None:
    answers = await asyncio.gather(*(gateway.get(PATH, headers=guess(1)) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {401}
    assert len(lookups) <= MAX_CONCURRENT_LOOKUPS


@contextmanager
def locked(platform: Platform) -> Iterator[None]:
    """Have every look-up wait."""
    with closing(sqlite3.connect(str(platform.url.database))) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield


@only_on("sqlite")
async def test_guesses_beyond_the_limit_of_an_address_are_429_without_a_place(
    platform: Platform, lookups: list[str]
) -> None:
    choice = settings(platform.url, rate_limit_requests=10, max_concurrent_requests=3)
    async with running_app(choice, token=platform.token) as client:
        for number in range(10):
            await client.get(PATH, headers=guess(number))
        lookups.clear()
        with locked(platform):
            asked = [
                asyncio.create_task(client.get(PATH, headers=guess(number)))
                for number in range(100, 150)
            ]
            await until(lambda: sum(task.done() for task in asked) == 50 - MAX_CONCURRENT_LOOKUPS)
            refused = [task.result() for task in asked if task.done()]
        await asyncio.gather(*asked)

    assert {answer.status_code for answer in refused} == {429}
    assert all("retry-after" in answer.headers for answer in refused)
    assert len(lookups) == MAX_CONCURRENT_LOOKUPS


@only_on("sqlite")
async def test_simultaneous_guesses_count_before_they_are_looked_up(platform: Platform) -> None:
    choice = settings(platform.url, rate_limit_requests=10)
    async with running_app(choice, token=platform.token) as client:
        with locked(platform):
            asked = [
                asyncio.create_task(client.get(PATH, headers=guess(number)))
                for number in range(100)
            ]
            await until(lambda: sum(task.done() for task in asked) == 90)
        await asyncio.gather(*asked)


@only_on("sqlite")
@pytest.mark.parametrize("cache_seconds", [0, 60])
async def test_token_that_was_valid_does_not_wait_for_guesses(
    platform: Platform, cache_seconds: int
) -> None:
    choice = settings(platform.url, rate_limit_requests=10, token_cache_ttl_seconds=cache_seconds)
    async with running_app(choice, token=platform.token) as client:
        assert (await client.get(PATH)).status_code == 404
        for number in range(10):
            await client.get(PATH, headers=guess(number))
        with locked(platform):
            guesses = [
                asyncio.create_task(client.get(PATH, headers=guess(number)))
                for number in range(100, 150)
            ]
            await until(lambda: any(task.done() for task in guesses))
            own = asyncio.create_task(client.get(PATH))
            await asyncio.sleep(0)
        assert (await own).status_code == 404
        await asyncio.gather(*guesses)


async def test_new_token_from_an_address_beyond_its_limit_is_accepted(
    platform: Platform,
) -> None:
    await platform.add(rows.token(OTHER))
    async with running_app(settings(platform.url, rate_limit_requests=3), token=None) as client:
        for number in range(5):
            await client.get(PATH, headers=guess(number))

        response = await client.get(PATH, headers=bearer(OTHER))

    assert response.status_code == 404


@asynccontextmanager
async def client_from(app: Any, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@only_on("sqlite")
async def test_addresses_of_one_ipv6_network_share_a_rate_limit(platform: Platform) -> None:
    app = create_app(settings(platform.url, rate_limit_requests=2))
    statuses = []
    async with app.router.lifespan_context(app):
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1"):
            async with client_from(app, address) as client:
                statuses.append((await client.get(PATH)).status_code)

    assert statuses == [401, 401, 429, 401]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
        ("/run/gateway.sock", "/run/gateway.sock"),
    ],
)
def test_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
