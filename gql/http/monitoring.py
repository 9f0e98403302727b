"""Health checks, and the metrics for Prometheus."""

import asyncio
from hmac import compare_digest

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gql.database import Database, DatabaseUnavailable
from gql.errors import CODES, Unauthenticated, Unavailable
from gql.telemetry import metrics

METRICS_PATH = "/metrics"
READY_WITHIN_SECONDS = 1


class Readiness:
    """Checks whether the database answers, on a connection of its own.

    Checks at the same time share one statement.
    """

    def __init__(self, database: Database) -> None:
        self._database = database.for_health_checks(READY_WITHIN_SECONDS)
        self._check: asyncio.Task[bool] | None = None

    async def is_ready(self) -> bool:
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._is_answered())
        return await asyncio.shield(self._check)

    async def _is_answered(self) -> bool:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await self._database.ping()
        except (TimeoutError, DatabaseUnavailable):
            return False
        return True

    async def close(self) -> None:
        await self._database.close()


def monitoring_routes(readiness: Readiness, metrics_token: SecretStr | None) -> list[Route]:
    """`/healthz` of the process, `/readyz` of its database, and `/metrics` for the token."""

    # Not in a thread, where it would wait for those of requests.
    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        if await readiness.is_ready():
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "unavailable"}, CODES[Unavailable].status)

    expected = metrics_token and f"Bearer {metrics_token.get_secret_value()}"

    def show_metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not expected or not compare_digest(given.encode(), expected.encode()):
            raise Unauthenticated("Send METRICS_TOKEN as a bearer token to read the metrics.")
        content, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(content, media_type=content_type)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route(METRICS_PATH, show_metrics),
    ]
