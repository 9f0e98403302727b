"""`/mcp` takes the token, the limits and the cost of all APIs. Each request stands for itself."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from mcp import MCPError
from prometheus_client import REGISTRY
from starlette.types import Message

from gql.app import create_app
from gql.request import queries
from gql.request.context import Context
from tests.support import rows
from tests.support.assistants import (
    PATH,
    PROTOCOLS,
    assistant,
    assistant_at,
    post,
    tool_call,
)
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

OTHER_SCOPE = "spci_" + "s" * 43
REPORT = {"name": "Report", "arguments": {"runId": 1}}


def of_json_rpc(body: Any) -> Any:
    """The error in a body."""
    assert body["jsonrpc"] == "2.0"
    assert body["id"] is None
    return body["error"]


# Admission


async def test_there_is_nothing_for_assistants_unless_the_setting_says_so(gateway: Client) -> None:
    assert (await post(gateway)).status_code == 404


@pytest.mark.parametrize("authorization", ["", f"Bearer spci_{'x' * 43}"])
async def test_request_without_a_good_token_is_unauthorized(
    platform: Platform, authorization: str
) -> None:
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await post(client, headers={"Authorization": authorization})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    error = of_json_rpc(response.json())
    assert error["message"] == "Bearer token is missing, expired, or invalid."
    assert error["data"]["code"] == "unauthorized"


async def test_token_without_the_scope_is_forbidden(platform: Platform) -> None:
    await platform.add(rows.token(OTHER_SCOPE, scopes_json='["results:read"]'))
    async with running_app(settings(platform.url, mcp=True), OTHER_SCOPE) as client:
        response = await post(client)

    error = of_json_rpc(response.json())
    assert (response.status_code, error["message"]) == (403, "The token lacks the scope runs:read.")


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_assistant_is_told_why_its_token_is_refused(
    platform: Platform, protocol: str
) -> None:
    await platform.add(rows.token(OTHER_SCOPE, scopes_json='["results:read"]'))
    with pytest.raises((MCPError, BaseExceptionGroup)) as raised:
        async with assistant(
            settings(platform.url, mcp=True), OTHER_SCOPE, protocol=protocol
        ) as asking:
            await asking.client.list_tools()

    assert raised.group_contains(MCPError, match="lacks the scope") or raised.match(
        "lacks the scope"
    )


async def test_tool_costs_what_its_query_costs(client: Client, demo_url: Any) -> None:
    by_name = await client.get("/queries/BrokenInPullRequest?pullRequest=1556&platform=LINUX")
    question = {"pullRequest": 1556, "platform": "LINUX"}
    limited = settings(demo_url, mcp=True, rate_limit_requests=100)
    async with running_app(limited) as assistants:
        response = await post(
            assistants, "tools/call", name="BrokenInPullRequest", arguments=question
        )

    cost = int(by_name.headers["x-cost-requested"])
    assert cost > 1
    assert int(response.headers["x-ratelimit-remaining"]) == 100 - cost


async def test_request_beyond_the_rate_limit_is_rejected(platform: Platform) -> None:
    limited = settings(platform.url, mcp=True, rate_limit_requests=1)
    async with running_app(limited, platform.token) as client:
        # The window slides: a second request may find room in the next one.
        *_, response = [await post(client) for _ in range(3)]

    error = of_json_rpc(response.json())
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) >= 1
    assert error["message"].startswith("Rate limit exceeded. Retry after ")
    assert error["data"]["code"] == "rate_limited"


async def test_tool_beyond_the_rate_limit_is_an_error_that_the_assistant_sees(
    demo_url: Any,
) -> None:
    question = {"pullRequest": 1556, "platform": "LINUX"}
    limited = settings(demo_url, mcp=True, rate_limit_requests=7)
    async with running_app(limited) as client:
        for _ in range(5):
            await post(client)
        response = await post(client, "tools/call", name="BrokenInPullRequest", arguments=question)

    result = response.json()["result"]
    error = json.loads(result["content"][0]["text"])
    assert (response.status_code, result["isError"]) == (200, True)
    assert error["code"] == "rate_limited", error
    assert error["message"].startswith("Rate limit exceeded. Retry after ")


async def test_body_that_is_too_large_is_rejected(platform: Platform) -> None:
    small = settings(platform.url, mcp=True, max_body_bytes=100)
    async with running_app(small, platform.token) as client:
        response = await post(client, "tools/call", name="Report", arguments={"runId": "9" * 100})

    assert response.status_code == 413
    assert of_json_rpc(response.json())["data"]["code"] == "body_too_large"


async def test_unavailable_database_is_an_error(platform: Platform) -> None:
    missing = platform.url.set(database="/nowhere/none.sqlite")
    async with running_app(settings(missing, mcp=True), platform.token) as client:
        response = await post(client)

    assert response.status_code == 503
    assert of_json_rpc(response.json())["data"]["code"] == "unavailable"


async def test_tool_is_counted_by_its_name(platform: Platform) -> None:
    labels = {"api": "mcp", "operation": "Report", "status": "200", "code": ""}

    def requests() -> float:
        return REGISTRY.get_sample_value("gateway_requests_total", labels) or 0

    before = requests()
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        await post(client, "tools/call", **REPORT)

    assert requests() == before + 1


# HTTP


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT"])
async def test_there_are_no_sessions_and_no_streams(platform: Platform, method: str) -> None:
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await client.request(method, PATH, headers={"Accept": "text/event-stream"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST, OPTIONS")


async def test_options_lists_the_methods(platform: Platform) -> None:
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await client.options(PATH)

    assert (response.status_code, response.headers["allow"]) == (204, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[]", -32602),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/nothing"}', -32601),
        (b"[" * 50_000, -32700),
    ],
)
async def test_what_is_no_message_is_refused(platform: Platform, body: bytes, code: int) -> None:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await client.post(PATH, content=body, headers=headers)

    assert response.json()["error"]["code"] == code


async def test_text_that_is_no_unicode_finds_nothing(platform: Platform) -> None:
    body = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": '
        b'{"name": "FailsToday", "arguments": {"branch": "\\ud800\\u0000"}}}'
    )
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await client.post(PATH, content=body, headers=headers)

    text = response.text
    assert "Traceback" not in text
    assert response.status_code in {200, 400}


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://gateway", 200),
        ("https://chat.example.org", 200),
        ("https://chat.example.org:443", 200),
        ("https://other.example.org", 403),
        ("null", 403),
        ("nonsense", 403),
    ],
)
async def test_page_of_another_origin_may_ask_only_if_the_setting_lists_it(
    platform: Platform, origin: str | None, status: int
) -> None:
    served = settings(platform.url, mcp=True, cors_allowed_origins="https://chat.example.org")
    async with running_app(served, platform.token) as client:
        response = await post(client, headers={"Origin": origin} if origin else {})

    assert response.status_code == status
    if status == 403:
        assert of_json_rpc(response.json())["message"] == (
            f"Pages of {origin} may not use this. CORS_ALLOWED_ORIGINS lists the origins whose "
            "pages may."
        )


async def test_gateway_may_be_reached_by_any_name(platform: Platform) -> None:
    async with running_app(settings(platform.url, mcp=True), platform.token) as client:
        response = await post(client, headers={"Host": "anything.example:1234"})

    assert response.status_code == 200


async def test_path_below_a_root_path_is_served(platform: Platform) -> None:
    served = settings(platform.url, mcp=True, root_path="/gateway")
    app = create_app(served)
    async with (
        app.router.lifespan_context(app),
        assistant_at(
            "http://gateway/gateway", platform.token, transport=httpx2.ASGITransport(app)
        ) as asking,
    ):
        assert (await asking.ask("Report", runId=1)) == {"run": None}


# A client that leaves


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_what_a_client_has_begun_is_aborted_when_it_leaves(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    begun, aborted = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any, **__: Any) -> None:
        begun.set()
        await aborted.wait()

    async def abort(_context: Context) -> None:
        aborted.set()

    monkeypatch.setattr(queries, "page_of_runs", wait)
    monkeypatch.setattr(Context, "abort", abort)
    asked, headers = tool_call(protocol, "PullRequest", pullRequest=1)
    body = [{"type": "http.request", "body": json.dumps(asked).encode(), "more_body": False}]

    async def receive() -> Message:
        if body:
            return body.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pytest.fail("Nobody reads a response.")

    app = create_app(settings(platform.url, mcp=True))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "server": ("gateway", 80),
        "headers": [
            (b"host", b"gateway"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {platform.token}".encode()),
            *((name.lower().encode(), text.encode()) for name, text in headers.items()),
        ],
    }
    async with app.router.lifespan_context(app), asyncio.timeout(10):
        await app(scope, receive, send)

    assert aborted.is_set()
