"""Prints how long an honest client waits by itself, and beside each attack: `make attacks`.

A gateway serves a demo platform, with its default limits, on SQLite or the first of TEST_ENGINES.
The honest client asks for samples over REST and for whole runs over GraphQL, one request
after the other. Each attack runs in a process of its own, over real sockets, for a few seconds.
`ATTACKS` (all) names the attacks to run, separated by commas.
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from websockets.asyncio.client import connect

from gql.database import tables
from tests.bench.cost import TABLE
from tests.bench.database import demo_database
from tests.bench.servers import TICKS_PER_SECOND
from tests.bench.workloads import DOCUMENTS, workloads_on
from tests.support import rows
from tests.support.databases import ENGINES
from tests.support.server import Server, serving

RUNS = 100
ALONE_SECONDS = 2
BESIDE_SECONDS = 4
STARTS_WITHIN_SECONDS = 1
PAUSE_SECONDS = 0.02

HONEST_TOKENS = [f"spci_{number:043}" for number in range(40)]
HOSTILE_TOKEN = "spci_" + "h" * 43
HOSTILE_USER = 900
HONEST_USERS = range(901, 901 + len(HONEST_TOKENS))
PROTOCOL: Any = "graphql-transport-ws"
EXPENSIVE = ("histories", "insights", "runs by status", "triage of a run", "comparisons")

Attack = Callable[[int], Awaitable[None]]
ATTACKS: dict[str, Attack] = {}


def attack(connections: int) -> Callable[[Attack], Attack]:
    """Register an attack, of so many connections that do the same at the same time."""

    def register(one: Attack) -> Attack:
        async def many(port: int) -> None:
            await asyncio.gather(*(again(one, port) for _ in range(connections)))

        ATTACKS[one.__name__.replace("_", " ")] = many
        return one

    return register


async def again(one: Attack, port: int) -> None:
    while True:
        with suppress(OSError, EOFError, asyncio.IncompleteReadError):
            await one(port)
        await asyncio.sleep(0.01)


def request(
    method: str, path: str, body: bytes = b"", *, token: str = HOSTILE_TOKEN, **headers: str
) -> bytes:
    lines = {
        "host": "gateway",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + body


def post(query: str, *, token: str = HOSTILE_TOKEN, **variables: Any) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    return request("POST", "/graphql", body, token=token)


async def answer(reader: asyncio.StreamReader) -> int:
    """The status of a response, once all of it has been read."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    lengths = [line for line in head.split("\r\n") if line.startswith("content-length")]
    await reader.readexactly(int(lengths[0].split()[1]) if lengths else 0)
    return int(head.split()[1])


async def ask_on(port: int, requests: Iterable[bytes]) -> None:
    """Send one request after the other on a connection, as fast as they are answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for each in requests:
            writer.write(each)
            await answer(reader)
    finally:
        writer.close()


async def hold(port: int, start: bytes, drip: bytes = b"") -> None:
    """Begin something on a connection, and go on with a byte each second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    while not reader.at_eof():
        await asyncio.sleep(1)
        writer.write(drip)


@attack(200)
async def bodies_that_never_arrive(port: int) -> None:
    await hold(port, request("POST", "/graphql", content_length="1000"))


@attack(200)
async def heads_that_drip(port: int) -> None:
    await hold(port, b"GET /graphql HTTP/1.1\r\nhost: gateway\r\nx: ", b"y")


@attack(120)
async def bad_tokens(port: int) -> None:
    tokens = (f"spci_{id(object()):020}{time.time_ns():023}"[:48] for _ in itertools.count())
    await ask_on(port, (request("GET", "/api/v1/runs/1/samples/1", token=each) for each in tokens))


@attack(50)
async def tokens_of_odd_characters(port: int) -> None:
    await ask_on(
        port, itertools.repeat(request("GET", "/api/v1/runs/1/samples/1", token="é\x7f" * 500))
    )


@attack(1)
async def fifty_script_files_a_second(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        writer.write(request("GET", "/explorer/graphiql.js", accept_encoding="gzip"))
        await answer(reader)
        await asyncio.sleep(0.02)


@attack(20)
async def expensive_queries(port: int) -> None:
    await ask_on(port, itertools.cycle(post(*TABLE[name][:1]) for name in EXPENSIVE))


@attack(20)
async def slow_queries_of_the_same_text(port: int) -> None:
    await ask_on(port, (post(DOCUMENTS["Run"], id=run) for run in itertools.cycle(range(1, RUNS))))


@attack(100)
async def requests_beyond_every_limit(port: int) -> None:
    await ask_on(port, itertools.repeat(post("{ runs(first: 100) { nodes { id status } } }")))


@attack(20)
async def documents_that_take_long_to_validate(port: int) -> None:
    fragments = " ".join(f"fragment F{n} on Run {{ id status branch }}" for n in range(60))
    spreads = " ".join(f"...F{n}" for n in range(60))
    texts = (f"{{ run(id: {n}) {{ {spreads} }} }} {fragments}" for n in itertools.count())
    await ask_on(port, map(post, texts))


@attack(20)
async def variables_that_take_long_to_reject(port: int) -> None:
    unknown = {f"unknown{number}": 1 for number in range(5000)}
    query = "query ($f: RunFilter) { runs(filter: $f) { totalCount } }"
    await ask_on(port, itertools.repeat(post(query, f=unknown)))


@attack(50)
async def responses_that_nobody_reads(port: int) -> None:
    query = "{ runs(first: 20) { nodes { samples(first: 500) { nodes { command } } } } }"
    await hold(port, post(query) * 20)


@attack(20)
async def pipelines(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post("{ tags { id } }") * 500)
    for _ in range(500):
        await answer(reader)


@attack(20)
async def offers_of_h2c(port: int) -> None:
    offer = request(
        "GET",
        "/api/v1/runs/1/samples/1",
        connection="Upgrade, HTTP2-Settings",
        upgrade="h2c",
        http2_settings="AAMAAABkAAQAAP__",
    )
    await ask_on(port, itertools.repeat(offer))


@attack(50)
async def heads_of_megabytes(port: int) -> None:
    await ask_on(port, [request("GET", "/graphql", x="y" * 5_000_000)])


@attack(100)
async def event_streams(port: int) -> None:
    query = "subscription { runProgress(id: 1) { completed run { status } } }"
    body = json.dumps({"query": query}).encode()
    await hold(port, request("POST", "/graphql", body, accept="text/event-stream"))


@attack(100)
async def websockets(port: int) -> None:
    with suppress(Exception):
        async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as socket:
            payload = {"Authorization": f"Bearer {HOSTILE_TOKEN}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            while True:
                await socket.send(json.dumps({"type": "ping"}))
                await socket.recv()


@attack(20)
async def frames_of_megabytes(port: int) -> None:
    with suppress(Exception):
        async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as socket:
            await socket.send("x" * 5_000_000)
            await socket.recv()


async def honest(port: int, requests: Iterable[bytes], seconds: float) -> tuple[list[float], int]:
    """How long each request of a client takes, and how many have no answer but an error."""
    times: list[float] = []
    failures = 0
    end = time.monotonic() + seconds
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for each in requests:
        started = time.perf_counter()
        if time.monotonic() > end:
            break
        writer.write(each)
        failures += await answer(reader) != 200
        times.append(time.perf_counter() - started)
        await asyncio.sleep(PAUSE_SECONDS)
    writer.close()
    return times, failures


def p90(times: list[float]) -> float:
    return quantiles(times, n=10)[-1] * 1000


async def add_users(url: URL) -> None:
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session, session.begin():
        users = (HOSTILE_USER, *HONEST_USERS)
        session.add_all(tables.User(id=user, name=str(user)) for user in users)
        await session.flush()
        for user, token in zip(users, (HOSTILE_TOKEN, *HONEST_TOKENS), strict=True):
            session.add_all(rows.token(token, user_id=user))
    await engine.dispose()


async def honest_requests(url: URL) -> Iterable[bytes]:
    """Samples over REST and whole runs, in turn, each of another id, with tokens in turn."""
    samples, _, runs, *_ = await workloads_on(url)
    both = zip(itertools.cycle(samples.requests), itertools.cycle(runs.requests), strict=True)
    return (
        request(each.method, each.path, each.body, token=token)
        for each, token in zip(
            itertools.chain.from_iterable(both), itertools.cycle(HONEST_TOKENS), strict=False
        )
    )


def cpu_seconds(server: Server) -> float:
    stat = Path(f"/proc/{server.process.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS_PER_SECOND


async def beside(name: str, server: Server, requests: Iterable[bytes]) -> str:
    """A line of figures: the honest client alone, and beside an attack."""
    alone, _ = await honest(server.port, requests, ALONE_SECONDS)
    command = [sys.executable, "-m", "tests.bench.attacks", name, str(server.port)]
    attacking = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
    await asyncio.sleep(STARTS_WITHIN_SECONDS)
    started, processor = time.monotonic(), cpu_seconds(server)
    attacked, failures = await honest(server.port, requests, BESIDE_SECONDS)
    share = (cpu_seconds(server) - processor) / (time.monotonic() - started)
    attacking.kill()
    await attacking.wait()
    return (
        f"{name:40} {p90(alone):8.1f} {p90(attacked):8.1f} {p90(attacked) / p90(alone):7.1f}"
        f" {failures:7} {share:7.0%} {server.peak_memory / 2**20:8.0f}"
    )


async def main() -> None:
    engine = ENGINES[0]
    chosen = os.environ.get("ATTACKS")
    names = chosen.split(",") if chosen else ATTACKS
    with tempfile.TemporaryDirectory() as directory:
        async with demo_database(engine, Path(directory), RUNS) as url:
            await add_users(url)
            requests = iter(await honest_requests(url))
            address = url.set(drivername=url.get_backend_name())
            with serving(
                Path(directory), database_url=address.render_as_string(hide_password=False)
            ) as server:
                print(f"{engine:42} p90 ms   beside   ratio  failed     CPU      MiB")
                for name in names:
                    print(await beside(name, server, requests), flush=True)


async def attack_for_a_while(name: str, port: int) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(2 * (STARTS_WITHIN_SECONDS + BESIDE_SECONDS)):
            await ATTACKS[name](port)


if __name__ == "__main__":
    asyncio.run(attack_for_a_while(sys.argv[1], int(sys.argv[2])) if sys.argv[1:] else main())
