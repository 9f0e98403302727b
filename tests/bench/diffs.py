"""Prints what diffs of captions take, and memory over many of them: part of `make bench`.

The 500 samples of a run fail, each with an expected and a produced file of some 20 kB. Eight
clients ask for the samples, then one asks for pages of 20 of them. Each time another number of
context lines makes other diffs, so that none is cached. Processor time is that of the gateway and
of the programs that it runs.

BENCH_DIFFS (10000) is how many diffs are asked for in all. The database is the first of MariaDB,
SQLite and PostgreSQL that is reachable.
"""

import asyncio
import os
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from gql.demo.captions import Captions, captions, faulty
from gql.demo.formats import rendered
from tests.bench.servers import TICKS_PER_SECOND
from tests.support import rows
from tests.support.databases import ENGINES, new_database
from tests.support.files import READER, Folder
from tests.support.platform import Platform
from tests.support.server import Server, address, serving

DIFFS = int(os.environ.get("BENCH_DIFFS", "10000"))
SAMPLES = 500
PAGE = 20
BYTES = 20_000
CLIENTS = 8

_DIFF = "outputs { status diff(contextLines: $context) { addedLines removedLines unified } }"
_SAMPLE = f"""query($context: Int!, $id: Int!) {{
    sample(runId: 1, regressionId: $id) {{ status {_DIFF} }} }}"""
_PAGE = f"""query($context: Int!, $after: String) {{
    run(id: 1) {{ samples(first: {PAGE}, after: $after, filter: {{statuses: [FAIL]}}) {{
        nodes {{ {_DIFF} }} pageInfo {{ endCursor }} }} }} }}"""


class Times(NamedTuple):
    """Milliseconds of a request: from question to answer, and of processors."""

    latency: float
    processor: float


class Gateway:
    """A gateway and a client of it."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client

    async def ask_samples(self, context: int) -> Times:
        """Ask for all samples, by several clients at the same time."""
        ids = iter(range(1, SAMPLES + 1))
        latencies: list[float] = []

        async def ask() -> None:
            for number in ids:
                _, latency = await self._ask(_SAMPLE, context=context, id=number)
                latencies.append(latency)

        before = self._processor_seconds
        await asyncio.gather(*(ask() for _ in range(CLIENTS)))
        return self._times(latencies, before)

    async def ask_pages(self, context: int) -> Times:
        """Ask for all samples, page by page."""
        before = self._processor_seconds
        latencies = [latency async for latency in self._pages(context)]
        return self._times(latencies, before)

    async def _pages(self, context: int) -> AsyncIterator[float]:
        after = None
        for _ in range(SAMPLES // PAGE):
            data, latency = await self._ask(_PAGE, context=context, after=after)
            after = data["run"]["samples"]["pageInfo"]["endCursor"]
            yield latency

    async def _ask(self, query: str, **variables: Any) -> tuple[Any, float]:
        started = time.perf_counter()
        response = await self._client.post(
            "/graphql", json={"query": query, "variables": variables}
        )
        milliseconds = (time.perf_counter() - started) * 1000
        body = response.json()
        assert "errors" not in body, body["errors"]
        return body["data"], milliseconds

    def _times(self, latencies: list[float], before: float) -> Times:
        used = (self._processor_seconds - before) * 1000
        return Times(statistics.median(latencies), used / len(latencies))

    @property
    def _processor_seconds(self) -> float:
        """Of the gateway, and of the processes that it has waited for."""
        stat = Path(f"/proc/{self._server.process.pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:15])) / TICKS_PER_SECOND

    @property
    def memory(self) -> float:
        """MiB at present."""
        status = Path(f"/proc/{self._server.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def failing_samples(folder: Folder) -> Iterable[rows.Rows]:
    for id in range(1, SAMPLES + 1):
        shown = _captions(id)
        expected, actual = (
            folder.output(_rendered(each)) for each in (shown, faulty(shown, f"fault {id}"))
        )
        yield rows.regression_test(id)
        yield rows.output(id, test=id, correct=expected)
        yield rows.result(1, id)
        yield rows.file(1, id, id, expected=expected, got=actual)


def _captions(id: int) -> Captions:
    shown = captions(f"output {id}")
    return tuple(shown) * (BYTES // len(_rendered(shown)) + 1)


def _rendered(shown: Captions) -> bytes:
    return rendered(shown, "srt", encoding="utf-8", newline="\r\n", is_huge=False)


@asynccontextmanager
async def gateway(engine: str, folder: Folder) -> AsyncIterator[Gateway]:
    async with new_database(engine, folder.root, "diffs") as url:
        platform = Platform(url)
        await platform.create_tables()
        await platform.add(
            rows.token(READER, scopes_json='["runs:read", "results:read"]'),
            rows.run(1, "testing", "completed"),
            *failing_samples(folder),
        )
        await platform.close()
        options = {
            "database_url": address(url.set(drivername=url.get_backend_name())),
            "files_url": folder.url,
            "rate_limit_requests": 1_000_000_000,
            "work_seconds_per_minute": 1_000_000,
        }
        with serving(folder.root, **options) as server:
            async with httpx.AsyncClient(
                base_url=server.origin, headers={"Authorization": f"Bearer {READER}"}, timeout=60
            ) as client:
                yield Gateway(server, client)


async def main() -> None:
    engine = next(each for each in ("mariadb", "sqlite", "postgresql") if each in ENGINES)
    with tempfile.TemporaryDirectory() as directory:
        async with gateway(engine, Folder(Path(directory))) as asked:
            print(f"\nDiffs of captions of {BYTES // 1000} kB, on {engine}")
            await asked.ask_samples(context=0)
            sample = await asked.ask_samples(context=1)
            page = await asked.ask_pages(context=2)
            memory = asked.memory
            for context in range(3, DIFFS // SAMPLES):
                await asked.ask_samples(context)
            print(f"A sample, {CLIENTS} connections: {sample.processor:.2f} ms of processor time")
            print(f"{PAGE} failing samples: {page.latency:.0f} ms")
            print(f"Memory: {memory:.0f} MiB, after {DIFFS:,} diffs {asked.memory:.0f} MiB")


if __name__ == "__main__":
    asyncio.run(main())
