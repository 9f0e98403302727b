"""What is asked of every server: requests of each workload for each of many ids."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson
from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import create_async_engine
from strawberry.relay.utils import to_base64

from gql.database.tables import RegressionTest, Test, TestResult
from gql.domain.status import RUNS, LatestProgress
from tests.bench import peer

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
    "LightRun": """
query LightRun($id: Int!) {
  run(id: $id) {
    platform branch
    samples(first: 500) {
      nodes {
        regressionId sampleId command runtimeMs exitCode expectedExitCode
        outputs { outputId expectedHash actualHash }
      }
    }
  }
}""",
    "Runs": """
query Runs($first: Int!, $after: String) {
  runs(first: $first, after: $after) {
    nodes { id platform branch commit pullRequest startedAt }
    pageInfo { hasNextPage endCursor }
  }
}""",
    "RunsWithCounts": """
query RunsWithCounts($first: Int!, $after: String) {
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
    "RawHistory": """
query RawHistory($id: Int!) {
  regressionTest(id: $id) {
    id command history(first: 100) { nodes { runId runtimeMs exitCode expectedExitCode } }
  }
}""",
    "Comparison": """
query Comparison($head: Int!, $base: Int!) {
  compareRuns(head: $head, base: $base) {
    counts {
      brokenHere fixedHere failingDifferently failingIdentically notRerun noReference unchangedPass
    }
    changes { verdict regressionTest { id } }
  }
}""",
    "Insights": """
query Insights($platform: Platform!, $last: Int!) {
  insights(filter: {platform: $platform}, last: $last) {
    runs { id }
    tests(first: 500) { nodes { regressionTest { id } statuses failures } }
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
    """Requests of one kind; the peer is asked for the same in its own way, if it can be."""

    name: str
    what: str
    requests: Sequence[Request]
    operation: str = "REST"
    peer_requests: Sequence[Request] = ()
    connections: tuple[int, ...] = (8, 32)

    def requests_of(self, server: str) -> Sequence[Request]:
        """What this server is asked; nothing if it cannot answer."""
        return self.peer_requests if server == "peer" else self.requests


async def workloads_on(url: URL) -> list[Workload]:
    """The workloads on a database; requests for its ids are always in the same order."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        run_ids = list(await connection.scalars(select(Test.id).order_by(Test.id)))
        test_ids = list(await connection.scalars(select(RegressionTest.id)))
        completed = (
            select(Test.id, Test.platform)
            .select_from(RUNS)
            .where(LatestProgress.status == "completed")
            .order_by(Test.platform, Test.id)
        )
        completed_runs = (await connection.execute(completed)).all()
        results = select(TestResult.test_id, TestResult.regression_test_id)
        ids = [run.id for run in completed_runs]
        pairs = (await connection.execute(results.where(TestResult.test_id.in_(ids)))).all()
    await engine.dispose()
    dice = random.Random(1)
    pairs = dice.sample(pairs, min(len(pairs), 2_000))
    followed_by_a_page = run_ids[PAGE:]
    compared = [
        (head.id, base.id)
        for base, head in pairwise(completed_runs)
        if base.platform == head.platform
    ]
    for each in (run_ids, followed_by_a_page, test_ids, compared):
        dice.shuffle(each)
    pages = [{"first": PAGE, "after": to_base64("run", f"[{run}]")} for run in followed_by_a_page]
    pages_of_peer = [{"first": PAGE, "after": peer.cursor(run)} for run in followed_by_a_page]
    samples = [{"runId": run, "regressionId": test} for run, test in pairs]
    runs = [{"id": run} for run in run_ids]
    tests = [{"id": test} for test in test_ids]
    return [
        Workload(
            "B1",
            "REST: one sample",
            [Request(f"/api/v1/runs/{run}/samples/{test}") for run, test in pairs],
        ),
        _workload("B2", "one sample with outputs", "Sample", samples),
        _workload("B3", "a whole run", "Run", runs),
        _workload("B3l", "a whole run, light", "LightRun", runs),
        _workload("B4", "50 runs with counts", "RunsWithCounts", pages),
        _workload("B4p", "50 runs", "Runs", pages, pages_of_peer),
        _workload("B5", "history of a test over 100 runs", "History", tests),
        _workload("B5r", "history without statuses", "RawHistory", tests),
        _workload(
            "B7",
            "comparison of two runs",
            "Comparison",
            [{"head": head, "base": base} for head, base in compared],
        ),
        _workload(
            "B8",
            "all tests over some 30 runs",
            "Insights",
            [
                {"platform": platform, "last": last}
                for last in range(21, 40)
                for platform in ("LINUX", "WINDOWS")
            ],
        ),
    ]


def _workload(
    name: str,
    what: str,
    operation: str,
    variables: Sequence[dict[str, Any]],
    variables_of_peer: Sequence[dict[str, Any]] | None = None,
) -> Workload:
    document = peer.DOCUMENTS.get(operation)
    return Workload(
        name,
        f"GraphQL: {what}",
        [_ask(DOCUMENTS[operation], operation, each) for each in variables],
        operation,
        [_ask(document, operation, each) for each in variables_of_peer or variables]
        if document
        else (),
    )


def _ask(document: str, operation: str, variables: dict[str, Any]) -> Request:
    question = {"query": document, "operationName": operation, "variables": variables}
    return Request("/graphql", orjson.dumps(question))
