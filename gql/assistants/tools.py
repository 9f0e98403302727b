"""A tool for each named query: what it takes, and its answer."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

import mcp_types as types
import orjson
from graphql import GraphQLSchema
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message

from gql.errors import BadInput, GatewayError
from gql.execution.selections import selected_fields
from gql.execution.table import Table
from gql.named_queries.documents import NamedQueries, NamedQuery
from gql.named_queries.json_schema import TypeSchemas, described, json_object
from gql.named_queries.variables import as_parameters
from gql.telemetry.request_log import set_request_attributes
from rest_compat.errors import error_body

MAX_ANSWER_BYTES = 100_000
"""An assistant reads all of an answer, and its memory is short."""

_READ_ONLY = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_OK = 200


class Tools:
    """The named queries as tools. `view` answers `GET /queries/{name}`."""

    def __init__(self, schema: GraphQLSchema, queries: NamedQueries, view: ASGIApp) -> None:
        self._schema = schema
        self._queries = queries
        self._view = view
        self._continuing = cache(self._table)

    @cached_property
    def listed(self) -> list[types.Tool]:
        return [_tool(query) for query in self._queries]

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """What a tool takes, or None if there is no such tool."""
        return next((tool.input_schema for tool in self.listed if tool.name == name), None)

    async def call(
        self, request: Request, name: str, arguments: Mapping[str, Any]
    ) -> types.CallToolResult:
        """The answer to a query, with a hint if more rows follow; raises NotFound.

        An answer above MAX_ANSWER_BYTES is an error that says how to ask for less.
        """
        query = self._queries.find(name)
        status, body = await self._ask(request, query, arguments)
        if status != _OK:
            return _result(body.decode(), is_error=True)
        if len(body) > MAX_ANSWER_BYTES:
            return failure(_too_large(query, len(body)))
        return _result(body.decode(), *self._hints(query, body))

    async def _ask(
        self, request: Request, query: NamedQuery, arguments: Mapping[str, Any]
    ) -> tuple[int, bytes]:
        """What `GET /queries/{name}` answers to the same client, as a part of its request."""
        given = {name: value for name, value in arguments.items() if value is not None}
        scope = {
            **request.scope,
            "method": "GET",
            "query_string": urlencode(as_parameters(given), errors="replace").encode(),
            "headers": [(b"accept", b"application/json")],
            "path_params": {"name": query.name},
        }
        status, body = 0, bytearray()

        async def collect(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            body.extend(message.get("body", b""))

        await self._view(scope, request.receive, collect)
        if not status:
            raise ClientDisconnect
        return status, bytes(body).rstrip()

    def _hints(self, query: NamedQuery, body: bytes) -> list[str]:
        """How to ask for the next page, if there is one."""
        table = self._continuing(query.name)
        if table is None or table.after is None:
            return []
        page = table.page_info(orjson.loads(body)["data"])
        if page is None or not page.has_next_page:
            return []
        argument = f'"{table.after}": "{page.end_cursor}"'
        return [f"More rows follow: ask {query.name} again with {argument} and the same others."]

    def _table(self, name: str) -> Table | None:
        query = self._queries.find(name)
        try:
            return Table(selected_fields(self._schema, query.document, query.operation))
        except BadInput:
            return None


def failure(error: GatewayError) -> types.CallToolResult:
    """An error that an assistant sees, with the three fields that REST has."""
    set_request_attributes(code=error.codes.rest)
    return _result(orjson.dumps(error_body(error)).decode(), is_error=True)


def _tool(query: NamedQuery) -> types.Tool:
    schemas = TypeSchemas("#/$defs")
    properties: dict[str, Any] = {}
    for variable in query.variables.values():
        schema = described(schemas.variable(variable), variable.description)
        if variable.example is not None:
            schema["examples"] = [variable.example]
        properties[variable.name] = schema
    required = [each.name for each in query.variables.values() if each.is_required]
    input_schema = json_object(properties, required) | {"additionalProperties": False}
    if schemas.named:
        input_schema["$defs"] = schemas.named
    return types.Tool(
        name=query.name,
        description=query.description or query.name,
        input_schema=input_schema,
        annotations=_READ_ONLY,
    )


def _result(*texts: str, is_error: bool = False) -> types.CallToolResult:
    content = [types.TextContent(text=text) for text in texts]
    return types.CallToolResult(content=content, is_error=is_error)


def _too_large(query: NamedQuery, size: int) -> BadInput:
    variables = query.variables.values()
    sizes = [each.name for each in variables if each.range]
    others = [each.name for each in variables if not each.is_required]
    if sizes:
        remedy = f"Ask again with a smaller {' or '.join(sizes)}."
    elif others:
        remedy = f"Ask for less by {' or '.join(others)}, or ask about a single test."
    else:
        remedy = "Ask another question, about a single test."
    return BadInput(
        f"The answer has {size} bytes, and the limit for an assistant is {MAX_ANSWER_BYTES}. "
        f"{remedy}",
        bound="answer_bytes",
        maximum=MAX_ANSWER_BYTES,
    )
