"""Requests of a batch, which a plan executes at once, are answered as each would be by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from graphql import ExecutionResult
from sqlalchemy import URL

from gql.database import DatabaseUnavailable, Session
from gql.execution.documents import DocumentCache
from gql.execution.execution_batch import ExecutionBatch
from gql.execution.usage import BatchUsage, ExecutionLimits, LimitReached, Usage
from gql.files.names import log_name
from gql.files.platform_files import PlatformFiles
from gql.security.account import Account, set_current_account
from gql.security.counters import Counters
from gql.security.work_budget import WorkBudget
from tests.support.gateway import Client, running_app, settings
from tests.support.until import until

pytestmark = pytest.mark.quick

SAMPLE = """query ($run: Int!, $test: Int, $media: Int) {
  sample(runId: $run, regressionId: $test, mediaId: $media) { status tags outputs { status } }
}"""
BELOW_ROOT = "query ($test: Int!) { run(id: 19) { sample(regressionId: $test) { status } } }"
WHOLE_RUN = "query ($run: Int!) { run(id: $run) { samples(first: 500) { nodes { status } } } }"
LOG = "query ($run: Int!) { run(id: $run) { log(first: 1) { nodes { text } } } }"
RUNS = range(1, 41)


@pytest.fixture
async def batched(demo_url: URL) -> AsyncIterator[Client]:
    limits = {"graphql_max_objects": 400, "max_concurrent_requests": 200}
    async with running_app(settings(demo_url, **limits)) as client:
        yield client


@pytest.fixture
def executed_together(monkeypatch: pytest.MonkeyPatch) -> list[ExecutionBatch]:
    """The execution that each member of a batch joined."""
    joined = []
    join = ExecutionBatch.join

    def noted_join(batch: ExecutionBatch, execution: Any) -> Any:
        joined.append(batch)
        return join(batch, execution)

    monkeypatch.setattr(ExecutionBatch, "join", noted_join)
    return joined


async def answer(client: Client, query: str, variables: dict[str, Any]) -> Any:
    body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    body.pop("extensions", None)
    return body


def is_combined(executed_together: list[ExecutionBatch]) -> bool:
    return len(executed_together) > len(set(executed_together))


@pytest.mark.parametrize(
    ("query", "each"),
    [
        (SAMPLE, [{"run": run, "test": 41} for run in RUNS]),
        # Some media files are those of several tests, which is an error.
        (SAMPLE, [{"run": 19, "media": media} for media in RUNS]),
        (SAMPLE, [{"run": run, "test": 41} for run in (0, 10**6, -1, 19, 2**31 - 1) * 8]),
        (SAMPLE, [{"run": 19}, {"run": 19, "test": 41}, {"run": 19, "test": 1, "media": 1}] * 9),
        # All of a batch have more objects than one of them may have.
        (WHOLE_RUN, [{"run": run} for run in RUNS]),
    ],
)
async def test_requests_of_a_batch_are_answered_as_each_by_itself(
    batched: Client,
    executed_together: list[ExecutionBatch],
    query: str,
    each: list[dict[str, Any]],
) -> None:
    alone = [await answer(batched, query, variables) for variables in each]
    assert not executed_together

    together = await asyncio.gather(*(answer(batched, query, variables) for variables in each))

    assert together == alone
    assert is_combined(executed_together)


async def test_requests_with_different_ids_below_the_root_are_executed_apart(
    batched: Client, executed_together: list[ExecutionBatch]
) -> None:
    each = [{"test": test} for test in RUNS]
    alone = [await answer(batched, BELOW_ROOT, variables) for variables in each]

    assert await asyncio.gather(*(answer(batched, BELOW_ROOT, test) for test in each)) == alone
    assert not executed_together


async def test_client_that_leaves_ends_no_other_request_of_its_batch(
    batched: Client, executed_together: list[ExecutionBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await answer(batched, SAMPLE, {"run": 19, "test": 41})
    are_others_waiting, has_one_left = asyncio.Event(), asyncio.Event()
    records, waiting = Session.records, 0

    async def records_later(session: Session, *arguments: Any) -> Any:
        nonlocal waiting
        waiting += 1
        is_first = waiting == 1
        await (are_others_waiting if is_first else has_one_left).wait()
        return await records(session, *arguments)

    monkeypatch.setattr(Session, "records", records_later)
    asking = [
        asyncio.create_task(answer(batched, SAMPLE, {"run": 19, "test": 41})) for _ in range(12)
    ]
    await until(lambda: waiting)
    are_others_waiting.set()
    await until(lambda: len(executed_together) == len(asking) - 1)
    asking[-1].cancel()
    has_one_left.set()

    assert await asyncio.gather(*asking[:-1]) == [expected] * len(asking[:-1])


async def test_file_that_takes_long_delays_no_other_request(
    demo_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    are_others_waiting, is_read = asyncio.Event(), asyncio.Event()
    reading: list[str] = []
    authorized: list[str] = []
    authorize = DocumentCache.authorize

    async def noted_authorize(documents: DocumentCache, text: str, *arguments: Any) -> int:
        authorized.append(text)
        return await authorize(documents, text, *arguments)

    async def lines(_files: PlatformFiles, name: str, *_: Any, **_options: Any) -> None:
        reading.append(name)
        if len(reading) == 1:
            await are_others_waiting.wait()
        if name == log_name(19):
            await is_read.wait()

    monkeypatch.setattr(PlatformFiles, "lines", lines)
    monkeypatch.setattr(DocumentCache, "authorize", noted_authorize)
    async with running_app(settings(demo_url, files_url=tmp_path.as_uri())) as client:
        asking = {
            run: asyncio.create_task(answer(client, LOG, {"run": run})) for run in range(15, 25)
        }
        await until(lambda: len(authorized) == len(asking))
        are_others_waiting.set()
        slow = asking.pop(19)

        assert len(await asyncio.gather(*asking.values())) == len(asking)
        assert not slow.done()
        is_read.set()
        await slow


@pytest.mark.parametrize("is_read_at_once", [True, False])
@pytest.mark.parametrize("error", [None, DatabaseUnavailable(), MemoryError(), KeyError()])
async def test_request_whose_client_has_left_pays_its_part(
    error: Exception | None, is_read_at_once: bool
) -> None:
    budget = WorkBudget(Counters(None), seconds_per_minute=1)
    left, other = (_execution_of(user, budget) for user in ("left", "other"))

    async def execute(combined: Any, executions: list[Any]) -> list[Any]:
        combined.usage.add(objects=50_000 * len(executions))
        left.usage.end()
        left.account.settle()
        if error:
            raise error
        return [None for _ in executions]

    async def execute_alone(_execution: Any) -> ExecutionResult:
        return ExecutionResult(None, None)

    def join(execution: Any) -> Any:
        set_current_account(execution.account)
        return batch.join(execution)

    context: Any = SimpleNamespace()
    batch = ExecutionBatch(context, execute, execute_alone, is_read_at_once=is_read_at_once)
    results = [copy_context().run(join, execution) for execution in (left, other)]
    await asyncio.gather(*results, return_exceptions=True)
    other.account.add_work(other.usage.work_seconds)
    other.account.settle()

    await budget.close()
    assert [(await budget.used(user)).milliseconds for user in ("left", "other")] == [200, 200]


def _execution_of(user: str, budget: WorkBudget) -> Any:
    limits = ExecutionLimits()
    account = Account("client", user, cast("Any", None), budget)
    return SimpleNamespace(limits=limits, usage=Usage(limits), account=account)


@pytest.mark.parametrize(
    ("is_read_at_once", "sizes"), [(True, [5]), (False, [2, 3])], ids=["at once", "in halves"]
)
async def test_second_half_of_a_batch_begins_when_the_roots_of_the_first_are_read(
    is_read_at_once: bool, sizes: list[int]
) -> None:
    begun: list[int] = []
    is_answered = asyncio.Event()

    async def execute(combined: Any, executions: list[Any]) -> list[Any]:
        begun.append(len(executions))
        if combined.has_root:
            combined.has_root.set()
        await is_answered.wait()
        return [None for _ in executions]

    context: Any = SimpleNamespace()
    batch = ExecutionBatch(context, execute, execute, is_read_at_once=is_read_at_once)
    budget = WorkBudget(Counters(None), seconds_per_minute=1)
    results = [batch.join(_execution_of(f"user {n}", budget)) for n in range(5)]

    await until(lambda: begun == sizes)
    is_answered.set()
    await asyncio.gather(*results)


async def test_second_half_of_a_batch_does_not_wait_for_a_first_that_is_executed_again() -> None:
    begun: list[int] = []
    is_answered = asyncio.Event()

    async def execute(combined: Any, executions: list[Any]) -> list[Any]:
        begun.append(len(executions))
        if combined.has_root:
            raise KeyError
        return [None for _ in executions]

    async def execute_alone(_execution: Any) -> ExecutionResult:
        await is_answered.wait()
        return ExecutionResult(None, None)

    batch = ExecutionBatch(
        cast("Any", SimpleNamespace()), execute, execute_alone, is_read_at_once=False
    )
    budget = WorkBudget(Counters(None), seconds_per_minute=1)
    results = [batch.join(_execution_of(f"user {n}", budget)) for n in range(4)]

    await until(lambda: begun == [2, 2])
    assert [result.done() for result in results[:2]] == [False, False]
    is_answered.set()
    await asyncio.gather(*results)


def test_work_of_a_batch_is_shared_equally() -> None:
    parts = [Usage(ExecutionLimits()) for _ in range(4)]
    usage = BatchUsage(ExecutionLimits(), parts)

    usage.add(objects=400, bytes=1_000)
    usage.share()

    assert [part.work_seconds for part in parts] == [usage.work_seconds / 4] * 4


def test_batch_ends_when_all_its_executions_have_ended() -> None:
    parts = [Usage(ExecutionLimits()) for _ in range(2)]
    usage = BatchUsage(ExecutionLimits(), parts)

    parts[0].end()
    usage.add(objects=1)
    parts[1].end()

    with pytest.raises(LimitReached):
        usage.add(objects=1)
