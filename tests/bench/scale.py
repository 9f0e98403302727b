"""Prints what each question of the cookbook costs on 100, 1,000 and 10,000 runs: `make scale`.

Statements, rows that they give, rows that MariaDB reads for them, and the median time of a
request in one process. The last column is the time on the most runs over that on the fewest:
where the answer has the same size, it should not grow.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Session
from tests.bench.database import demo_database
from tests.docs.test_cookbook import COOKBOOK
from tests.support.databases import ENGINES
from tests.support.gateway import Client, running_app, settings

SIZES = [int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000]
ROUNDS = 15


class Reads:
    """Counts the statements of the process, the rows they give, and what MariaDB reads."""

    def __init__(self, engine: str, url: URL) -> None:
        self.statements = 0
        self._server = create_async_engine(url) if engine == "mariadb" else None
        event.listen(Engine, "before_cursor_execute", self._count)
        self._records = records = Session.records

        def count_prepared(*arguments: Any) -> Any:
            self.statements += 1
            return records(*arguments)

        Session.records = count_prepared

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
        Session.records = self._records
        if self._server is not None:
            await self._server.dispose()


async def measure(client: Client, reads: Reads, query: str) -> tuple[int, int, float]:
    """Statements, rows read and median milliseconds of a query that was asked before."""
    await client.ask(query)
    idle = -await reads.rows_read() + await reads.rows_read()
    statements, rows_read = reads.statements, await reads.rows_read()
    await client.ask(query)
    statements, rows_read = (
        reads.statements - statements,
        await reads.rows_read() - rows_read - idle,
    )
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await client.ask(query)
        times.append(time.perf_counter() - start)
    return statements, rows_read, statistics.median(times) * 1000


async def measure_engine(engine: str, directory: Path) -> None:
    costs: dict[str, list[tuple[int, int, float]]] = {name: [] for name in COOKBOOK}
    for size in SIZES:
        async with demo_database(engine, directory, size) as url:
            reads = Reads(engine, url)
            async with running_app(settings(url)) as client:
                for name, query in COOKBOOK.items():
                    costs[name].append(await measure(client, reads, query))
            await reads.close()
    print(f"\n{engine:12}" + "".join(f"{size:>26,} runs" for size in SIZES))
    print(" " * 12 + "  statements   rows      ms    " * len(SIZES) + "  growth")
    for name, by_size in costs.items():
        columns = "".join(f"{s:12} {rows or '-':>6} {ms:7.1f}    " for s, rows, ms in by_size)
        print(f"{name:12}{columns}{by_size[-1][2] / by_size[0][2]:8.2f}")


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        for engine in ENGINES:
            await measure_engine(engine, Path(directory))


if __name__ == "__main__":
    asyncio.run(main())
