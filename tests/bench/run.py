"""Prints how fast the gateway is beside a baseline of hand-written SQL: `make bench`.

Each server is one process on this machine before the same database of 1,000 runs. `wrk` asks
each in turn, round by round, with ids that vary; the numbers are medians of the rounds. Before
that, both have to give the same answers. The last lines are the ratios on the first engine.

BENCH_SECONDS (3) is how long a measurement takes, BENCH_ROUNDS (3) how many there are of each.
BENCH_ENGINES names the engines to measure on: mariadb, sqlite and postgresql, where reachable.
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
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gql.database.urls import async_url
from tests.bench.database import demo_database
from tests.bench.servers import COMMANDS, HEADERS, Server, running
from tests.bench.workloads import Workload, workloads_on
from tests.support.databases import ENGINES

SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
RUNS = 1_000
CHECKED = 24
STARTS = 3
SLOW = 3  # times BENCH_SECONDS: what takes longer is measured in the first round only
COUNTED = 2

SCRIPT = Path(__file__).with_name("wrk.lua")


class Start(NamedTuple):
    seconds: float
    memory: float


def measure_start(name: str, url: URL, workload: Workload) -> Start:
    """From the start of a process to its first answer, and its memory then."""
    starts = []
    for _ in range(STARTS):
        with running([name], url) as servers:
            seconds = servers[name].wait_for_answer(workload.requests[0])
            starts.append(Start(seconds, servers[name].memory))
    return Start(*map(statistics.median, zip(*starts, strict=True)))


def check_answers(workload: Workload, servers: dict[str, Server]) -> dict[str, float]:
    """Have all servers give the same answers; the seconds that one takes each of them."""
    seconds = dict.fromkeys(servers, 0.0)
    requests = workload.requests[:CHECKED]
    for request in requests:
        answers = {}
        for name, server in servers.items():
            start = time.monotonic()
            answers[name] = server.ask(request)
            seconds[name] += (time.monotonic() - start) / len(requests)
        for name, answer in answers.items():
            if answer != answers["baseline"]:
                sys.exit(
                    f"{request} is answered differently by baseline and {name}:\n"
                    f"{json.dumps(answers['baseline'])}\n{json.dumps(answer)}"
                )
    return seconds


class Figures(NamedTuple):
    per_second: float
    p50: float
    p99: float
    cpu_ms: float
    peak: float


def measure(
    server: Server, workload: Workload, connections: int, seconds: float, first: int
) -> Figures:
    """Ask for some seconds, beginning with the request of that number."""
    with tempfile.NamedTemporaryFile() as requests:
        requests.writelines(b"%s\t%s\n" % (r.path.encode(), r.body) for r in workload.requests)
        requests.flush()
        arguments = {
            "REQUESTS": requests.name,
            "FIRST": str(first),
            "AUTHORIZATION": HEADERS["Authorization"],
        }
        server.forget_peak()
        cpu_seconds = server.cpu_seconds
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
        return measure(server, workload, connections, 2 * seconds, first)
    if report["errors"]:
        sys.exit(f"{workload.name}: {server.name} gives {report}")
    return Figures(
        report["requests"] / report["seconds"],
        report["p50"],
        report["p99"],
        cpu_seconds * 1000 / report["requests"],
        server.peak_memory,
    )


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


class Result(NamedTuple):
    workload: Workload
    connections: int
    server: str
    statements: float | None
    figures: Figures


async def measure_workloads(url: URL, workloads: list[Workload]) -> list[Result]:
    with running(COMMANDS, url) as servers:
        for server in servers.values():
            server.wait_for_answer(workloads[0].requests[0])
        entries = []
        for workload in workloads:
            latency = check_answers(workload, servers)
            for connections in workload.connections:
                for name, server in servers.items():
                    # The slowest get the time to answer each connection some times.
                    seconds = max(SECONDS, 4 * connections * latency[name])
                    entries.append((server, workload, connections, seconds))
        statements = [await count_statements(entry[0], entry[1], url) for entry in entries]
        figures: list[list[Figures]] = [[] for _ in entries]
        for number in range(ROUNDS):
            for entry, rounds in zip(entries, figures, strict=True):
                _, workload, _, seconds = entry
                if number == 0 or seconds <= SLOW * SECONDS:
                    first = number * len(workload.requests) // ROUNDS
                    rounds.append(measure(*entry, first=first))
    return [
        Result(workload, connections, server.name, count, _median(rounds))
        for (server, workload, connections, _), count, rounds in zip(
            entries, statements, figures, strict=True
        )
    ]


def _median(rounds: list[Figures]) -> Figures:
    return Figures(*map(statistics.median, zip(*rounds, strict=True)))


def show(results: list[Result], starts: dict[str, Start]) -> None:
    print(
        "workload  connections  server       req/s  x baseline   p50 ms   p99 ms  x baseline"
        "   CPU ms  statements  peak MiB"
    )
    for workload, connections, server, statements, figures in results:
        if server == "baseline":
            baseline = figures
        print(
            f"{workload.name:8}  {connections:11}  {server:8}  {figures.per_second:8.1f}"
            f"  {figures.per_second / baseline.per_second:10.2f}"
            f"  {figures.p50:7.1f}  {figures.p99:7.1f}  {figures.p99 / baseline.p99:10.2f}"
            f"  {figures.cpu_ms:7.2f}  {'-' if statements is None else f'{statements:.1f}':>10}"
            f"  {figures.peak:8.0f}"
        )
    for server, start in starts.items():
        print(
            f"B6        {'':11}  {server:8}  first answer after {start.seconds:.2f} s,"
            f" {start.memory:.0f} MiB then"
        )


def ratios(results: list[Result], starts: dict[str, Start]) -> list[str]:
    """A line for each workload; the worse of several numbers of connections counts."""
    per_second: dict[tuple[str, int], dict[str, float]] = {}
    for result in results:
        servers = per_second.setdefault((result.workload.name, result.connections), {})
        servers[result.server] = result.figures.per_second
    lines = []
    for workload in {result.workload.name: result.workload for result in results}.values():
        by_connections = [per_second[workload.name, count] for count in workload.connections]
        ratio = min(servers["gateway"] / servers["baseline"] for servers in by_connections)
        lines.append(f"{workload.name} gateway/baseline {ratio:.2f}")
    gateway = starts["gateway"]
    return [*lines, f"B6 start {gateway.seconds:.2f} s memory {gateway.memory:.0f} MiB"]


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


async def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("The benchmark asks with wrk, which is not installed: apt-get install wrk")
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        async for engine, url in databases(Path(directory)):
            workloads = await workloads_on(url)
            load = os.getloadavg()[0]
            print(f"\n{engine}, {os.cpu_count()} processors, load {load:.1f} before", flush=True)
            starts = {name: measure_start(name, url, workloads[0]) for name in COMMANDS}
            results = await measure_workloads(url, workloads)
            show(results, starts)
            lines = lines or [f"\nOn {engine}:", *ratios(results, starts)]
    print("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(main())
