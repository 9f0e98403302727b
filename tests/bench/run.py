"""Prints how fast the gateway is beside the limit and beside a plain version: `make bench`.

Each contestant is one process on this machine before the same database of 1,000 runs. `wrk`
asks each in turn, round by round, with ids that vary; the numbers are medians of the rounds.
Before that, all have to give the same answers. The last lines tell the ratios on the first engine.

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

from gql.settings import async_url
from tests.bench.database import demo_database
from tests.bench.servers import COMMANDS, HEADERS, Contestant, running
from tests.bench.workloads import Work, works_on
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


def measure_start(name: str, url: URL, works: list[Work]) -> Start:
    """From the start of a process to its first answer, and its memory then."""
    first = next(work for work in works if name in work.contestants)
    starts = []
    for _ in range(STARTS):
        with running([name], url) as contestants:
            seconds = contestants[name].wait_for_answer(first.requests[0])
            starts.append(Start(seconds, contestants[name].memory))
    return Start(*map(statistics.median, zip(*starts, strict=True)))


def check_answers(work: Work, contestants: list[Contestant]) -> dict[str, float]:
    """Have all give the same answers; how many seconds one takes each of them."""
    seconds = dict.fromkeys((contestant.name for contestant in contestants), 0.0)
    requests = work.requests[:CHECKED]
    for request in requests:
        answers = {}
        for contestant in contestants:
            start = time.monotonic()
            answers[contestant.name] = contestant.ask(request)
            seconds[contestant.name] += (time.monotonic() - start) / len(requests)
        for name, answer in answers.items():
            if answer != answers["limit"]:
                sys.exit(
                    f"{request} is answered differently by limit and {name}:\n"
                    f"{json.dumps(answers['limit'])}\n{json.dumps(answer)}"
                )
    return seconds


class Figures(NamedTuple):
    per_second: float
    p50: float
    p99: float
    cpu_ms: float
    peak: float


def measure(
    contestant: Contestant, work: Work, connections: int, seconds: float, first: int
) -> Figures:
    """Ask for some seconds, beginning with the request of that number."""
    with tempfile.NamedTemporaryFile() as requests:
        requests.writelines(b"%s\t%s\n" % (r.path.encode(), r.body) for r in work.requests)
        requests.flush()
        arguments = {
            "REQUESTS": requests.name,
            "FIRST": str(first),
            "AUTHORIZATION": HEADERS["Authorization"],
        }
        contestant.forget_peak()
        cpu_seconds = contestant.cpu_seconds
        output = subprocess.check_output(
            [
                "wrk",
                "--threads=1",
                f"--connections={connections}",
                "--timeout=60s",
                f"--duration={math.ceil(seconds)}s",
                f"--script={SCRIPT}",
                contestant.origin,
            ],
            env=os.environ | arguments,
            text=True,
        )
        cpu_seconds = contestant.cpu_seconds - cpu_seconds
    told = json.loads(output.splitlines()[-1])
    if not told["requests"] and not told["errors"]:
        return measure(contestant, work, connections, 2 * seconds, first)
    if told["errors"]:
        sys.exit(f"{work.name}: {contestant.name} gives {told}")
    return Figures(
        told["requests"] / told["seconds"],
        told["p50"],
        told["p99"],
        cpu_seconds * 1000 / told["requests"],
        contestant.peak_memory,
    )


async def count_statements(contestant: Contestant, work: Work, url: URL) -> float | None:
    """How many statements a request takes, by MariaDB's own count; unknown on other engines."""
    if url.get_backend_name() != "mysql":
        return None
    engine = create_async_engine(url)
    counts = []
    async with engine.connect() as connection:
        # The least of some, for others may ask the server too.
        for _ in range(5):
            before = await _questions(connection)
            for request in work.requests[:COUNTED]:
                contestant.ask(request)
            counts.append((await _questions(connection) - before - 1) / COUNTED)
    await engine.dispose()
    return min(counts)


async def _questions(connection: AsyncConnection) -> int:
    [row] = await connection.execute(text("SHOW GLOBAL STATUS LIKE 'Questions'"))
    return int(row[1])


class Result(NamedTuple):
    work: Work
    connections: int
    contestant: str
    statements: float | None
    figures: Figures


async def measure_works(url: URL, works: list[Work]) -> list[Result]:
    with running(COMMANDS, url) as contestants:
        for name, contestant in contestants.items():
            first = next(work for work in works if name in work.contestants)
            contestant.wait_for_answer(first.requests[0])
        entries = []
        for work in works:
            entrants = [contestants[name] for name in work.contestants]
            latency = check_answers(work, entrants)
            for connections in work.connections:
                for entrant in entrants:
                    # The slowest get the time to answer each connection some times.
                    seconds = max(SECONDS, 4 * connections * latency[entrant.name])
                    entries.append((entrant, work, connections, seconds))
        statements = [await count_statements(entry[0], entry[1], url) for entry in entries]
        figures: list[list[Figures]] = [[] for _ in entries]
        for number in range(ROUNDS):
            for entry, rounds in zip(entries, figures, strict=True):
                _, work, _, seconds = entry
                if number == 0 or seconds <= SLOW * SECONDS:
                    first = number * len(work.requests) // ROUNDS
                    rounds.append(measure(*entry, first=first))
    return [
        Result(work, connections, entrant.name, count, _median(rounds))
        for (entrant, work, connections, _), count, rounds in zip(
            entries, statements, figures, strict=True
        )
    ]


def _median(rounds: list[Figures]) -> Figures:
    return Figures(*map(statistics.median, zip(*rounds, strict=True)))


def show(results: list[Result], starts: dict[str, Start]) -> None:
    print(
        "work  connections  contestant     req/s  x limit   p50 ms   p99 ms  x limit"
        "   CPU ms  statements  peak MiB"
    )
    for work, connections, contestant, statements, figures in results:
        if contestant == "limit":
            limit = figures
        print(
            f"{work.name:4}  {connections:11}  {contestant:10}  {figures.per_second:8.1f}"
            f"  {figures.per_second / limit.per_second:7.2f}"
            f"  {figures.p50:7.1f}  {figures.p99:7.1f}  {figures.p99 / limit.p99:7.2f}"
            f"  {figures.cpu_ms:7.2f}  {'-' if statements is None else f'{statements:.1f}':>10}"
            f"  {figures.peak:8.0f}"
        )
    for contestant, start in starts.items():
        print(
            f"B6    {'':11}  {contestant:10}  first answer after {start.seconds:.2f} s,"
            f" {start.memory:.0f} MiB then"
        )


def ratios(results: list[Result], starts: dict[str, Start]) -> list[str]:
    """A line for each work; the worse of several numbers of connections counts."""
    per_second: dict[tuple[str, int], dict[str, float]] = {}
    for result in results:
        entrants = per_second.setdefault((result.work.name, result.connections), {})
        entrants[result.contestant] = result.figures.per_second
    lines = []
    for work in {result.work.name: result.work for result in results}.values():
        words = [work.name]
        for other in work.contestants[:-1]:
            by_connections = [per_second[work.name, count] for count in work.connections]
            ratio = min(entrants["gateway"] / entrants[other] for entrants in by_connections)
            words.append(f"gateway/{other} {ratio:.2f}")
        lines.append(" ".join(words))
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
            works = await works_on(url)
            load = os.getloadavg()[0]
            print(f"\n{engine}, {os.cpu_count()} processors, load {load:.1f} before", flush=True)
            starts = {name: measure_start(name, url, works) for name in COMMANDS}
            results = await measure_works(url, works)
            show(results, starts)
            lines = lines or [f"\nOn {engine}:", *ratios(results, starts)]
    print("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(main())
