"""Prints a gateway's memory over 100,000 mixed and 2,000 hostile requests: `make soak`.

Hostile ones differ in whatever something is kept for: documents, plans, statements, names.
`SOAK_REQUESTS` (100000) is how many mixed ones there are. The database is that of the benchmark:
MariaDB if reachable, or what BENCH_DATABASES or BENCH_ENGINES name.
"""

import asyncio
import os
import random
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from gql.compat.strawberry import to_base64
from tests.bench.run import databases, measure
from tests.bench.servers import COMMANDS, running
from tests.bench.workloads import Workload, workloads_on

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "100000"))
LINES = 10
SECONDS = 2
# How many requests of each workload there are, 1 of others: mostly small ones.
SHARES = {"B1": 60, "B2": 30, "B3": 3, "B4": 2, "B5": 5}
HOSTILE_REQUESTS = 2_000
FIRST_REQUESTS = 1_000
GROWTH_ALLOWED_MIB = 40


def mixed(workloads: list[Workload]) -> Workload:
    """What all workloads ask, in a random order that is always the same."""
    dice = random.Random(1)
    requests = [
        request
        for workload in workloads
        for request in dice.choices(workload.requests, k=20 * SHARES.get(workload.name, 1))
    ]
    dice.shuffle(requests)
    return replace(workloads[0], name="mixed", requests=requests)


def _node_ids(dice: random.Random) -> list[str]:
    kinds = dice.sample(["Run", "RegressionTest", "Media", "Category", "Tag"], 3)
    return [
        to_base64(dice.choice(kinds), str(dice.randrange(1, 200)))
        for _ in range(dice.randrange(1, 100))
    ]


def hostile(number: int) -> dict[str, Any]:
    """The body of a request whose document or statements are like no other's."""
    dice = random.Random(number)
    name = f"query Hostile{number}"
    fields = dice.sample(["id", "status", "commit", "branch", "platform", "url", "startedAt"], 3)
    aliases = " ".join(
        f"a{n}: run(id: {dice.randrange(1, 900)}) {{ {' '.join(fields)} }}" for n in range(40)
    )
    flags = {f"b{n}": dice.random() < 0.5 for n in range(8)}
    declared = ", ".join(f"${flag}: Boolean!" for flag in flags)
    included = " ".join(f"{flag}: id @include(if: ${flag})" for flag in flags)
    values = {
        "statuses": "[FAIL]",
        "search": f'"{number}"',
        "regressionIds": str(dice.sample(range(240), dice.randrange(1, 100))),
        "mediaIds": str(dice.sample(range(240), dice.randrange(1, 100))),
        "tags": f'["{number}"]',
    }
    chosen = dice.sample(list(values), dice.randrange(1, 4))
    filters = ", ".join(f"{each}: {values[each]}" for each in chosen)
    page = f"{dice.choice(['first', 'last'])}: {dice.randrange(1, 100)}"
    samples = f"samples({page}, filter: {{ {filters} }}) {{ nodes {{ status }} }}"
    history = f"history({page}) {{ nodes {{ status }} }}"
    queries: list[tuple[str, dict[str, Any]]] = [
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { nodeId } }", {"ids": _node_ids(dice)}),
        (f"{name} {{ {aliases} }}", {}),
        (f"query ({declared}) {{ run(id: 40) {{ {included} }} }}", flags),
        (f"{name} {{ run(id: 40) {{ {samples} }} }}", {}),
        (f"{{ regressionTests(first: {dice.randrange(1, 20)}) {{ nodes {{ {history} }} }} }}", {}),
        (f"{{ {' '.join(f'nonsense{number}_{n}' for n in range(400))} }}", {}),
        (f"{{ tags {{ id }} }} # {'x' * dice.randrange(19_000)}", {}),
    ]
    query, variables = dice.choice(queries)
    return {"query": query, "variables": variables}


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async for engine, url in databases(Path(directory)):
            workload = mixed(await workloads_on(url))
            with running({"gateway": COMMANDS["gateway"]}, url) as servers:
                gateway = servers["gateway"]
                gateway.wait_for_answer(workload.requests[0])
                print(f"{engine}: {gateway.memory:.0f} MiB when idle", flush=True)
                done, memory = 0, []
                while done < REQUESTS:
                    figures = measure(
                        gateway, workload.requests, 16, SECONDS, first=done % len(workload.requests)
                    )
                    done += round(figures.per_second * SECONDS)
                    if done >= max(FIRST_REQUESTS, len(memory) * REQUESTS / LINES):
                        memory.append(gateway.memory)
                        print(f"{memory[-1]:.0f} MiB after {done:,} requests", flush=True)
                for number in range(HOSTILE_REQUESTS):
                    gateway.client.post("/graphql", json=hostile(number))
                memory.append(gateway.memory)
                print(f"{memory[-1]:.0f} MiB after {HOSTILE_REQUESTS:,} hostile ones", flush=True)
            if memory[-1] > memory[0] + GROWTH_ALLOWED_MIB:
                sys.exit("Memory grows.")
            break


if __name__ == "__main__":
    asyncio.run(main())
