"""Answers as tables, one page as CSV or as many pages as their cost allows as JSON lines."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from strawberry.http import GraphQLRequestData

from gql.errors import CODES, BadInput, GatewayError
from gql.execution.table import PageInfo, Table
from gql.http.tables import CSV, NDJSON, csv_of, last_line, lines_of
from gql.security.account import current_account

_STATUSES = {codes.graphql: codes.status for codes in reversed(CODES.values())}
_OF_THE_BODY = {"content-length", "content-type"}


class _View(Protocol):
    async def further_page(self, request: Request, operation: GraphQLRequestData) -> Any:
        """The data of another page; raises GatewayError without all of it."""

    def query_string(self, request: Request, variables: Mapping[str, Any]) -> str:
        """The query string of the request with other variables."""

    def error_as_json(self, error: GatewayError) -> Mapping[str, Any]:
        """The error as the API has it."""


@dataclass(frozen=True)
class TableResponder:
    """Makes the response to a request for a table of the answer to an operation.

    A page costs `cost` requests, and all of them together up to `max_cost`. A page of CSV has up
    to `max_bytes`.
    """

    view: _View
    request: Request
    operation: GraphQLRequestData
    table: Table
    media_type: str
    cost: int
    max_cost: int
    max_bytes: int

    def __post_init__(self) -> None:
        if self.media_type == NDJSON and self.table.lacks_page_info:
            raise BadInput(
                f"{NDJSON} ends with the cursor of the next page, and the query asks for none. "
                "Add pageInfo { hasNextPage endCursor } to the list."
            )

    async def response(self, answer: Response) -> Response:
        """The answer as a table, or the answer itself with the status of its error."""
        body = orjson.loads(cast("bytes", answer.body))
        if errors := body.get("errors"):
            status = _STATUSES.get(errors[0].get("extensions", {}).get("code"), 400)
            answer.status_code = max(answer.status_code, status)
            return answer
        kept = answer.headers.items()
        headers = {name: value for name, value in kept if name not in _OF_THE_BODY}
        if self.media_type == CSV:
            return await self._csv(body["data"], headers)
        return await self._lines(body["data"], headers)

    def _variables(self, cursor: str | None) -> dict[str, Any]:
        return {**(self.operation.variables or {}), str(self.table.after): cursor}

    async def _csv(self, data: Mapping[str, Any], headers: dict[str, str]) -> Response:
        page_info = self.table.page_info(data)
        if page_info and page_info.has_next_page and page_info.end_cursor and self.table.after:
            variables = self._variables(page_info.end_cursor)
            query_string = self.view.query_string(self.request, variables)
            headers["Link"] = f'<?{query_string}>; rel="next"'
        content = await csv_of(self.table, data, max_bytes=self.max_bytes)
        return Response(content, 200, headers, f"{CSV}; charset=utf-8; header=present")

    async def _lines(self, data: Mapping[str, Any], headers: dict[str, str]) -> Response:
        page_info = self.table.page_info(data)
        if page_info is None:
            raise BadInput(
                f"{NDJSON} continues one list, and the answer has several of the kind. "
                "Ask for one of them."
            )
        first = await lines_of(self.table, data)
        continues = page_info.has_next_page and page_info.end_cursor and self.table.after
        if not continues or 2 * self.cost > self.max_cost:
            return Response(first + last_line(page_info), 200, headers, NDJSON)
        return StreamingResponse(
            self._pages(first, page_info),
            headers={"Cache-Control": "no-store", "Vary": "Accept, Authorization"},
            media_type=NDJSON,
        )

    async def _pages(self, first: bytes, page_info: PageInfo) -> AsyncIterator[bytes]:
        yield first
        context = self.request.state.context
        account = current_account()
        spent = self.cost
        error: Mapping[str, Any] | None = None
        try:
            with context.streams.stream(account.user if account else None):
                while page_info.has_next_page and spent + self.cost <= self.max_cost:
                    variables = self._variables(page_info.end_cursor)
                    operation = replace(self.operation, variables=variables)
                    data = await self.view.further_page(self.request, operation)
                    spent += self.cost
                    yield await lines_of(self.table, data)
                    page_info = self.table.page_info(data) or PageInfo(
                        has_next_page=False, end_cursor=None
                    )
        except GatewayError as failure:
            error = self.view.error_as_json(failure)
        except ClientDisconnect:
            return
        yield last_line(page_info, error)
