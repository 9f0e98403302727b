"""What is asked of every server: requests of each workload for each of many ids."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import create_async_engine
from strawberry.relay.utils import to_base64

from gql.database.tables import RegressionTest, Test, TestResult
from gql.domain.status import RUNS, LatestProgress

PAGE = 50

_SAMPLE_FIELDS = """
fragment SampleFields on Sample {
  runId regressionId sampleId category command status runtimeMs exitCode expectedExitCode
  resultMessage tags outputs { outputId status expectedHash actualHash }
}"""

DOCUMENTS = {
    "Sample": """
query Sample($runId: Int!, $regressionId: Int!) {
  sample(runId: $runId, regressionId: $regressionId) { ...SampleFields }
}"""
    + _SAMPLE_FIELDS,
    "Run": """
query Run($id: Int!) {
  run(id: $id) { samples(first: 500) { nodes { ...SampleFields } } }
}"""
    + _SAMPLE_FIELDS,
    "Runs": """
query Runs($first: Int!, $after: String) {
  runs(first: $first, after: $after) {
    nodes {
      id platform branch commit pullRequest startedAt status
      summary { total pass fail missingOutput skipped running notStarted }
    }
    pageInfo { hasNextPage endCursor }
  }
}""",
    "History": """
query History($id: Int!) {
  regressionTest(id: $id) {
    id command history(first: 100) { nodes { runId status runtimeMs exitCode } }
  }
}""",
}


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes = b""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    what: str
    requests: Sequence[Request]
    connections: tuple[int, ...] = (8,)


async def workloads_on(url: URL) -> list[Workload]:
    """The workloads on a database; requests for its ids are always in the same order."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        run_ids = list(await connection.scalars(select(Test.id)))
        test_ids = list(await connection.scalars(select(RegressionTest.id)))
        completed = select(Test.id).select_from(RUNS).where(LatestProgress.status == "completed")
        results = select(TestResult.test_id, TestResult.regression_test_id)
        pairs = (await connection.execute(results.where(TestResult.test_id.in_(completed)))).all()
    await engine.dispose()
    dice = random.Random(1)
    pairs = dice.sample(pairs, min(len(pairs), 2_000))
    followed_by_a_page = sorted(run_ids)[PAGE:]
    dice.shuffle(run_ids)
    dice.shuffle(followed_by_a_page)
    dice.shuffle(test_ids)
    return [
        Workload(
            "B1",
            "REST: one sample",
            [Request(f"/api/v1/runs/{run}/samples/{test}") for run, test in pairs],
            connections=(8, 32),
        ),
        Workload(
            "B2",
            "GraphQL: one sample with outputs",
            [_ask("Sample", runId=run, regressionId=test) for run, test in pairs],
        ),
        Workload("B3", "GraphQL: a whole run", [_ask("Run", id=run) for run in run_ids]),
        Workload(
            "B4",
            "GraphQL: 50 runs with summary counts",
            [
                _ask("Runs", first=PAGE, after=to_base64("run", f"[{run}]"))
                for run in followed_by_a_page
            ],
        ),
        Workload(
            "B5",
            "GraphQL: history of a test over 100 runs",
            [_ask("History", id=test) for test in test_ids],
        ),
    ]


def _ask(operation: str, **variables: int | str) -> Request:
    question = {
        "query": DOCUMENTS[operation],
        "operationName": operation,
        "variables": variables,
    }
    return Request("/graphql", orjson.dumps(question))
