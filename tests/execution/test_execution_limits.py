"""No query ends a process, or keeps it from answering others, whatever it is charged."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from sqlalchemy import URL

from gql import demo
from gql.execution import breadth_first, executor
from gql.execution.usage import ExecutionLimits, LimitReached, Usage
from gql.garbage_collection import collected_on_a_timer
from tests.support.databases import ENGINES, only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.server import address
from tests.support.server import serving as serving_process
from tests.support.subscriptions import Results, serving, sse_results, websocket_results
from tests.support.timing import least

UNCHARGED = 10**15
LONGEST_STEP_SECONDS = 0.05
WHOLE_RUN = "{ run(id: 19) { samples(first: 500) { nodes { regressionId command status } } } }"

CHANGED = "comparison(base: 1) { runtimeChanged(factor: 1.000001) { head"


def nested(depth: int) -> str:
    """All tests of a run, in each the run, in that all its tests, and so on."""
    inner = "status"
    for level in range(depth):
        inner = f"{CHANGED} {{ {'status' if level == 0 else f'run {{ {inner} }}'} }} }} }}"
    return f"{{ run(id: 19) {{ {inner} }} }}"


def nested_by_aliases(depth: int) -> str:
    inner = "status"
    for level in range(depth):
        selected = "status" if level == 0 else f"run {{ {inner} }}"
        inner = f"a: {CHANGED} {{ {selected} }} }} }} b: {CHANGED} {{ status }} }} }}"
    return f"{{ run(id: 19) {{ {inner} }} }}"


def nested_by_fragments(depth: int) -> str:
    fragments = [f"fragment F0 on Run {{ {CHANGED} {{ status }} }} }} }}"]
    fragments += [
        f"fragment F{n} on Run {{ {CHANGED} {{ run {{ ...F{n - 1} }} }} }} }} }}"
        for n in range(1, depth)
    ]
    return " ".join([f"{{ run(id: 19) {{ ...F{depth - 1} }} }}", *fragments])


def nested_by_variables(depth: int) -> str:
    document = nested(depth).replace("factor: 1.000001", "factor: $factor")
    return f"query ($factor: Float! = 1.000001) {document}"


SHAPES = [nested, nested_by_aliases, nested_by_fragments, nested_by_variables]


SCHEMA_TYPES = """types {
  name fields { name description args { name type { name } } type { name } }
}"""

LARGE = [
    WHOLE_RUN,
    "{ runs(first: 60) { nodes { samples(first: 500) { nodes { status command } } } } }",
    "{ runs(first: 60) { nodes { comparison { changes { head { status } } } } } }",
    "{ runs(first: 60) { nodes { summary { byCategory { pass } } } } }",
    """{ runs(first: 60) { nodes { samples(first: 500, filter: {tags: ["none"]}) {
      totalCount nodes { status }
    } } } }""",
    """{ run(id: 19) { samples(first: 500) { nodes {
      outputs { expectedHash } tags categories { name } stability(last: 1) { failures }
    } } } }""",
    "{ " + " ".join(f"s{n}: __schema {{ {SCHEMA_TYPES} }}" for n in range(10)) + " }",
    get_introspection_query(),
]


class LoopSteps:
    """How long the event loop works without a turn, in seconds of this thread's processor time."""

    longest = 0.0

    async def watch(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self.longest = max(self.longest, now - before)
            before = now


@asynccontextmanager
async def watched_loop() -> AsyncIterator[LoopSteps]:
    steps = LoopSteps()
    async with collected_on_a_timer():  # As in a process that serves.
        watching = asyncio.create_task(steps.watch())
        await asyncio.sleep(0)
        yield steps
        watching.cancel()
    gc.unfreeze()


async def longest_step(client: Client, query: str) -> float:
    """The longest step of the loop while a query is answered, in seconds."""

    async def measure(number: int) -> float:
        async with watched_loop() as steps:
            await client.post(
                "/graphql",
                json={"query": query + " " * number},
                headers={"Accept-Encoding": "gzip"},
            )
        return steps.longest

    return await least(measure, LONGEST_STEP_SECONDS)


@pytest.fixture(scope="module")
async def uncharged(request: pytest.FixtureRequest, demo_url: URL) -> AsyncIterator[Client]:
    """A gateway that charges next to nothing, so that only limits protect it."""
    free = {
        "graphql_max_cost": UNCHARGED,
        "rate_limit_requests": UNCHARGED,
        "work_seconds_per_minute": 0,
        "graphql_timeout_seconds": 60,
    }
    async with running_app(
        settings(demo_url, graphql_breadth_first_execution=request.param, **free)
    ) as client:
        await client.ask(WHOLE_RUN)
        yield client


@asynccontextmanager
async def limited(url: URL, **limits: Any) -> AsyncIterator[Client]:
    async with running_app(settings(url, **limits)) as client:
        yield client


async def error_of(client: Client, query: str) -> dict[str, Any]:
    body = (await client.post("/graphql", json={"query": query})).json()
    assert body["data"] is None
    [error] = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    return dict(error)


@pytest.mark.parametrize("shape", SHAPES)
async def test_nested_comparison_costs_what_its_lists_hold(client: Client, shape: Any) -> None:
    for depth in (2, 3):
        body = (await client.post("/graphql", json={"query": shape(depth)})).json()

        [error] = body["errors"]
        assert error["extensions"]["bound"] == "cost"


# What graphql-core does with rows, and what a shape is counted as, depends on no engine.
EXECUTORS = [
    *(pytest.param(engine, True, id=f"{engine}-breadth-first") for engine in ENGINES),
    pytest.param("sqlite", False, id="sqlite-graphql-core"),
]


def shapes(depths: range, on_sqlite: list[Any], elsewhere: list[Any]) -> pytest.MarkDecorator:
    """Each executor with documents of some depths."""
    cases = [
        pytest.param(*executor.values, shape, depth, id=f"{executor.id}-{shape.__name__}-{depth}")
        for executor in EXECUTORS
        for shape in (on_sqlite if executor.values[0] == "sqlite" else elsewhere)
        for depth in depths
    ]
    names = ("engine", "uncharged", "shape", "depth")
    return pytest.mark.parametrize(names, cases, indirect=["engine", "uncharged"])


@shapes(range(1, 4), on_sqlite=SHAPES, elsewhere=[nested])
async def test_nested_comparison_is_answered_or_given_up(
    uncharged: Client, shape: Any, depth: int
) -> None:
    body = (await uncharged.post("/graphql", json={"query": shape(depth)})).json()

    bounds = [error["extensions"]["bound"] for error in body.get("errors", ())]
    assert bool(bounds) is (depth > 2) or shape is nested_by_aliases
    assert set(bounds) <= {"objects", "depth"}


@pytest.mark.serial
@shapes(range(2, 4), on_sqlite=[nested, nested_by_aliases], elsewhere=[nested])
async def test_loop_turns_while_a_nested_comparison_is_answered_or_given_up(
    uncharged: Client, shape: Any, depth: int, request: pytest.FixtureRequest
) -> None:
    if "graphql-core" in request.node.name and depth > 2:
        pytest.skip("graphql-core frees at once what it gave up")

    assert await longest_step(uncharged, shape(depth)) < LONGEST_STEP_SECONDS


@pytest.mark.serial
@pytest.mark.parametrize(("engine", "uncharged"), EXECUTORS, indirect=True)
@pytest.mark.parametrize("query", LARGE)
async def test_loop_turns_while_a_large_answer_is_made(uncharged: Client, query: str) -> None:
    assert await longest_step(uncharged, query) < LONGEST_STEP_SECONDS
    await uncharged.ask(query)


@pytest.mark.parametrize("breadth_first_execution", [True, False])
@pytest.mark.parametrize(
    ("limit", "bound", "maximum"),
    [
        ({"graphql_max_objects": 100}, "objects", 100),
        ({"graphql_max_response_bytes": 1_000}, "bytes", 1_000),
        ({"graphql_timeout_seconds": 0.001}, "seconds", 0.001),
    ],
)
async def test_limit_that_is_reached_names_itself(
    demo_url: URL,
    breadth_first_execution: bool,
    limit: dict[str, Any],
    bound: str,
    maximum: float,
) -> None:
    async with limited(
        demo_url, graphql_breadth_first_execution=breadth_first_execution, **limit
    ) as client:
        error = await error_of(client, WHOLE_RUN)

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "bound": bound, "maximum": maximum}
    assert f"needs more {bound} than the limit of {maximum}." in error["message"]


async def test_answer_within_the_limits_is_unchanged(client: Client, demo_url: URL) -> None:
    answer = (await client.get("/graphql", params={"query": WHOLE_RUN})).json()
    size = len((await client.get("/graphql", params={"query": WHOLE_RUN})).content)
    data_bytes = size - len('{"data":}')
    # The root, the run, the connection and 237 samples.
    exact = {"graphql_max_objects": 240, "graphql_max_response_bytes": data_bytes}
    async with limited(demo_url, **exact) as just_enough:
        found = await just_enough.get("/graphql", params={"query": WHOLE_RUN})
        assert found.json() == answer
    for name, limit in exact.items():
        async with limited(demo_url, **exact | {name: limit - 1}) as too_little:
            assert await error_of(too_little, WHOLE_RUN)


@only_on("sqlite")
@pytest.mark.parametrize("results_of", [websocket_results, sse_results])
async def test_limits_hold_for_streamed_operations(demo_url: URL, results_of: Results) -> None:
    watched = "subscription { runProgress(id: 19) { newSamples { command } } }"
    async with serving(settings(demo_url, graphql_max_objects=100)) as origin:
        for query in (WHOLE_RUN, watched):
            [result] = [r async for r in results_of(origin, demo.DEMO_TOKEN, query)]

            assert result["data"] is None
            assert result["errors"][0]["extensions"]["bound"] == "objects"


@only_on("sqlite")
@pytest.mark.parametrize("error", [MemoryError(), LimitReached("objects", 1)])
async def test_work_that_was_given_up_is_not_begun_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(*_: Any) -> None:
        raise error

    def begin_again(*_: Any) -> None:
        pytest.fail("graphql-core begins the same work")

    monkeypatch.setattr(breadth_first._Selection, "execute", fail)  # noqa: SLF001
    monkeypatch.setattr(executor.Execution, "_execute", begin_again)

    body = (await client.post("/graphql", json={"query": WHOLE_RUN})).json()

    assert body["errors"]


def test_usage_that_has_reached_a_limit_stays_there() -> None:
    usage = Usage(ExecutionLimits(objects=10))
    usage.add(objects=10)
    for objects in (1, 0):
        with pytest.raises(LimitReached):
            usage.add(objects=objects)


def test_worst_query_leaves_a_process_with_little_memory_alive(
    demo_url: URL, engine: str, tmp_path: Path
) -> None:
    with serving_process(
        tmp_path,
        max_address_space=700_000_000,
        database_url=address(demo_url),
        graphql_max_cost=UNCHARGED,
        rate_limit_requests=UNCHARGED,
        work_seconds_per_minute=0,
        graphql_timeout_seconds=60,
    ) as server:
        for shape in SHAPES if engine == "sqlite" else [nested]:
            for depth in (2, 3, 6):
                response = server.post(
                    "/graphql", json={"query": shape(depth)}, token=demo.DEMO_TOKEN
                )
                errors = response.json().get("errors", [])
                bounds = {error["extensions"]["bound"] for error in errors}
                assert bounds <= {"objects", "seconds", "depth"}
                assert bool(errors) is (depth > 2) or shape is nested_by_aliases

        assert server.get("/healthz").json() == {"status": "ok"}
        assert server.peak_memory < 400_000_000
