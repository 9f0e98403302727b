"""Prints how fast the gateway is beside a limit of hand-written SQL: `make bench`.

Each server is one process on this machine before the same database of 1,000 runs. `wrk` asks
each in turn, round by round, with ids that vary; the numbers are medians of the rounds. Before
that, all have to give the same answers. On PostgreSQL the peer is a server as well, if npm is
installed. A round in which other processes take more than a tenth of the processors is repeated
up to REPEATED times; a line says `contended` if that did not help.

A line for each work, with processor time for each request in milliseconds:

    B2@8 postgresql gateway/limit 0.52 gateway/peer 1.62 cpu_ms 0.29 limit_cpu_ms 0.14 …

BENCH_SECONDS (3) is how long a measurement takes, BENCH_ROUNDS (3) how many there are of each.
BENCH_ENGINES names the engines to measure on: mariadb, sqlite and postgresql, where reachable.
BENCH_WORKS names the works to measure, such as `B1,B2`; all by default.
BENCH_DATABASES names databases that `sample-gateway demo` built, to use instead of new ones, such
as `mysql://root@127.0.0.1/demo sqlite:////tmp/demo.sqlite`, by absolute paths.
"""

import asyncio
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gql.database.urls import async_url
from tests.bench import peer
from tests.bench.database import demo_database
from tests.bench.machine import watch_others
from tests.bench.servers import COMMANDS, HEADERS, Server, running
from tests.bench.workloads import Request, Workload, workloads_on
from tests.support.databases import ENGINES

SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
WORKS = os.environ.get("BENCH_WORKS")
RUNS = 1_000
CHECKED = 24
STARTS = 3
REPEATED = 2
COUNTED = 2
MOST_CONNECTIONS = 32

SCRIPT = Path(__file__).with_name("wrk.lua")

Commands = Mapping[str, Sequence[str]]


class Start(NamedTuple):
    seconds: float
    memory: float
    memory_after: float


def measure_start(url: URL, workloads: Sequence[Workload]) -> Start:
    """From a gateway's start to its first answer; its memory then, and after all workloads."""
    starts = []
    for _ in range(STARTS):
        with running({"gateway": COMMANDS["gateway"]}, url) as servers:
            seconds = servers["gateway"].wait_for_answer(workloads[0].requests[0])
            memory = servers["gateway"].memory
            if len(starts) == STARTS - 1:
                for workload in workloads:
                    measure(servers["gateway"], workload.requests, MOST_CONNECTIONS, SECONDS, 0)
            starts.append(Start(seconds, memory, servers["gateway"].memory))
    return Start(
        *(statistics.median(each) for each in list(zip(*starts, strict=True))[:2]),
        starts[-1].memory_after,
    )


def check_answers(workload: Workload, servers: Mapping[str, Server]) -> None:
    """Have all servers give the same answers."""
    for number, request in enumerate(workload.requests[:CHECKED]):
        limit, gateway = (servers[name].ask(request) for name in ("limit", "gateway"))
        _require(limit == gateway, request, limit, gateway)
        if "peer" in servers and workload.peer_requests:
            answer = servers["peer"].ask(workload.peer_requests[number])
            _require(peer.agree(workload.operation, gateway, answer), request, gateway, answer)


def _require(is_equal: bool, request: Request, *answers: Any) -> None:
    if not is_equal:
        sys.exit("\n".join([f"{request} is answered differently:", *map(json.dumps, answers)]))


class Figures(NamedTuple):
    per_second: float
    p50: float
    p99: float
    cpu_ms: float
    peak: float
    is_contended: bool = False


def measure(
    server: Server, requests: Sequence[Request], connections: int, seconds: float, first: int
) -> Figures:
    """Ask for some seconds, beginning with the request of that number."""
    with tempfile.NamedTemporaryFile() as file:
        file.writelines(b"%s\t%s\n" % (r.path.encode(), r.body) for r in requests)
        file.flush()
        arguments = {
            "REQUESTS": file.name,
            "FIRST": str(first),
            "AUTHORIZATION": HEADERS["Authorization"],
        }
        server.forget_peak()
        cpu_seconds = server.cpu_seconds
        with watch_others(server.process.pid) as others:
            output = subprocess.check_output(
                [
                    "wrk",
                    "--threads=1",
                    f"--connections={connections}",
                    "--timeout=60s",
                    f"--duration={math.ceil(seconds)}s",
                    f"--script={SCRIPT}",
                    server.origin,
                ],
                env=os.environ | arguments,
                text=True,
            )
        cpu_seconds = server.cpu_seconds - cpu_seconds
    report = json.loads(output.splitlines()[-1])
    if not report["requests"] and not report["errors"]:
        return measure(server, requests, connections, 2 * seconds, first)
    if report["errors"]:
        sys.exit(f"{server.name} gives {report} for {requests[first]}")
    return Figures(
        report["requests"] / report["seconds"],
        report["p50"],
        report["p99"],
        cpu_seconds * 1000 / report["requests"],
        server.peak_memory,
        others.is_contended,
    )


def measure_quietly(*arguments: Any) -> Figures:
    """The same, again if others took too much of the machine."""
    for _ in range(REPEATED):
        figures = measure(*arguments)
        if not figures.is_contended:
            return figures
    return measure(*arguments)


async def count_statements(server: Server, workload: Workload, url: URL) -> float | None:
    """How many statements a request takes, by MariaDB's own count; unknown on other engines."""
    if url.get_backend_name() != "mysql":
        return None
    engine = create_async_engine(url)
    counts = []
    async with engine.connect() as connection:
        # The least of some, because other clients may use the database server too.
        for _ in range(5):
            before = await _questions(connection)
            for request in workload.requests[:COUNTED]:
                server.ask(request)
            counts.append((await _questions(connection) - before - 1) / COUNTED)
    await engine.dispose()
    return min(counts)


async def _questions(connection: AsyncConnection) -> int:
    [row] = await connection.execute(text("SHOW GLOBAL STATUS LIKE 'Questions'"))
    return int(row[1])


async def lines(url: URL, engine: str, commands: Commands) -> AsyncIterator[str]:
    workloads = await workloads_on(url)
    start = measure_start(url, workloads)
    with running(commands, url) as servers:
        for name, server in servers.items():
            first = next(each for each in workloads if each.requests_of(name))
            server.wait_for_answer(first.requests_of(name)[0])
        for workload in workloads:
            if WORKS and workload.name not in WORKS.split(","):
                continue
            check_answers(workload, servers)
            statements = await count_statements(servers["gateway"], workload, url)
            for connections in workload.connections:
                figures = _measure_rounds(workload, servers, connections)
                name = f"{workload.name}@{connections} {engine}"
                yield " ".join([name, *_facts(figures, statements)])
    yield (
        f"B6 {engine} start_s {start.seconds:.2f} idle_mb {start.memory:.0f}"
        f" after_all_mb {start.memory_after:.0f}"
    )


def _measure_rounds(
    workload: Workload, servers: Mapping[str, Server], connections: int
) -> dict[str, Figures]:
    rounds: dict[str, list[Figures]] = {}
    for number in range(ROUNDS):
        for name, server in servers.items():
            if requests := workload.requests_of(name):
                first = number * len(requests) // ROUNDS
                figures = measure_quietly(server, requests, connections, SECONDS, first)
                rounds.setdefault(name, []).append(figures)
    return {name: _median(each) for name, each in rounds.items()}


def _median(rounds: list[Figures]) -> Figures:
    *columns, contended = zip(*rounds, strict=True)
    return Figures(*map(statistics.median, columns), is_contended=any(contended))


def _facts(servers: Mapping[str, Figures], statements: float | None) -> Iterator[str]:
    gateway = servers["gateway"]
    others = {name: figures for name, figures in servers.items() if name != "gateway"}
    for name, figures in others.items():
        yield f"gateway/{name} {gateway.per_second / figures.per_second:.2f}"
    yield f"per_second {gateway.per_second:.0f} p50_ms {gateway.p50:.1f} p99_ms {gateway.p99:.1f}"
    yield f"cpu_ms {gateway.cpu_ms:.2f}"
    for name, figures in others.items():
        yield f"{name}_cpu_ms {figures.cpu_ms:.2f}"
    if statements is not None:
        yield f"statements {statements:.1f}"
    yield f"rss_mb {gateway.peak:.0f}"
    if any(figures.is_contended for figures in servers.values()):
        yield "contended"


async def databases(directory: Path) -> AsyncIterator[tuple[str, URL]]:
    if named := os.environ.get("BENCH_DATABASES"):
        for address in named.split():
            url = async_url(address)
            engine = url.get_backend_name().replace("mysql", "mariadb")
            yield engine, url
        return
    wanted = os.environ.get("BENCH_ENGINES", "mariadb,sqlite,postgresql").split(",")
    for engine in wanted:
        if engine not in ENGINES:
            print(f"{engine} is not reachable, and left out")
            continue
        async with demo_database(engine, directory, RUNS) as url:
            yield engine, url


def commands_for(engine: str) -> Commands:
    """The commands of the servers that are compared on an engine."""
    if engine != "postgresql":
        return COMMANDS
    if command := peer.command():
        return COMMANDS | {"peer": command}
    print("Without npm the peer is left out.")
    return COMMANDS


async def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("The benchmark asks with wrk, which is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as directory:
        async for engine, url in databases(Path(directory)):
            async for line in lines(url, engine, commands_for(engine)):
                print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
