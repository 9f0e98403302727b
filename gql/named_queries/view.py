"""Named queries over HTTP: the list, its description in OpenAPI, and the answers."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from cross_web import AsyncHTTPRequestAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult

from gql.compat.strawberry import core_schema
from gql.errors import BadInput, GatewayError, MethodNotAllowed
from gql.execution.masked_errors import masked_errors
from gql.execution.persisted_queries import PersistedQueries
from gql.execution.streaming import StreamingSchema
from gql.http.caching import cache_control, conditional_response
from gql.http.graphql_view import JSON, GraphQLView
from gql.http.request_adapter import RequestAdapter
from gql.named_queries.documents import NamedQueries, NamedQuery
from gql.named_queries.openapi import PATH, openapi_of
from gql.named_queries.variables import as_parameters, parse_variables
from rest_compat.errors import ALLOW, error_body, error_response

OPENAPI_NAME = "openapi.json"


class NamedRequest(RequestAdapter):
    @property
    def state(self) -> Any:
        return self._request.state

    @property
    def path_params(self) -> Mapping[str, str]:
        return self._request.path_params

    @property
    def query_name(self) -> str:
        return self.path_params["name"]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return self._request.query_params.multi_items()


class NamedQueryView(GraphQLView):
    """Answers a named query as `GraphQLView` answers its document over GET.

    A response has `data`, and `errors` if parts of it are null for them. The request fails as a
    whole where a variable is at fault or nothing could be answered. All errors have three fields.
    """

    request_adapter_class = NamedRequest

    def __init__(self, schema: StreamingSchema, queries: NamedQueries) -> None:
        super().__init__(
            schema,
            PersistedQueries({}),
            get=True,
            allowed_origins=(),
            websocket_messages_per_minute=0,
        )
        self._allow, self._methods = ALLOW, {"GET"}
        self._queries = queries

    def error_response(self, request: Request, error: GatewayError) -> Response:
        return error_response(request, error)

    def error_as_json(self, error: GatewayError) -> Mapping[str, Any]:
        return error_body(error)

    def query_string(self, request: Request, variables: Mapping[str, Any]) -> str:
        return urlencode(as_parameters(variables))

    async def get_sub_response(self, request: Any) -> Response:
        sub_response = await super().get_sub_response(request)
        sub_response.media_type = JSON
        return sub_response

    def is_answered_in_part(self, request: Request) -> bool:
        """Whether an answer shows what could be read although something failed."""
        return not hasattr(request.state, "table")

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        named = cast("NamedRequest", request)
        query = self._queries.find(named.query_name)
        return GraphQLRequestData(
            query=query.text,
            variables=parse_variables(query.name, query.variables, named.parameters),
            operation_name=query.operation_name,
            extensions=None,
        )

    def encode_json(self, data: object) -> bytes:
        return super().encode_json(data) + b"\n"  # A shell's prompt begins on a line of its own.

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        response: dict[str, Any] = {"data": result.data}
        if result.errors:
            response["errors"] = errors = []
            for error in masked_errors(result.errors):
                cause = cast("GatewayError", error.original_error)
                is_in_part = result.data is not None and self.is_answered_in_part(request)
                if isinstance(cause, BadInput) or not is_in_part:
                    raise cause
                errors.append(error_body(cause))
                if error.path:
                    errors[-1]["details"] = {**cause.details, "path": error.path}
        return cast("GraphQLHTTPResponse", response)


class NamedQueriesApp:
    """Everything below `/queries`, by the path parameter `name`; clients see it below a path."""

    def __init__(self, schema: StreamingSchema, queries: NamedQueries, *, root_path: str) -> None:
        self._schema = schema
        self._root_path = root_path
        self._queries = queries
        self._view = NamedQueryView(schema, queries)
        self.stop_streams = self._view.stop_streams

    @cached_property
    def _list(self) -> bytes:
        return _line({"queries": [_listed(query, self._root_path) for query in self._queries]})

    @cached_property
    def _openapi(self) -> bytes:
        return _line(openapi_of(core_schema(self._schema), self._queries, self._root_path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"].get("name")
        if name is not None and name != OPENAPI_NAME:
            await self._view(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            response = Response(status_code=204, headers={"Allow": ALLOW})
        elif request.method != "GET":
            response = error_response(request, MethodNotAllowed(request.method, ALLOW))
        else:
            document = self._openapi if name else self._list
            headers = {"Cache-Control": cache_control(is_final=False), "Vary": "Authorization"}
            response = conditional_response(request, Response(document, 200, headers, JSON))
        await response(scope, receive, send)


def _line(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def _listed(query: NamedQuery, root_path: str) -> dict[str, Any]:
    return {
        "name": query.name,
        "path": f"{root_path}{PATH}/{query.name}",
        "description": query.description,
        "variables": [
            {
                "name": variable.name,
                "type": str(variable.type),
                "description": variable.description,
                "required": variable.is_required,
                "default": variable.default,
            }
            for variable in query.variables.values()
        ],
    }
