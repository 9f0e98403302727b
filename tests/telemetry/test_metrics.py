"""/metrics counts requests, their duration, and the work that they cause."""

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import URL

from gql.demo import DEMO_TOKEN
from gql.telemetry import metrics
from gql.telemetry.request_log import LoggedRequest
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.paths import DOCS
from tests.support.platform import Platform
from tests.support.server import Server, free_port, serving
from tests.support.subscriptions import open_socket, sse_results

METRICS_TOKEN = "planted-token-of-prometheus"
AS_PROMETHEUS = {"Authorization": f"Bearer {METRICS_TOKEN}"}
AS_CLIENT = {"Authorization": f"Bearer {DEMO_TOKEN}"}
DEADLINE_SECONDS = 30
DOCUMENT = DOCS / "monitoring.md"

pytestmark = only_on("sqlite")


@pytest.fixture(autouse=True)
def _on_one_engine(engine: str) -> None:
    """Metrics do not depend on the engine."""


Values = Callable[..., float]


def values(text: str) -> Values:
    """Gives the sum of a metric's samples that have the given labels."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]

    def value(name: str, **labels: str) -> float:
        return sum(
            sample.value
            for sample in samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    return value


def scrape(server: Server) -> Values:
    response = server.get("/metrics", headers=AS_PROMETHEUS)
    assert response.status_code == 200
    return values(response.text)


def until(server: Server, holds: Callable[[Values], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds(scrape(server)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(server: Server, query: str, **body: Any) -> httpx.Response:
    content = {"query": query, **body}
    return httpx.post(f"{server.origin}/graphql", json=content, headers=AS_CLIENT, timeout=30)


def serve(url: URL, directory: Path, *arguments: str, **changes: Any) -> Any:
    address = url.render_as_string(hide_password=False)
    options = {
        "metrics_token": METRICS_TOKEN,
        "rate_limit_requests": 100_000,
        "work_seconds_per_minute": 0,
    }
    return serving(directory, *arguments, database_url=address, **options | changes)


@pytest.fixture(scope="module")
def server(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(demo_url, tmp_path_factory.mktemp("metrics")) as server:
        yield server


@contextmanager
def growth(server: Server) -> Iterator[Values]:
    """How much a metric has grown since the block began."""
    before = scrape(server)
    yield lambda name, **labels: scrape(server)(name, **labels) - before(name, **labels)


def test_metric_counts_requests_by_operation_status_and_code(server: Server) -> None:
    with growth(server) as grown:
        ask(server, "query Tags { tags { name } }")
        ask(
            server,
            "query Tags { tags { name } } query Others { tags { id } }",
            operationName="Tags",
        )
        ask(server, "{ tags { name } }")
        ask(server, "query Tags { runs(first: 1000) { totalCount } }")
        ask(server, "{ nothing }")
        server.get("/api/v1/runs/11/samples/118", headers=AS_CLIENT)
        server.get("/api/v1/runs/1234567/samples/1", headers=AS_CLIENT)
        server.get("/api/v1/runs/11/samples/118")

    def requests(api: str, operation: str, status: str, code: str) -> float:
        labels = {"api": api, "operation": operation, "status": status, "code": code}
        return grown("gateway_requests_total", **labels)

    assert requests("graphql", "Tags", "200", "") == 2
    assert requests("graphql", "anonymous", "200", "") == 1
    assert requests("graphql", "Tags", "200", "BAD_USER_INPUT") == 1
    assert requests("graphql", "", "200", "BAD_USER_INPUT") == 1
    assert requests("rest", "getRunSample", "200", "") == 1
    assert requests("rest", "getRunSample", "404", "not_found") == 1
    assert requests("rest", "", "401", "unauthorized") == 1


def test_metric_of_request_duration_has_buckets(server: Server) -> None:
    name, labels = "gateway_request_duration_seconds", {"api": "graphql", "operation": "Latency"}
    with growth(server) as grown:
        started = time.monotonic()
        ask(server, "query Latency { tags { name } }")
        elapsed = time.monotonic() - started

    assert grown(f"{name}_count", **labels) == 1
    assert 0 < grown(f"{name}_sum", **labels) <= elapsed
    assert grown(f"{name}_bucket", le="0.001", **labels) == 0
    assert grown(f"{name}_bucket", le="+Inf", **labels) == 1


def test_metric_of_cost_counts_what_was_charged(server: Server) -> None:
    with growth(server) as grown:
        answer = ask(
            server,
            "query Costly { runs(first: 9) { nodes { samples(first: 500) { totalCount } } } }",
        )
        ask(server, "query Costly { __typename }")

    assert "errors" not in answer.json(), answer.text
    cost = answer.json()["extensions"]["cost"]
    labels = {"api": "graphql", "operation": "Costly"}
    assert cost["requested"] > 1
    assert grown("gateway_cost_units_total", **labels) == cost["requested"] + 1
    assert 0 < grown("gateway_actual_cost_units_total", **labels) <= cost["actual"] + 1
    assert grown("gateway_cost_ratio_count", api="graphql") == 2


def test_metrics_of_a_loader_count_statements_and_keys(server: Server) -> None:
    labels = {"loader": "OutputsBySampleLoader"}
    query = "{ run(id: 11) { samples(first: 7) { nodes { outputs { status } } } } }"
    with growth(server) as grown:
        assert "errors" not in ask(server, query).json()

    assert grown("gateway_loader_batch_keys_count", **labels) == 1
    assert grown("gateway_loader_batch_keys_sum", **labels) == 7
    assert grown("gateway_loader_batch_keys_bucket", le="4.0", **labels) == 0
    assert grown("gateway_statement_duration_seconds_count", **labels) == 1
    assert grown("gateway_statement_duration_seconds_sum", **labels) > 0


def test_metric_counts_database_connections(server: Server) -> None:
    ask(server, "{ tags { name } }")
    value = scrape(server)

    assert value("gateway_database_connections", state="in_use") == 0
    assert value("gateway_database_connections", state="idle") >= 1
    assert value("gateway_database_connections_limit") == 10


def test_metric_counts_cache_hits_and_misses(server: Server) -> None:
    query = "query Cached { tags { id name } }"

    def lookups(cache: str) -> tuple[float, float]:
        labels = {"cache": cache}
        name = "gateway_cache_lookups_total"
        return grown(name, result="hit", **labels), grown(name, result="miss", **labels)

    ask(server, "{ __typename }")
    with growth(server) as grown:
        for _ in range(3):
            ask(server, query)
        named = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
        httpx.post(f"{server.origin}/graphql", json={"extensions": named}, headers=AS_CLIENT)

    assert lookups("documents") == (2, 1)
    assert lookups("plans") == (2, 1)
    assert lookups("tokens") == (4, 0)
    assert lookups("persisted_queries") == (0, 1)


async def test_metric_counts_a_subscription_while_it_runs(
    platform: Platform, tmp_path: Path
) -> None:
    await platform.add(rows.run(1, "testing"))
    with serve(platform.url, tmp_path, subscription_poll_interval_seconds=0.02) as server:
        async with open_socket(server.origin.removeprefix("http://"), platform.token) as client:
            await client.subscribe("1", "subscription Watch { runProgress(id: 1) { completed } }")
            await client.receive()
            during = await asyncio.to_thread(scrape, server)
            await client.subscribe("2", "query Once { run(id: 9) { id } }")
            await client.receive()
        await asyncio.to_thread(
            until, server, lambda value: not value("gateway_websocket_connections")
        )
        value = await asyncio.to_thread(scrape, server)

    assert during("gateway_websocket_connections") == during("gateway_streams") == 1
    assert value("gateway_streams") == 0
    assert value("gateway_websocket_connections_closed_total", code="") == 1
    assert value("gateway_requests_total", api="websocket", operation="Watch") == 1
    assert value("gateway_requests_total", api="websocket", operation="Once") == 1
    for operation in ("", "Watch", "Once"):
        assert value("gateway_cost_units_total", api="websocket", operation=operation) == 1


async def test_metric_of_requests_in_progress_ends_when_the_response_begins(
    platform: Platform, tmp_path: Path
) -> None:
    await platform.add(rows.run(1, "testing"))
    query = "subscription { runProgress(id: 1) { completed } }"
    with serve(platform.url, tmp_path) as server:
        address = server.origin.removeprefix("http://")
        async with aclosing(sse_results(address, platform.token, query)) as results:
            await anext(results)
            value = await asyncio.to_thread(scrape, server)

    assert value("gateway_streams") == 1
    assert value("gateway_requests_in_progress") == 1, "what asks for the metrics is itself one"


@pytest.mark.quick
async def test_metric_of_requests_in_progress_ends_when_the_client_disconnects(
    increase: Callable[..., float],
) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None}
    with LoggedRequest(scope, {}):
        assert increase("gateway_requests_in_progress") == 1

    assert increase("gateway_requests_in_progress") == 0


@pytest.mark.quick
def test_metric_labels_for_operation_names_are_limited() -> None:
    operations = metrics.OperationLabels()
    labels = {operations.of(f"MadeUp{number}") for number in range(5000)}

    assert len(labels) <= metrics.MAX_OPERATIONS + 1
    assert metrics.OTHER in labels
    assert operations.of("X" * 1000) == metrics.OTHER


@pytest.mark.quick
def test_metric_labels_are_those_of_trusted_and_most_frequent_operations() -> None:
    operations = metrics.OperationLabels()
    operations.trust(["Trusted"])
    for number in range(metrics.MAX_OPERATIONS):
        operations.of(f"First{number}")

    assert [operations.of("Frequent") for _ in range(3)] == [metrics.OTHER, "Frequent", "Frequent"]
    assert operations.of("Trusted") == "Trusted"
    assert operations.of("Rare") == metrics.OTHER


async def test_metrics_do_not_grow_with_operation_names_of_clients(
    demo_url: URL, tmp_path: Path
) -> None:
    with serve(demo_url, tmp_path) as server:
        async with Client(base_url=server.origin, headers=AS_CLIENT, timeout=60) as client:
            for number in range(metrics.MAX_OPERATIONS + 50):
                await client.ask(f"query MadeUp{number} {{ __typename }}")
                await client.post("/graphql", json={"query": f"query Wrong{number} {{ x }}"})
        text = server.get("/metrics", headers=AS_PROMETHEUS).text

    names = set(re.findall(r'operation="(.*?)"', text))
    assert names == {"", "other", *(f"MadeUp{n}" for n in range(metrics.MAX_OPERATIONS))}
    assert values(text)("gateway_requests_total", operation="other") == 50


@pytest.fixture
def increase() -> Callable[..., float]:
    """How much a metric of this process has grown since the test began."""
    before = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }

    def increase(name: str, **labels: str) -> float:
        value = REGISTRY.get_sample_value(name, labels) or 0
        return value - before.get((name, *sorted(labels.items())), 0)

    return increase


@pytest.mark.quick
async def test_metric_counts_coalesced_requests(
    demo_url: URL, increase: Callable[..., float]
) -> None:
    async with running_app(settings(demo_url)) as client:
        await asyncio.gather(*(client.sample(11, 118) for _ in range(20)))

    assert increase("gateway_coalesced_requests_sum") == 20
    assert increase("gateway_coalesced_requests_count") < 20


@pytest.mark.quick
async def test_metric_counts_requests_rejected_by_overload(
    demo_url: URL, increase: Callable[..., float]
) -> None:
    async with running_app(settings(demo_url, max_concurrent_requests=1)) as client:
        answers = await asyncio.gather(*(client.sample(11, 118) for _ in range(5)))

    assert [answer.status_code for answer in answers].count(503) == 4
    assert increase("gateway_requests_rejected_total", reason="concurrency_limit") == 4


@pytest.mark.quick
async def test_metric_shows_the_fallback_without_redis(platform: Platform) -> None:
    gone = settings(platform.url, redis_url="redis://127.0.0.1:1/0")
    name = "gateway_rate_limit_fallback_active"
    metrics.rate_limit_fallback_active.set(0)
    async with running_app(gone, platform.token) as client:
        assert REGISTRY.get_sample_value(name) == 0
        await client.sample(1, 1)
        assert REGISTRY.get_sample_value(name) == 1


def test_metrics_of_workers_are_summed_and_kept_when_one_is_killed(
    demo_url: URL, tmp_path: Path
) -> None:
    with serve(demo_url, tmp_path, "--workers", "2", max_concurrent_requests=7) as server:
        until(server, lambda value: value("gateway_requests_limit") == 14)
        for _ in range(40):
            server.get("/api/v1/runs/11/samples/118", headers=AS_CLIENT)
        value = scrape(server)
        pids = set(re.findall(r'pid="(\d+)"', server.get("/metrics", headers=AS_PROMETHEUS).text))
        os.kill(int(min(pids)), signal.SIGKILL)
        until(
            server,
            lambda value: (
                value("gateway_requests_limit") == 14
                and not value("process_resident_memory_bytes", pid=min(pids))
            ),
        )
        after = scrape(server)

    assert len(pids) == 2
    assert value("gateway_requests_total", operation="getRunSample") == 40
    assert value("process_resident_memory_bytes") > 0
    assert after("gateway_requests_total", operation="getRunSample") == 40


@pytest.mark.quick
@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_metrics_file_of_a_dead_worker_is_removed(
    error: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(_process: int, _signal: int) -> None:
        raise error

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setenv(metrics.DIRECTORY, str(tmp_path))
    live = tmp_path / "gauge_livesum_1.db"
    live.touch()
    metrics.exposition("")

    assert not live.exists()


@pytest.mark.parametrize("authorization", [None, "", "Bearer wrong", f"Bearer {DEMO_TOKEN}"])
def test_metrics_require_the_metrics_token(server: Server, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = server.get("/metrics", headers=headers)

    assert response.status_code == 401
    assert "METRICS_TOKEN" in response.json()["message"]


@pytest.mark.quick
async def test_metrics_are_unauthorized_without_a_configured_token(demo_url: URL) -> None:
    async with running_app(settings(demo_url)) as client:
        for authorization in ("Bearer ", "Bearer None", "Bearer"):
            answer = await client.get("/metrics", headers={"Authorization": authorization})
            assert answer.status_code == 401


def test_metrics_are_readable_while_the_database_is_unavailable(tmp_path: Path) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/gone"
    with serving(tmp_path, database_url=away, metrics_token=METRICS_TOKEN) as server:
        server.get("/api/v1/runs/1/samples/1", headers=AS_CLIENT)
        value = scrape(server)

    assert value("gateway_requests_total", status="503", code="unavailable") == 1


def test_metrics_are_valid_for_promtool(server: Server) -> None:
    text = server.get("/metrics", headers=AS_PROMETHEUS).text
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
