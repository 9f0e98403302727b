"""Health checks, and the metrics for Prometheus."""

import asyncio
from hmac import compare_digest

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import SecretStr

from gql.database import Database, DatabaseUnavailable
from gql.errors import CODES, Unauthenticated, Unavailable
from gql.telemetry import metrics

METRICS_PATH = "/metrics"
READY_WITHIN_SECONDS = 1


def monitoring_routes(database: Database, metrics_token: SecretStr | None) -> APIRouter:
    """`/healthz` of the process, `/readyz` of its database, and `/metrics` for the token."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await database.ping()
        except (TimeoutError, DatabaseUnavailable):
            return JSONResponse({"status": "unavailable"}, CODES[Unavailable].status)
        return JSONResponse({"status": "ok"})

    expected = metrics_token and f"Bearer {metrics_token.get_secret_value()}"

    @router.get(METRICS_PATH)
    def show_metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not expected or not compare_digest(given.encode(), expected.encode()):
            raise Unauthenticated("Send METRICS_TOKEN as a bearer token to read the metrics.")
        content, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(content, media_type=content_type)

    return router
