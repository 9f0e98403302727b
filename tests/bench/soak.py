"""Prints a gateway's memory over 100,000 mixed requests: `make soak`.

`SOAK_REQUESTS` (100000) is how many. The database is that of the benchmark: MariaDB if reachable,
or what BENCH_DATABASES or BENCH_ENGINES name.
"""

import asyncio
import os
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.bench.run import databases, measure
from tests.bench.servers import running
from tests.bench.workloads import Workload, workloads_on

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "100000"))
LINES = 10
SECONDS = 2
# How many requests of each workload there are: mostly small ones.
SHARES = {"B1": 60, "B2": 30, "B3": 3, "B4": 2, "B5": 5}
GROWTH_ALLOWED = 1.05


def mixed(workloads: list[Workload]) -> Workload:
    """What all workloads ask, in a random order that is always the same."""
    dice = random.Random(1)
    requests = [
        request
        for workload in workloads
        for request in dice.choices(workload.requests, k=20 * SHARES[workload.name])
    ]
    dice.shuffle(requests)
    return replace(workloads[0], name="mixed", requests=requests)


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async for engine, url in databases(Path(directory)):
            workload = mixed(await workloads_on(url))
            with running(["gateway"], url) as servers:
                gateway = servers["gateway"]
                gateway.wait_for_answer(workload.requests[0])
                print(f"{engine}: {gateway.memory:.0f} MiB when idle", flush=True)
                done, memory = 0, []
                while done < REQUESTS:
                    figures = measure(
                        gateway, workload, 16, SECONDS, first=done % len(workload.requests)
                    )
                    done += round(figures.per_second * SECONDS)
                    if done >= (len(memory) + 1) * REQUESTS / LINES:
                        memory.append(gateway.memory)
                        print(f"{memory[-1]:.0f} MiB after {done:,} requests", flush=True)
            if memory[-1] > memory[len(memory) // 2] * GROWTH_ALLOWED:
                sys.exit("Memory grows.")
            break


if __name__ == "__main__":
    asyncio.run(main())
