"""Reports of a run over HTTP: `/reports/{run_id}/junit.xml` and `/reports/{run_id}/summary.md`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter
from starlette.requests import Request
from starlette.responses import Response
from strawberry.http import GraphQLRequestData

from gql.compat.strawberry import core_schema
from gql.domain.comparison import ComparisonWarning
from gql.errors import BadInput, NotFound, shortened
from gql.execution.streaming import StreamingSchema
from gql.named_queries.documents import NamedDocument, NamedQueries
from gql.named_queries.variables import parse_variables
from gql.named_queries.view import NamedQueryView, NamedRequest
from gql.reports.documents import DOCUMENTS
from gql.reports.summary import summary

PATH = "/reports"

Run = Mapping[str, Any]


class ReportView(NamedQueryView):
    """Answers a query of its own as `NamedQueryView` does, and writes a report of the answer."""

    def __init__(self, schema: StreamingSchema) -> None:
        documents = {name: NamedDocument(text, {}) for name, text in DOCUMENTS.items()}
        super().__init__(schema, NamedQueries(schema, documents))
        self._reports: dict[str, tuple[str, str, Callable[..., Awaitable[bytes]]]] = {
            "junit.xml": ("ReportTests", "application/xml", self._junit),
            "summary.md": ("ReportSummary", "text/markdown", self._summary),
        }
        warnings: Any = core_schema(schema).type_map["ComparisonWarning"]
        self._meanings = {name: value.description for name, value in warnings.values.items()}

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        named = cast("NamedRequest", request)
        if named.query_name not in self._reports:
            raise NotFound(
                f'There is no report named "{shortened(named.query_name)}". '
                f"A run has {' and '.join(self._reports)}.",
                resource="report",
                name=shortened(named.query_name),
            )
        query = self._queries.find(self._reports[named.query_name][0])
        given = [("runId", named.path_params["run_id"]), *named.parameters]
        variables = {"runId": query.variables["runId"]}
        operation = GraphQLRequestData(
            query=query.text,
            variables=parse_variables(named.query_name, variables, given),
            operation_name=query.operation_name,
            extensions=None,
        )
        named.state.operation, named.state.table = operation, None
        return operation

    def is_answered_in_part(self, request: Request) -> bool:
        return False

    async def represented(self, request: Request, response: Response) -> Response:
        _, media_type, write = self._reports[request.path_params["name"]]
        run = orjson.loads(cast("bytes", response.body))["data"]["run"]
        if run is None:
            run_id = request.state.operation.variables["runId"]
            raise NotFound(f"Run {run_id} not found.", resource="run", id=run_id)
        kept = ("cache-control", "x-cost-")
        headers = {name: value for name, value in response.headers.items() if name.startswith(kept)}
        content = await write(request, run)
        return Response(content, 200, headers, f"{media_type}; charset=utf-8")

    async def _junit(self, request: Request, run: Run) -> bytes:
        page, operation = run["samples"], request.state.operation
        samples = page["nodes"]
        while page["pageInfo"]["hasNextPage"]:
            if len(samples) >= self._documents.max_cost * len(page["nodes"]):
                raise BadInput("The run has too many tests for a report. Ask for its samples.")
            after = page["pageInfo"]["endCursor"]
            variables = {**operation.variables, "after": after}
            data = await self.further_page(request, replace(operation, variables=variables))
            page = data["run"]["samples"]
            samples += page["nodes"]
        from gql.reports.junit import junit  # noqa: PLC0415  (few gateways write XML)

        return junit(run, samples)

    async def _summary(self, _request: Request, run: Run) -> bytes:
        return summary(run, self._meaning).encode()

    def _meaning(self, warning: ComparisonWarning) -> str:
        return str(self._meanings[warning.name])
