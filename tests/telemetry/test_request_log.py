"""The log has one line of JSON for each request, and its id in all that is logged meanwhile."""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from gql.telemetry.log import Line
from gql.telemetry.request_log import CLIENT_DISCONNECTED, LoggedRequest
from tests.docs.documents import blocks
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.paths import DOCS
from tests.support.platform import Platform
from tests.support.server import Server, address, logged, serving
from tests.support.subscriptions import open_socket

Lines = list[dict[str, Any]]
Log = Callable[[Callable[[httpx.Client], object]], Lines]

pytestmark = only_on("sqlite")

DOCUMENT = DOCS / "monitoring.md"
REST = "/api/v1/runs/1/samples/1"
FORGED = '"}\n{"level":"info","message":"request","path":"/forged"}\r\n'


@pytest.fixture(autouse=True)
def _on_one_engine(engine: str) -> None:
    """What is logged does not depend on the engine."""


OPTIONS = {"log_level": "info", "rate_limit_requests": 1000}


@pytest.fixture(scope="module")
def server(_tables: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("gateway")
    with serving(directory, database_url=address(_tables.url), **OPTIONS) as server:
        yield server


@pytest.fixture
async def log(platform: Platform, server: Server) -> Log:
    """Gives the lines that a gateway logs while a client sends requests."""

    def log(ask: Callable[[httpx.Client], object]) -> Lines:
        with client_of(server, platform) as client:
            lines_until_request(server, client, "begin")
            ask(client)
            return lines_until_request(server, client, "end")

    return log


def client_of(server: Server, platform: Platform) -> httpx.Client:
    headers = {"Authorization": f"Bearer {platform.token}"}
    return httpx.Client(base_url=server.origin, headers=headers)


def lines_until_request(server: Server, client: httpx.Client, id: str) -> Lines:
    """The lines that were logged before that of a request that is sent now."""
    client.get("/healthz", headers={"X-Request-Id": id})
    assert server.process.stderr
    lines = map(json.loads, server.process.stderr)
    return list(takewhile(lambda line: line["request_id"] != id, lines))


@pytest.fixture
async def log_at(platform: Platform, tmp_path: Path) -> Callable[..., Lines]:
    """Gives the lines that a gateway with a log level of its own logs."""

    def log(level: str, ask: Callable[[httpx.Client], object]) -> Lines:
        options = OPTIONS | {"log_level": level}
        with serving(tmp_path, database_url=address(platform.url), **options) as server:
            with client_of(server, platform) as client:
                ask(client)
            _, errors = server.stop()
        return logged(errors)

    return log


def query(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.post("/graphql", json={"query": query}, headers=headers)


async def test_request_is_logged_as_one_line(platform: Platform, log: Log) -> None:
    def ask(client: httpx.Client) -> None:
        answers.append(query(client, "query Tags { tags { name } }"))
        answers.append(client.get(REST))
        answers.append(client.get(REST, headers={"Authorization": "Bearer spci_" + "n" * 43}))

    await platform.add(rows.token("spci_" + "n" * 43, id=77, scopes_json="[]"))
    answers: list[httpx.Response] = []
    lines = await asyncio.to_thread(log, ask)

    for line, answer in zip(lines, answers, strict=True):
        assert line["level"] == "info"
        assert line["message"] == "request"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}(\.\d{6})?\+00:00", line["time"])
        assert line["request_id"] == answer.headers["x-request-id"]
        assert line["status"] == answer.status_code
        assert line["bytes"] == len(answer.content)
        assert 0 < line["duration_ms"] < 60_000
    assert len({line["request_id"] for line in lines}) == 3
    [shown] = blocks(DOCS / "monitoring.md", "json")
    assert list(lines[0]) == list(json.loads(shown))
    values = [
        [line[fact] for fact in ("method", "path", "api", "operation", "code", "client", "cost")]
        for line in lines
    ]
    assert values == [
        ["POST", "/graphql", "graphql", "Tags", "", "token:1", 1],
        ["GET", REST, "rest", "getRunSample", "not_found", "token:1", 1],
        ["GET", REST, "rest", "", "forbidden", "token:77", 1],
    ]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("path", "accept", "api"),
    [
        ("/graphql", "*/*", "graphql"),
        ("/graphql", "text/html", "other"),
        ("/graphql/", "*/*", "graphql"),
        ("/graphqls", "*/*", "other"),
        ("/api/v1", "*/*", "rest"),
        ("/api/v1/nothing", "*/*", "rest"),
        ("/api/v1/docs", "*/*", "other"),
        ("/api/v10/runs", "*/*", "other"),
    ],
)
async def test_request_log_has_the_api_of_the_path(
    gateway: Client,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    path: str,
    accept: str,
    api: str,
) -> None:
    with caplog.at_level("INFO", logger="gql"):
        await gateway.get(path, headers={"accept": accept})

    [line] = logged(capsys.readouterr().err)
    assert line["api"] == api


async def test_request_id_of_a_proxy_is_used_if_well_formed(log: Log) -> None:
    given = ["a-proxy.gave_this.1", "x" * 65, "two words", "", "naïve"]

    def ask(client: httpx.Client) -> None:
        for id in given:
            headers = {"X-Request-Id": id.encode()}
            answers.append(client.get("/healthz", headers=headers).headers["x-request-id"])  # type: ignore[arg-type]

    answers: list[str] = []
    await asyncio.to_thread(log, ask)

    assert answers[0] == given[0]
    assert all(re.fullmatch("[0-9a-f]{16}", id) for id in answers[1:])
    assert len(set(answers)) == len(given)


async def test_error_is_logged_with_its_request_id(
    platform: Platform, log_at: Callable[..., Lines]
) -> None:
    def ask(client: httpx.Client) -> None:
        rename("test", "gone")
        client.get(REST, headers={"X-Request-Id": "rest"})
        query(client, "{ run(id: 1) { id } }", **{"X-Request-Id": "graphql"})
        rename("gone", "test")

    def rename(table: str, to: str) -> None:
        with closing(sqlite3.connect(str(platform.url.database))) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO {to}")

    lines = await asyncio.to_thread(log_at, "error", ask)

    assert {line["request_id"] for line in lines} == {"rest", "graphql"}
    assert all("Traceback" in line["exception"] for line in lines)


async def test_log_line_cannot_be_forged(log: Log) -> None:
    def ask(client: httpx.Client) -> None:
        client.get("/api/v1/" + quote(FORGED))
        query(client, "query A { x }", **{"User-Agent": "forged"})
        client.post("/graphql", json={"query": "{ __typename }", "operationName": FORGED})

    lines = await asyncio.to_thread(log, ask)

    assert [line["path"] for line in lines] == ["/api/v1/" + FORGED, "/graphql", "/graphql"]


async def test_logged_values_are_cut(log: Log) -> None:
    def ask(client: httpx.Client) -> None:
        client.get("/" + "x" * 10_000)
        query(client, f"query {'X' * 10_000} {{ __typename }}")

    lines = await asyncio.to_thread(log, ask)

    assert [len(line["path"]) for line in lines] == [200, len("/graphql")]
    assert len(lines[1]["operation"]) == 200


async def test_token_in_a_path_is_masked_in_the_log(platform: Platform, log: Log) -> None:
    lines = await asyncio.to_thread(log, lambda client: client.get(f"/runs/{platform.token}/x"))

    assert [line["path"] for line in lines] == ["/runs/spci_…/x"]


async def test_request_log_can_be_disabled(log_at: Callable[..., Lines]) -> None:
    assert await asyncio.to_thread(log_at, "WARNING", lambda client: client.get(REST)) == []


async def test_operation_over_a_websocket_is_logged_as_one_line(
    platform: Platform, tmp_path: Path
) -> None:
    unknown = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}

    server = Server(tmp_path, database_url=address(platform.url), log_level="info")
    await asyncio.to_thread(server.wait_for, "/healthz", 200)
    async with open_socket(server.origin.removeprefix("http://"), platform.token) as client:
        for id in ("1", "2"):
            await client.subscribe(id, "query Tags { tags { name } }")
            assert [(await client.receive())["type"] for _ in range(2)] == ["next", "complete"]
        await client.send("subscribe", id="3", payload={"query": "", "extensions": unknown})
        assert (await client.receive())["type"] == "error"
    _, errors = await asyncio.to_thread(server.stop)

    lines = [line for line in logged(errors) if line["message"] != "request"]
    assert [line["message"] for line in lines] == [*["operation"] * 3, "websocket"]
    assert [line["operation"] for line in lines] == ["Tags", "Tags", "", ""]
    assert [line["code"] for line in lines] == ["", "", "PERSISTED_QUERY_NOT_FOUND", ""]
    assert [line["cost"] for line in lines] == [1, 1, 1, 1], "to open a connection is a request too"
    assert {line["client"] for line in lines} == {"token:1"}
    assert len({line["request_id"] for line in lines}) == 1


@pytest.mark.quick
async def test_request_of_a_disconnected_client_is_logged_with_its_own_status(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None}
    with caplog.at_level("INFO", logger="gql"), LoggedRequest(scope, {}):
        pass  # Its client leaves.

    [line] = logged(capsys.readouterr().err)
    assert line["status"] == CLIENT_DISCONNECTED


@pytest.mark.quick
def test_lone_surrogate_is_logged() -> None:
    record = logging.LogRecord("gql", logging.INFO, "", 0, "half: \ud800", (), None)

    assert json.loads(Line().format(record))["message"] == "half: \ud800"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gql.telemetry.log._is_terminal", lambda: True)


@pytest.mark.quick
@pytest.mark.usefixtures("terminal")
async def test_request_is_a_short_line_on_a_terminal(
    gateway: Client, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="gql"):
        await gateway.post("/graphql", json={"query": "query Tags { tags { id } }"})
        await gateway.post("/graphql", json={"query": "{ nothing }"})

    good, bad = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d  POST  /graphql  200  \d+ ms  Tags", good)
    assert bad.endswith("  BAD_USER_INPUT")


@pytest.mark.quick
@pytest.mark.usefixtures("terminal")
async def test_client_cannot_move_the_cursor_of_a_terminal(
    gateway: Client, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="gql"):
        await gateway.get("/%1b[2Jhidden%0a")

    assert "  GET  /\ufffd[2Jhidden\ufffd  404  " in capsys.readouterr().err


@pytest.mark.quick
@pytest.mark.usefixtures("terminal")
def test_warning_and_its_exception_are_readable_on_a_terminal() -> None:
    record = logging.LogRecord("gql", logging.WARNING, "", 0, "gone", (), None)
    record.exc_info = (ZeroDivisionError, ZeroDivisionError("by zero"), None)

    line, exception = Line().format(record).splitlines()
    assert line.endswith("  warning: gone")
    assert exception == "ZeroDivisionError: by zero"
