"""GraphQL over HTTP: Strawberry's view, corrected where it deviates from the specification.

https://graphql.github.io/graphql-over-http/draft/
"""

import logging
from collections.abc import Collection, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from anyio import CancelScope
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from gql.compat.strawberry import QueryParams
from gql.database import DatabaseUnavailable
from gql.errors import (
    CODES,
    BadInput,
    GatewayError,
    InternalError,
    MethodNotAllowed,
    public_error,
)
from gql.execution.documents import OperationRejected
from gql.execution.masked_errors import formatted_error, masked_errors
from gql.execution.persisted_queries import PersistedQueries
from gql.execution.streaming import StreamingSchema
from gql.http.caching import cache_control, conditional_response, is_response_final
from gql.http.cost import show_cost
from gql.http.disconnects import CancelledOnDisconnect
from gql.http.event_stream import EventStream
from gql.http.graphql_websocket import WebSocketAdapter, WebSocketHandler
from gql.http.negotiation import all_values, media_type_quality, names
from gql.http.request_adapter import RequestAdapter
from gql.http.table_responses import TableResponder
from gql.http.tables import table_type
from gql.request.context import Context
from gql.security.account import current_account
from gql.telemetry import tracing
from gql.telemetry.request_log import set_request_attributes

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
INIT_WITHIN = timedelta(seconds=10)

_CACHE_CONTROL = "Cache-Control"
_MAX_LOGGED_ORIGIN = 100

logger = logging.getLogger(__name__)


class GraphQLView(GraphQL[Context, None]):
    """Executes operations in the context that admission created."""

    request_adapter_class = RequestAdapter
    websocket_adapter_class = WebSocketAdapter
    graphql_transport_ws_handler_class = WebSocketHandler
    stream_transport_classes_by_protocol = MappingProxyType({GRAPHQL_SSE_PROTOCOL: EventStream})

    def __init__(
        self,
        schema: StreamingSchema,
        persisted: PersistedQueries,
        *,
        get: bool,
        allowed_origins: Collection[str],
        websocket_messages_per_minute: int,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_WITHIN,
            allowed_origins=tuple(allowed_origins),
        )
        self._documents = schema.documents
        self._persisted = persisted
        self._messages_per_minute = websocket_messages_per_minute
        self._allow = "GET, HEAD, POST, OPTIONS" if get else "POST, OPTIONS"
        self._methods = {"GET", "POST"} if get else {"POST"}
        self._streams: set[CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            websocket = WebSocket(scope, receive, send)
            websocket.state.persisted = self._persisted
            websocket.state.messages_per_minute = self._messages_per_minute
            await self.run(websocket)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except HTTPException as error:
            response = self.error_response(request, BadInput(error.reason))
        except GatewayError as error:
            response = self.error_response(request, error)
        except ClientDisconnect:
            return
        if isinstance(response, StreamingResponse):
            await self._stream(response, scope, receive, send)
        else:
            await response(scope, receive, send)

    def error_response(self, request: Request, error: GatewayError) -> Response:
        return error_response(request, error)

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        is_allowed = super().is_websocket_origin_allowed(request, origin)
        if not is_allowed:
            logger.warning(
                "A page of %s cannot open a WebSocket: CORS_ALLOWED_ORIGINS does not list it",
                origin[:_MAX_LOGGED_ORIGIN],
            )
        return is_allowed

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self._allow})
        if request.method not in self._methods:
            raise MethodNotAllowed(request.method, self._allow)
        response = await self.represented(request, await self._execute(request))
        if _CACHE_CONTROL in response.headers and not isinstance(response, StreamingResponse):
            response.headers["Vary"] = "Accept, Authorization"
            return conditional_response(request, response)
        return response

    async def _execute(self, request: Request) -> Response:
        """The response to an operation; only one that streams takes what Strawberry does for it."""
        adapter = self.request_adapter_class(request)
        operation = await self.parse_http_body(adapter)
        if operation.protocol != "http":
            return await self.run(request)
        response = await self.get_sub_response(request)
        context = await self.get_context(request, response)
        result = await self.execute_single(request, adapter, response, context, None, operation)
        return self.create_response(await self.process_result(request, result), response)

    async def represented(self, request: Request, response: Response) -> Response:
        """The response in the representation that the client asks for."""
        table = getattr(request.state, "table", None)
        return await table.response(response) if table else response

    async def _stream(
        self, response: StreamingResponse, scope: Scope, receive: Receive, send: Send
    ) -> None:
        with CancelScope() as stream:
            self._streams.add(stream)
            try:
                await response(scope, receive, send)
            finally:
                self._streams.remove(stream)
        if stream.cancelled_caught:
            await send({"type": "http.response.body"})

    def stop_streams(self) -> None:
        """Cancel streams without the event that completes them, so that clients reconnect."""
        for stream in self._streams:
            stream.cancel()

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        return cast("Context", request.state.context)

    def should_render_graphql_ide(self, request: Any) -> bool:
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        if request.method == "POST" and request.content_type != JSON:
            raise HTTPException(400, f"Send Content-Type: {JSON}.")
        data = cast("GraphQLRequestData", await super().parse_http_body(request))
        if not isinstance(data.operation_name, str | None):
            raise HTTPException(400, "operationName must be a string or null.")
        data.operation_name = data.operation_name or None
        if data.extensions:
            data.query = self._persisted.query(data.query, data.extensions)
        if not data.query:
            raise HTTPException(400, "The request must have a query.")
        return data

    def parse_query_params(self, params: QueryParams) -> dict[str, Any]:
        # An empty parameter is none: a form sends all of them.
        parsed: dict[str, Any] = {name: text for name, text in params.items() if text}
        for name in ("variables", "extensions"):
            if text := parsed.get(name):
                try:
                    parsed[name] = orjson.loads(text)
                except orjson.JSONDecodeError as error:
                    raise HTTPException(400, f"{name} must be JSON.") from error
        return parsed

    def parse_json(self, data: str | bytes) -> Any:
        parsed = super().parse_json(data)
        if isinstance(parsed, list):
            raise BadInput(
                "A body can have only 1 operation. Send each operation in a request of its own.",
                bound="operations",
                maximum=1,
            )
        if not isinstance(parsed, dict):
            raise HTTPException(400, "The request must be a JSON object.")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        sub_response = await super().get_sub_response(request)
        sub_response.media_type = _media_type(cast("Request", request))
        return sub_response

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        query, name = cast("str", request_data.query), request_data.operation_name
        try:
            requests = await self._documents.authorize(query, name, request_data.variables)
        except OperationRejected as rejected:
            return PreExecutionError(data=None, errors=rejected.errors)
        if (media_type := table_type(request)) and not hasattr(request.state, "table"):
            request.state.table = TableResponder(
                self,
                request,
                request_data,
                self._documents.table(query, name),
                media_type,
                requests,
                self._documents.max_cost,
                self._documents.max_bytes,
            )
        with tracing.span("operation"):
            others = self._documents.without_batch_keys(query, request_data.variables)
            key = (query, name, requests, others, context.scopes)
            async with (
                CancelledOnDisconnect(request),
                context.coalescer.join(key) as shared,
            ):
                shared.scopes = context.scopes
                result = await self.schema.execute(
                    query,
                    request_data.variables,
                    context_value=shared,
                    root_value=root_value,
                    operation_name=name,
                )
                if request.method == "GET" and not result.errors:
                    is_final = await is_response_final(shared)
                    sub_response.headers[_CACHE_CONTROL] = cache_control(is_final=is_final)
                if account := current_account():
                    show_cost(account.cost(shared.work_seconds), request, result, sub_response)
        # If the database gives no answer, the whole response is an error.
        for error in result.errors or ():
            if isinstance(error.original_error, DatabaseUnavailable):
                raise public_error(error.original_error) or InternalError()
        return result

    async def further_page(self, request: Request, operation: GraphQLRequestData) -> Any:
        await request.state.context.reauthenticate()
        if account := current_account():
            await account.charge_event(1)
        adapter = self.request_adapter_class(request)
        result = await self.execute_single(
            request, adapter, Response(), request.state.context, None, operation
        )
        if result.errors:
            raise masked_errors(result.errors)[0].original_error or InternalError()
        return orjson.loads(orjson.dumps(result.data))

    def query_string(self, request: Request, variables: Mapping[str, Any]) -> str:
        parameters = {**request.query_params, "variables": orjson.dumps(variables).decode()}
        return urlencode(parameters)

    def error_as_json(self, error: GatewayError) -> Mapping[str, Any]:
        return formatted_error(error)

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        response: dict[str, Any] = {}
        if result.errors:
            response["errors"] = [error.formatted for error in masked_errors(result.errors)]
        if not isinstance(result, PreExecutionError):
            response["data"] = result.data
        if result.extensions:
            response["extensions"] = result.extensions
        return cast("GraphQLHTTPResponse", response)

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        response = super().create_response(response_data, sub_response)
        response.headers["content-type"] = f"{sub_response.media_type}; charset=utf-8"
        if "data" not in response_data and sub_response.media_type == GRAPHQL_JSON:
            response.status_code = CODES[BadInput].status
        return response


def error_response(request: Request, error: GatewayError) -> Response:
    """The response to a request that is rejected as a whole."""
    set_request_attributes(code=error.codes.graphql)
    media_type = _media_type(request)
    least = CODES[BadInput].status if media_type == GRAPHQL_JSON else 200
    return Response(
        orjson.dumps({"errors": [formatted_error(error)]}),
        status_code=max(error.codes.status, least),
        headers={**error.headers, "content-type": f"{media_type}; charset=utf-8"},
    )


def _media_type(request: Request) -> str:
    if table_type(request):  # What is no table has the status of its error.
        return GRAPHQL_JSON
    accept = all_values(request.headers, "accept")
    graphql_json, json = (media_type_quality(accept, each) for each in (GRAPHQL_JSON, JSON))
    if graphql_json == json:
        return GRAPHQL_JSON if json and names(accept, GRAPHQL_JSON) else JSON
    return GRAPHQL_JSON if graphql_json > json else JSON
