"""Prints what operations are charged, and what they take: `make cost`.

The operations are ones that once took far more than they were charged for, on a demo platform of
1,000 runs or as many as an argument says. The work is processor time of this process, and the time
of statements on a database server. A charge stands for 20 ms of it; none may take over 100 ms.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client import REGISTRY

from tests.bench.database import demo_database
from tests.support.databases import ENGINES
from tests.support.gateway import Client, running_app, settings

ROUNDS = 3
MAX_MS_PER_CHARGE = 100
STATEMENTS = "gateway_statement_duration_seconds_sum"

_IDS = {"ids": list(range(1, 501))}


def aliased(field: str, number: int) -> str:
    """A selection of the same field many times."""
    return f"{{ {' '.join(f'a{n}: {field}' for n in range(number))} }}"


TABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "a whole run": (
        "{ run(id: 40) { samples(first: 500) { nodes { regressionId status } } } }",
        {},
    ),
    "pages of runs with their samples": (
        "{ runs(first: 10) { nodes { samples(first: 500) { nodes { status } } } } }",
        {},
    ),
    "page size by a float": (
        "query ($n: Int) { runs(first: 10) { nodes { samples(first: $n) { nodes { status } } } } }",
        {"n": 500.0},
    ),
    "page size by last": (
        "{ runs(first: 10) { nodes { samples(first: null, last: 500) { nodes { status } } } } }",
        {},
    ),
    "everything of a run": (
        """{ run(id: 40) { samples(first: 500) { nodes { status tags outputs { status }
        categories { name } media { originalName } regressionTest { command } } } } }""",
        {},
    ),
    "runtimes": (
        """{ compareRuns(head: 40, base: 38) { runtimeChanged(factor: 1.000001) {
        regressionTest { id } head { runtimeMs } base { runtimeMs } } } }""",
        {},
    ),
    "runtimes with stability": (
        """{ compareRuns(head: 40, base: 38) { runtimeChanged(factor: 1.000001) {
        head { stability(last: 100) { runs passes } } } } }""",
        {},
    ),
    "runtimes with histories": (
        """{ compareRuns(head: 40, base: 38) { runtimeChanged(factor: 1.000001) {
        regressionTest { history(first: 10) { nodes { status } } } } } }""",
        {},
    ),
    "comparisons": (
        "{ runs(first: 50) { nodes { comparison { changes { verdict } } } } }",
        {},
    ),
    "counts of comparisons": (
        "{ runs(first: 50) { nodes { comparison { counts { brokenHere } base { id } } } } }",
        {},
    ),
    "a nested comparison": (
        """{ run(id: 40) { comparison { changes { head { run { comparison { changes { verdict } } }
        } } } } }""",
        {},
    ),
    "changed outputs": (
        "{ runs(first: 20) { nodes { comparison { outputChanged { head { status } } } } } }",
        {},
    ),
    "previous runs": ("{ runs(first: 100) { nodes { previous { id status } } } }", {}),
    "filtered counts": (
        """{ runs(first: 50) { nodes { samples(first: 0, filter: {statuses: [FAIL]}) { totalCount }
        } } }""",
        {},
    ),
    "categories of runs": (
        "{ runs(first: 50) { nodes { summary { byCategory { pass } } } } }",
        {},
    ),
    "statuses of runs": ("{ runs(first: 100) { nodes { status summary { pass } } } }", {}),
    "runs by status": ("{ runs(first: 1, filter: {statuses: [ERROR]}) { nodes { id } } }", {}),
    "aliases of runs by status": (
        aliased(
            "runs(first: 1, filter: {statuses: [ERROR], platform: LINUX}) { nodes { id } }", 10
        ),
        {},
    ),
    "runs by date": (
        """{ runs(filter: {startedAfter: "2020-01-01T00:00:00Z"}) { totalCount nodes { id } } }""",
        {},
    ),
    "histories": (
        "{ regressionTests(first: 10) { nodes { history(first: 10) { nodes { status } } } } }",
        {},
    ),
    "histories of all tests": (
        "{ regressionTests(first: 240) { nodes { history(first: 20) { nodes { status } } } } }",
        {},
    ),
    "histories by status": (
        """{ regressionTests(first: 5) { nodes { history(first: 10, filter: {statuses: [FAIL]}) {
        nodes { status } } } } }""",
        {},
    ),
    "stability of a run's samples": (
        "{ run(id: 40) { samples(first: 500) { nodes { stability(last: 1) { runs } } } } }",
        {},
    ),
    "stability of tests": (
        """{ regressionTests(first: 240) { nodes { stability(platform: LINUX, last: 20) { runs
        } } } }""",
        {},
    ),
    "estimates of runs": (
        "{ queue { runs(first: 100) { nodes { estimatedFinish } } } }",
        {},
    ),
    "aliases of an estimate": (aliased("run(id: 40) { estimatedFinish }", 20), {}),
    "aliases of pauses": (aliased("queue { isPaused }", 50), {}),
    "releases": ("{ releases { version revision { runs { id } release { version } } } }", {}),
    "media files": (
        """{ mediaFiles(first: 500) { nodes { upload { notes release { version } } issues { title }
        } } }""",
        {},
    ),
    "insights by date": (
        aliased(
            """insights(filter: {platform: LINUX, startedAfter: "2020-01-01T00:00:00Z"}, last: 1) {
            runs { id } }""",
            10,
        ),
        {},
    ),
    "stability over one result": (
        """{ regressionTests(first: 500) { nodes { stability(platform: LINUX, last: 1) { runs
        } } } }""",
        {},
    ),
    "stability with samples": (
        """{ regressionTests(first: 500) { nodes { stability(platform: LINUX, last: 100) { runs
        lastPass { runId } firstFailure { runId } signature } } } }""",
        {},
    ),
    "aliases of a search": (
        aliased(
            'mediaFiles(first: 1, filter: {search: "x", hasActiveTests: true}) { totalCount }', 40
        ),
        {},
    ),
    "changes only here": (
        "{ run(id: 40) { comparison { changes(onlyHere: true) { verdict } } } }",
        {},
    ),
    "occurrences in many runs": (
        "{ run(id: 40) { samples(first: 500) { nodes { occurrences(last: 200) { runs } } } } }",
        {},
    ),
    "aliases of a filter with many ids": (
        "query ($ids: [Int!]) "
        + aliased("run(id: 40) { samples(first: 1, filter: {mediaIds: $ids}) { totalCount } }", 20),
        _IDS,
    ),
    "many ids": (
        "query ($ids: [Int!]) { regressionTests(filter: {mediaIds: $ids}) { totalCount } }",
        _IDS,
    ),
    "triage of a run": (
        "{ run(id: 40) { samples(first: 500) { nodes { verdict triage } } } }",
        {},
    ),
    "triage of runs": (
        """{ runs(first: 20) { nodes { samples(first: 500, filter: {statuses: [FAIL]}) { nodes {
        triage(last: 100) } } } } }""",
        {},
    ),
    "occurrences": (
        """{ run(id: 40) { samples(first: 500) { nodes { failureFingerprint occurrences {
        runs } } } } }""",
        {},
    ),
    "statuses of today": (
        "{ runs(first: 20) { nodes { summary { passToday byFailureKind { count } } } } }",
        {},
    ),
    "samples of today": (
        """{ runs(first: 5) { nodes { samples(first: 500) { nodes { statusToday failureKind
        resultMessage } } } } }""",
        {},
    ),
    "revisions": (
        "{ revisions(first: 50) { nodes { commit status runs { id } } } }",
        {},
    ),
    "differences between platforms": (
        "{ revisions(first: 20) { nodes { platformDifferences { regressionTest { id } } } } }",
        {},
    ),
    "siblings": (
        "{ runs(first: 100) { nodes { revision { commit } sibling(platform: WINDOWS) { id } } } }",
        {},
    ),
    "insights": (
        """{ insights(filter: {platform: LINUX}, last: 100) { tests(first: 1) { totalCount }
        categories { passRate } } }""",
        {},
    ),
    "aliases of insights": (
        aliased("insights(filter: {platform: LINUX}, last: 100) { categories { passRate } }", 10),
        {},
    ),
    "introspection": (
        """{ __schema { types { name description fields { name description args { name type { name
        ofType { name } } } type { name kind ofType { name kind } } } } } }""",
        {},
    ),
    "a long document": (aliased("run(id: 40) { id status commit branch url }", 48), {}),
    "a document that merges fields": (
        f"{{ {'run(id: 40) { id status commit branch url } ' * 48} }}",
        {},
    ),
}


class Work(NamedTuple):
    """What an operation is charged, and the milliseconds of work that it takes."""

    charges: int
    actual: int
    milliseconds: float

    @property
    def per_charge(self) -> float:
        return self.milliseconds / self.charges


def _statement_seconds() -> float:
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == STATEMENTS
    )


async def measure(client: Client, engine: str, query: str, variables: dict[str, Any]) -> Work:
    """The least work of a few rounds."""
    rounds = []
    for number in range(ROUNDS):
        text = f"{query} # {number}"  # Each is parsed, validated and planned anew.
        statements, processor = _statement_seconds(), time.process_time()
        response = await client.post("/graphql", json={"query": text, "variables": variables})
        seconds = time.process_time() - processor
        if engine != "sqlite":  # Its statements take time of this process.
            seconds += _statement_seconds() - statements
        body = response.json()
        if "errors" in body:
            raise RuntimeError(f"{query}: {body['errors'][0]['message']}")
        cost = body["extensions"]["cost"]
        rounds.append(Work(cost["requested"], cost["actual"], seconds * 1000))
    return min(rounds, key=lambda work: work.milliseconds)


async def table(engine: str, client: Client) -> dict[str, Work]:
    """The work of each operation of the table."""
    return {name: await measure(client, engine, *asked) for name, asked in TABLE.items()}


def lines(engine: str, works: dict[str, Work]) -> Iterable[str]:
    """The table as text."""
    yield f"\n{engine:36} charged  actual       ms  ms per charge"
    for name, work in works.items():
        mark = "  more than it may take" if work.per_charge > MAX_MS_PER_CHARGE else ""
        yield (
            f"{name:36} {work.charges:7} {work.actual:7} {work.milliseconds:8.1f}"
            f" {work.per_charge:14.1f}{mark}"
        )


async def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as directory:
        for engine in ENGINES:
            async with (
                demo_database(engine, Path(directory), runs) as url,
                running_app(settings(url, graphql_max_cost=1000)) as client,
            ):
                print(*lines(engine, await table(engine, client)), sep="\n", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
