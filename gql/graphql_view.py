"""GraphQL over HTTP: where Strawberry's view leaves the specification, ours returns to it.

https://graphql.github.io/graphql-over-http/draft/
"""

from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from gql.context import Context
from gql.errors import BadInput, GatewayError, MethodNotAllowed, Unavailable
from gql.graphql_errors import formatted, formatted_error

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


class GraphQLView(GraphQL[Context, None]):
    """Executes operations in the context that the gate made."""

    def __init__(self, schema: Any) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            if request.method not in {"GET", "POST"}:
                raise MethodNotAllowed(request.method, allow="GET, POST")
            response = await self.run(request)
        except HTTPException as error:
            response = refuse(request, BadInput(error.reason))
        except GatewayError as error:
            response = refuse(request, error)
        await response(scope, receive, send)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        return cast("Context", request.state.context)

    def should_render_graphql_ide(self, request: Any) -> bool:
        return False

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        data = await super().parse_http_body(request)
        if not isinstance(data, list) and not isinstance(data.operation_name, str | None):
            raise HTTPException(400, "operationName must be a string or null.")
        return data

    def parse_json(self, data: str | bytes) -> Any:
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict | list):
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

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        errors = result.errors or []
        # A database that cannot be reached leaves nothing that could be told as an answer.
        for error in errors:
            if isinstance(error.original_error, Unavailable):
                raise error.original_error
        response: dict[str, Any] = {}
        if errors:
            response["errors"] = [formatted(error) for error in errors]
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
            response.status_code = BadInput.status
        return response


def refuse(request: Request, error: GatewayError) -> Response:
    """The response to a request that is refused as a whole."""
    return Response(
        orjson.dumps({"errors": [formatted_error(error)]}),
        status_code=error.status,
        headers={**error.headers, "content-type": f"{_media_type(request)}; charset=utf-8"},
    )


def _media_type(request: Request) -> str:
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else JSON
