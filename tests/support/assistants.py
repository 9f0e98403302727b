"""Assistants: clients of the protocol's own SDK, and requests as these send them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from gql import demo
from gql.app import create_app
from gql.settings import Settings
from tests.support import gateway

PATH = "/mcp"

NEWEST, WITH_HANDSHAKE = "auto", "legacy"
_NEWEST_VERSION = "2026-07-28"
PROTOCOLS = [NEWEST, WITH_HANDSHAKE]
"""How a client may begin: by the newest protocol, which has no handshake, and as all before it."""


class Assistant:
    """Asks tools, whose answers have a text, and maybe a hint after it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def texts(self, name: str, **arguments: Any) -> tuple[bool, list[str]]:
        """Whether the answer is an error, and its texts."""
        result = await self.client.call_tool(name, arguments)
        texts = [each.text for each in result.content if isinstance(each, TextContent)]
        return result.is_error, texts

    async def ask(self, name: str, **arguments: Any) -> Any:
        """The data of an answer without an error."""
        is_error, texts = await self.texts(name, **arguments)
        answer = json.loads(texts[0])
        assert not is_error, answer
        return answer["data"]

    async def error(self, name: str, **arguments: Any) -> Any:
        is_error, [text] = await self.texts(name, **arguments)
        assert is_error, text
        return json.loads(text)


@asynccontextmanager
async def assistant_at(
    origin: str,
    token: str,
    *,
    protocol: str = NEWEST,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> AsyncIterator[Assistant]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, transport=transport) as http,
        Client(streamable_http_client(origin + PATH, http_client=http), mode=protocol) as client,
    ):
        yield Assistant(client)


@asynccontextmanager
async def assistant(
    settings: Settings, token: str = demo.DEMO_TOKEN, *, protocol: str = NEWEST
) -> AsyncIterator[Assistant]:
    """An assistant of the whole app, in this process.

    It is no fixture: the SDK's task groups must end in the task in which they begin.
    """
    app = create_app(settings)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        assistant_at("http://gateway", token, protocol=protocol, transport=transport) as asking,
    ):
        yield asking


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def tool_call(protocol: str, name: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The message by which a client of a protocol calls a tool, and its headers."""
    headers = {"Accept": "application/json, text/event-stream"}
    called: dict[str, Any] = {"name": name, "arguments": arguments}
    if protocol == NEWEST:
        headers |= {
            "MCP-Protocol-Version": _NEWEST_VERSION,
            "Mcp-Method": "tools/call",
            "Mcp-Name": name,
        }
        called["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": _NEWEST_VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    return message("tools/call", **called), headers


async def post(
    client: gateway.Client, method: str = "tools/list", *, headers: Any = None, **params: Any
) -> httpx.Response:
    """What a client without the SDK gets for a message; all that it says is in one request."""
    accept = {"Accept": "application/json, text/event-stream"}
    return await client.post(PATH, json=message(method, **params), headers=accept | (headers or {}))
