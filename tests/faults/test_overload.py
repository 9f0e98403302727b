"""Ten times more clients than the concurrency limit: some are answered, others get 503."""

import asyncio
import random
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.faults.settings import settings_for
from tests.support.clients import BOTH, OF_REST, Clients, kind_of_503
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import Server, serving
from tests.support.until import until

# A user holds half of the places, and all requests are one user's.
MOST = 10
TEN_TIMES = 10 * MOST
SECONDS = 1
ROUNDS = 3
OVERLOADED = "The gateway has too many requests in progress. Retry later."

pytestmark = only_on("sqlite")


@pytest.fixture
async def gateway_process(filled: Platform, tmp_path: Path) -> AsyncIterator[Server]:
    with serving(tmp_path, **settings_for(filled, max_concurrent_requests=2 * MOST)) as gateway:
        yield gateway
        _, errors = gateway.stop()
    assert errors == ""


@pytest.fixture
async def clients(gateway_process: Server, platform: Platform) -> AsyncIterator[Clients]:
    clients = Clients(gateway_process.origin, platform.token)
    async with clients.http:
        await clients.learn(*BOTH)
        yield clients


async def test_overload_rejects_excess_at_once_and_answers_accepted_requests(
    platform: Platform, clients: Clients
) -> None:
    with closing(sqlite3.connect(str(platform.url.database))) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        asked = [asyncio.create_task(clients.ask(BOTH[turn % 2])) for turn in range(TEN_TIMES)]
        await until(lambda: sum(task.done() for task in asked) == TEN_TIMES - MOST)
        refused = [task for task in asked if task.done()]
        accepted = [task for task in asked if not task.done()]
        assert (await clients.http.get("/healthz")).status_code == 200
    answers = await asyncio.gather(*accepted)

    assert all(clients.is_right(answer) for answer in answers)
    for task in refused:
        answer = task.result()
        assert kind_of_503(answer) == "overloaded"
        assert answer.response.headers["retry-after"] == "1"
        if answer.question == OF_REST:
            assert answer.response.json()["message"] == OVERLOADED
        else:
            assert answer.response.json()["errors"][0]["message"] == OVERLOADED


async def test_overload_slot_of_a_disconnected_client_is_freed(
    platform: Platform, clients: Clients
) -> None:
    with closing(sqlite3.connect(str(platform.url.database))) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        asked = [asyncio.create_task(clients.ask(OF_REST)) for _ in range(MOST + 1)]
        await until(lambda: any(task.done() for task in asked))
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)

    async with clients.asking(MOST):
        await clients.get(5 * MOST, 200)


@dataclass(frozen=True)
class Quick:
    """What a client that spends no time on it sees of an answer."""

    status: int
    started: float
    seconds: float


async def ask_for_a_while(origin: str, token: str, number: int) -> list[Quick]:
    """Start clients one by one that send requests, and wait as `Retry-After` says."""
    host, _, port = origin.removeprefix("http://").partition(":")
    lines = (f"GET {OF_REST.path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}")
    request = "\r\n".join((*lines, "", "")).encode()
    start = time.monotonic()
    answers: list[Quick] = []

    async def ask_on(turn: int) -> None:
        await asyncio.sleep(SECONDS * turn / number)
        reader, writer = await asyncio.open_connection(host, int(port))
        while (left := start + 2 * SECONDS - time.monotonic()) > 0:
            asked = time.monotonic()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            answers.append(answer := Quick(int(head[9:12]), asked, time.monotonic() - asked))
            if answer.status == 503:
                assert b"retry-after: 1\r\n" in head
                await asyncio.sleep(min(left, random.uniform(1, 2)))
        writer.close()

    await asyncio.gather(*(ask_on(turn) for turn in range(number)))
    return [answer for answer in answers if answer.started > start + SECONDS]


@pytest.mark.serial
async def test_overload_keeps_the_p99_of_accepted_requests_and_the_memory_limited(
    gateway_process: Server, platform: Platform
) -> None:
    ratios: list[float] = []
    # Whatever else the machine does makes a ratio worse, never better.
    while not ratios or (min(ratios) >= 3 and len(ratios) < ROUNDS):
        alone = await ask_for_a_while(gateway_process.origin, platform.token, MOST)
        before = peak_megabytes(gateway_process)
        crowded = await ask_for_a_while(gateway_process.origin, platform.token, TEN_TIMES)

        accepted = [answer for answer in crowded if answer.status == 200]
        refused = [answer for answer in crowded if answer.status == 503]
        assert {answer.status for answer in alone} == {200}
        assert len(accepted) + len(refused) == len(crowded)
        assert len(refused) > MOST
        assert peak_megabytes(gateway_process) < before + 20
        slowest = max(p99(accepted), median(answer.seconds for answer in refused))
        ratios.append(slowest / p99(alone))

    assert min(ratios) < 3


def p99(answers: list[Quick]) -> float:
    return quantiles((answer.seconds for answer in answers), n=100)[-1]


def peak_megabytes(gateway: Server) -> float:
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
