"""Requests, operations, loaders and statements are traced if OpenTelemetry is enabled."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import URL

from gql.cli import serve
from gql.demo import DEMO_TOKEN
from gql.telemetry.opentelemetry import STOP_SECONDS
from tests.support.assistants import PROTOCOLS, tool_call
from tests.support.collector import Collector, collecting
from tests.support.databases import only_on
from tests.support.server import Server, address, free_port, serving
from tests.support.subscriptions import open_socket

pytestmark = only_on("sqlite")

REST = "/api/v1/runs/11/samples/118"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture(autouse=True)
def _on_one_engine(engine: str) -> None:
    """Traces do not depend on the engine."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector to which the gateways of this module export what they trace."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def server(
    collector: Collector, demo_url: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A gateway that exports each span soon after it has ended."""
    variables = collector.variables | {"OTEL_BSP_SCHEDULE_DELAY": "10"}
    options = {
        "database_url": address(demo_url),
        "opentelemetry": "true",
        "log_level": "info",
        "mcp": "true",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        with serving(tmp_path_factory.mktemp("traced"), **options) as server:
            yield server


def attributes(span: Span) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


@pytest.fixture
def traced(collector: Collector, server: Server) -> Callable[..., list[Span]]:
    """Gives the spans of a request that a client sends, when all of them have come."""

    def traced(ask: Callable[[httpx.Client], object]) -> list[Span]:
        earlier = len(collector.spans)

        def spans() -> list[Span]:
            new = collector.spans[earlier:]
            health = {s.trace_id for s in new if attributes(s).get("url.path") == "/healthz"}
            return [span for span in new if span.trace_id not in health]

        headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        with httpx.Client(base_url=server.origin, headers=headers) as client:
            ask(client)
        # The span of a request is the last of its spans to end.
        collector.wait_for(lambda: any(span.kind == Span.SPAN_KIND_SERVER for span in spans()))
        return spans()

    return traced


async def test_trace_has_spans_from_the_request_to_its_statements(
    traced: Callable[..., list[Span]], collector: Collector
) -> None:
    fields = "outputs { status } regressionTest { active }"
    query = f"query Outputs {{ sample(runId: 11, regressionId: 118) {{ {fields} }} }}"

    spans = await asyncio.to_thread(
        traced, lambda client: client.post("/graphql", json={"query": query})
    )

    [request] = [span for span in spans if span.name == "POST graphql"]
    [operation] = [span for span in spans if span.name == "operation"]
    [loader] = [span for span in spans if span.name == "OutputsBySampleLoader"]
    [statement] = [span for span in spans if span.parent_span_id == loader.span_id]
    assert request.kind == Span.SPAN_KIND_SERVER
    assert operation.parent_span_id == request.span_id
    assert loader.parent_span_id == operation.span_id
    assert attributes(loader) == {"gateway.keys": 1}
    assert statement.name == "SELECT"
    assert statement.kind == Span.SPAN_KIND_CLIENT
    text = attributes(statement)["db.query.text"]
    assert text.startswith("SELECT test_result_file.")
    assert not {"11", "118"} & set(text.split())
    recorded = attributes(request)
    assert recorded["graphql.operation.name"] == "Outputs"
    assert recorded["http.response.status_code"] == 200
    assert recorded["gateway.client"].startswith("token:")
    assert len({span.trace_id for span in spans}) == 1
    [resource] = {
        r.resource.SerializeToString() for c in collector.requests for r in c.resource_spans
    }
    assert b"sample-gateway" in resource


async def test_trace_of_a_client_is_continued(traced: Callable[..., list[Span]]) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}

    spans = await asyncio.to_thread(traced, lambda client: client.get(REST, headers=headers))

    assert {span.trace_id.hex() for span in spans} == {TRACE}
    assert [s.name for s in spans if s.parent_span_id.hex() == PARENT] == ["GET rest"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_trace_has_the_operation_of_a_tool(
    traced: Callable[..., list[Span]], protocol: str
) -> None:
    asked, headers = tool_call(protocol, "LastGood", regressionId=41, platform="LINUX")
    asked["params"].setdefault("_meta", {})["traceparent"] = f"00-{TRACE}-{PARENT}-01"

    spans = await asyncio.to_thread(
        traced, lambda client: client.post("/mcp", json=asked, headers=headers)
    )

    [request] = [span for span in spans if span.name == "POST mcp"]
    [operation] = [span for span in spans if span.name == "operation"]
    assert operation.parent_span_id == request.span_id
    assert attributes(request)["graphql.operation.name"] == "LastGood"
    assert {span.trace_id for span in spans} == {request.trace_id}


async def test_trace_of_a_statement_contains_no_values(traced: Callable[..., list[Span]]) -> None:
    query = '{ runs(filter: {branch: "planted-branch"}) { nodes { id } } }'

    def ask(client: httpx.Client) -> None:
        assert client.post("/graphql", json={"query": query}).json()["data"]

    spans = await asyncio.to_thread(traced, ask)

    assert sum("WHERE test.branch = " in str(span) for span in spans) == 1
    assert all("planted" not in str(span) for span in spans)


async def test_trace_has_operations_over_a_websocket(collector: Collector, server: Server) -> None:
    def operations() -> list[Span]:
        return [
            span
            for span in collector.spans
            if attributes(span).get("graphql.operation.name") == "OverWebSocket"
        ]

    async with open_socket(server.origin.removeprefix("http://"), DEMO_TOKEN) as client:
        await client.subscribe("1", "query OverWebSocket { run(id: 11) { id } }")
        assert [(await client.receive())["type"] for _ in range(2)] == ["next", "complete"]
    await asyncio.to_thread(collector.wait_for, lambda: bool(operations()))

    [operation] = operations()
    assert operation.name == "operation"
    children = {s.name for s in collector.spans if s.parent_span_id == operation.span_id}
    assert "RunByIdLoader" in children


async def test_request_log_has_the_trace_id(
    traced: Callable[..., list[Span]], server: Server
) -> None:
    headers = {"X-Request-Id": "traced"}
    spans = await asyncio.to_thread(traced, lambda client: client.get(REST, headers=headers))

    assert server.process.stderr
    lines = map(json.loads, server.process.stderr)
    line = next(line for line in lines if line.get("request_id") == "traced")
    assert line["trace_id"] == spans[0].trace_id.hex()


async def test_requests_are_answered_without_a_trace_collector(
    demo_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with serving(tmp_path, database_url=address(demo_url), opentelemetry="true") as server:
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
        assert server.get(REST, headers=headers).status_code == 200
        server.stop()
    assert server.process.returncode == 0


@pytest.mark.serial
async def test_silent_trace_collector_does_not_delay_shutdown(
    demo_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        collector = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
        with serving(tmp_path, database_url=address(demo_url), opentelemetry="true") as server:
            headers = {"Authorization": f"Bearer {DEMO_TOKEN}"}
            assert server.get(REST, headers=headers).status_code == 200
            started = time.monotonic()
            server.stop()

    assert time.monotonic() - started < STOP_SECONDS + serve.STOP_SECONDS
    assert server.process.returncode == 0


WITHOUT_EXTRA = """
import sys
sys.modules["opentelemetry.exporter"] = None
from gql.cli.main import main
main()
"""


@pytest.mark.parametrize("value", ["true", "false"])
def test_opentelemetry_extra_is_required_only_for_traces(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENTELEMETRY", value)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, "token", "create", "--user-id", "1"],
        capture_output=True,
        text=True,
        check=False,
    )

    if value == "false":
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 1
        assert done.stderr == (
            "Error: OPENTELEMETRY: takes an extra: pip install 'sample-gateway[opentelemetry]'\n"
        )


def test_opentelemetry_is_not_imported_unless_enabled() -> None:
    script = "import sys, gql.app; sys.exit('opentelemetry.exporter' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
