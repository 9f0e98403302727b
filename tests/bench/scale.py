"""Prints what each question costs on 100, 1,000 and 10,000 runs: `make scale`.

The questions are those of the cookbook and a list for each filter. A line has the statements, the
rows that MariaDB reads for them, the shortest time of a request in one process, and the time of
its statements. A line with an exclamation mark is at fault: on the most runs it takes over 100 ms,
or over 1.5 times and 5 ms more than on the next fewer.

SCALE_ENGINES names the engines to measure on, such as `mariadb,postgresql`.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import URL, Engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Session
from tests.bench.database import demo_database
from tests.bench.questions import questions
from tests.support.databases import ENGINES
from tests.support.gateway import Client, running_app, settings

SIZES = [int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000]
ROUNDS = 7

MAX_MS = 100
MAX_GROWTH = 1.5
MAX_GROWTH_MS = 5

T = TypeVar("T")


class Cost(NamedTuple):
    statements: int
    rows_read: int
    ms: float
    database_ms: float


def is_at_fault(costs: list[Cost]) -> bool:
    """Whether the last cost is too high, by itself or beside the one before."""
    most = costs[-1].ms
    fewer = costs[-2].ms if len(costs) > 1 else most
    return most > MAX_MS or (most > fewer * MAX_GROWTH and most - fewer > MAX_GROWTH_MS)


class Reads:
    """Counts the statements of the process, the rows they give, and what MariaDB reads."""

    def __init__(self, engine: str, url: URL) -> None:
        self.statements = 0
        self.seconds = 0.0
        self._server = create_async_engine(url) if engine == "mariadb" else None
        event.listen(Engine, "before_cursor_execute", self._count)
        self._records, self._result = records, result = Session.records, Session.result

        async def count_prepared(*arguments: Any) -> Any:
            self.statements += 1
            return await self._timed(records(*arguments))

        async def count_built(*arguments: Any) -> Any:
            return await self._timed(result(*arguments))

        Session.records, Session.result = count_prepared, count_built  # type: ignore[method-assign]

    async def _timed(self, statement: Awaitable[T]) -> T:
        start = time.perf_counter()
        try:
            return await statement
        finally:
            self.seconds += time.perf_counter() - start

    def _count(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements += statement.startswith("SELECT")

    async def rows_read(self) -> int:
        if self._server is None:
            return 0
        async with self._server.connect() as connection:
            status = await connection.execute(text("SHOW GLOBAL STATUS LIKE 'Handler_read%'"))
            return sum(int(value) for _, value in status)

    async def close(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._count)
        Session.records, Session.result = self._records, self._result  # type: ignore[method-assign]
        if self._server is not None:
            await self._server.dispose()


async def measure(client: Client, reads: Reads, query: str) -> Cost:
    """The cost of a query that was asked before."""
    await client.ask(query)
    idle = -await reads.rows_read() + await reads.rows_read()
    statements, rows_read = reads.statements, await reads.rows_read()
    await client.ask(query)
    statements, rows_read = (
        reads.statements - statements,
        await reads.rows_read() - rows_read - idle,
    )
    times, database_times = [], []
    for _ in range(ROUNDS):
        start, seconds = time.perf_counter(), reads.seconds
        await client.ask(query)
        times.append(time.perf_counter() - start)
        database_times.append(reads.seconds - seconds)
    return Cost(statements, rows_read, min(times) * 1000, min(database_times) * 1000)


async def measure_engine(engine: str, directory: Path) -> None:
    costs: dict[str, list[Cost]] = defaultdict(list)
    for size in SIZES:
        async with demo_database(engine, directory, size) as url:
            reads = Reads(engine, url)
            async with running_app(settings(url)) as client:
                for name, query in (await questions(url)).items():
                    costs[name].append(await measure(client, reads, query))
            await reads.close()
    print(f"\n{engine:36}" + "".join(f"{size:>28,} runs  " for size in SIZES))
    print(" " * 36 + "statements   rows      ms     db  " * len(SIZES))
    for name, by_size in costs.items():
        columns = "".join(
            f"{s:10} {rows or '-':>7} {ms:7.1f} {db:7.1f}  " for s, rows, ms, db in by_size
        )
        print(f"{name:36}{columns}{'!' if is_at_fault(by_size) else ''}".rstrip())
    print(f"at fault: {sum(map(is_at_fault, costs.values()))} of {len(costs)}")


async def main() -> None:
    engines = os.environ.get("SCALE_ENGINES", ",".join(ENGINES)).split(",")
    with tempfile.TemporaryDirectory() as directory:
        for engine in engines:
            await measure_engine(engine, Path(directory))


if __name__ == "__main__":
    asyncio.run(main())
