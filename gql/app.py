"""The whole service, built from settings: the only place that knows every part."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hmac import compare_digest

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from gql.database import Database
from gql.errors import Unauthenticated, Unavailable
from gql.execution.breadth_first import BreadthFirstExecution
from gql.execution.documents import ExecutionPolicy
from gql.execution.limits import QueryLimits
from gql.execution.persisted_queries import PersistedQueries
from gql.execution.streaming import Execution
from gql.execution.usage import ExecutionLimits
from gql.explorer import FILES_PATH, BrowserPageMiddleware, Explorer, files
from gql.http import graphql_view
from gql.http.admission import AdmissionMiddleware, ConcurrencyLimit
from gql.http.body_limit import BodyLimitMiddleware
from gql.http.caching import MIN_COMPRESSED_BYTES
from gql.http.error_logging import ErrorLoggingMiddleware
from gql.http.head_requests import HeadRequestsMiddleware
from gql.http.security_headers import SecurityHeadersMiddleware
from gql.http.shutdown import call_on_shutdown
from gql.request.coalescing import RequestCoalescer
from gql.request.context import Context
from gql.request.run_watcher import RunWatcher
from gql.schema.federation import Subgraph
from gql.schema.schema import Schema
from gql.security.rate_limit import RateLimiter
from gql.security.tokens import Authenticator
from gql.settings import Settings, read_documents
from gql.telemetry import metrics, tracing
from gql.telemetry.request_log import RequestLoggingMiddleware
from rest_compat import errors as rest_errors
from rest_compat.app import DOCS_PATH, OPENAPI_PATH, PREFIX, create_rest_app

GRAPHQL_PATH = "/graphql"
METRICS_PATH = "/metrics"
READY_WITHIN_SECONDS = 1
GARBAGE_THRESHOLD = 20_000


def create_app(settings: Settings | None = None) -> FastAPI:
    """The gateway as an ASGI app, by the given settings or else those of the environment."""
    settings = settings or Settings()
    database = Database(
        settings.database_url,
        pool_size=settings.database_pool_size,
        timeout_seconds=settings.database_statement_timeout_seconds,
    )
    authenticator = Authenticator(database, cache_ttl_seconds=settings.token_cache_ttl_seconds)
    rate_limiter = RateLimiter(
        requests=settings.rate_limit_requests,
        window_seconds=settings.rate_limit_window_seconds,
        redis_url=str(settings.redis_url) if settings.redis_url else None,
    )

    run_watcher = RunWatcher(
        database, poll_interval_seconds=settings.subscription_poll_interval_seconds
    )

    def make_context() -> Context:
        return Context(database, run_watcher, coalescer)

    coalescer = RequestCoalescer(
        make_context, queue_timeout_seconds=settings.database_statement_timeout_seconds / 2
    )
    manifest = settings.graphql_trusted_documents
    trusted = read_documents(manifest) if manifest else None
    schema = schema_of(settings, trusted)
    view = graphql_view.GraphQLView(schema, PersistedQueries(trusted), get=settings.graphql_get)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        _spare_the_garbage_collector()
        if settings.opentelemetry:
            tracing.start()
        with call_on_shutdown(view.stop_streams):
            yield
        await run_watcher.close()
        await rate_limiter.close()
        await database.close()
        await asyncio.to_thread(tracing.stop)

    app = FastAPI(
        title="Sample Gateway", openapi_url=None, redirect_slashes=False, lifespan=lifespan
    )
    rest_errors.handle_errors(app)

    @app.get("/")
    def explore() -> RedirectResponse:
        return RedirectResponse(GRAPHQL_PATH)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await database.ping()
        except (TimeoutError, Unavailable):
            return JSONResponse({"status": "unavailable"}, Unavailable.status)
        return JSONResponse({"status": "ok"})

    metrics_token = settings.metrics_token and f"Bearer {settings.metrics_token.get_secret_value()}"

    @app.get(METRICS_PATH)
    def show_metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not metrics_token or not compare_digest(given.encode(), metrics_token.encode()):
            raise Unauthenticated("Metrics need METRICS_TOKEN as the bearer token.")
        content, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(content, media_type=content_type)

    metrics.requests_limit.set(settings.max_concurrent_requests)
    metrics.database_connections_limit.set(settings.database_pool_size)
    concurrency_limit = ConcurrencyLimit(settings.max_concurrent_requests)
    graphql = AdmissionMiddleware(
        BodyLimitMiddleware(
            view, max_bytes=settings.max_body_bytes, error_response=graphql_view.error_response
        ),
        authenticator=authenticator,
        rate_limiter=rate_limiter,
        make_context=make_context,
        concurrency_limit=concurrency_limit,
        error_response=graphql_view.error_response,
    )
    rest = AdmissionMiddleware(
        BodyLimitMiddleware(
            create_rest_app(),
            max_bytes=settings.max_body_bytes,
            error_response=rest_errors.error_response,
        ),
        authenticator=authenticator,
        rate_limiter=rate_limiter,
        make_context=make_context,
        concurrency_limit=concurrency_limit,
        error_response=rest_errors.error_response,
        public_paths=frozenset({PREFIX + OPENAPI_PATH}),
    )
    rest_mount = Mount(PREFIX, _compressed(rest))
    # Starlette's own pattern misses paths with a line break in them.
    rest_mount.path_regex = re.compile(rest_mount.path_regex.pattern, re.DOTALL)
    explorer = Explorer(
        graphql=GRAPHQL_PATH,
        rest=PREFIX + DOCS_PATH,
        openapi=PREFIX + OPENAPI_PATH,
        token=settings.graphiql_token,
    )
    # What is asked most is looked for first.
    app.router.routes[:0] = [
        Route(GRAPHQL_PATH, BrowserPageMiddleware(_compressed(graphql), explorer.graphiql)),
        WebSocketRoute(GRAPHQL_PATH, graphql),
        Route(PREFIX + DOCS_PATH, explorer.rest),
        rest_mount,
        Route(PREFIX, rest),
        Mount(FILES_PATH, files),
    ]
    # Around all else, so that no failure is answered without them.
    app.middleware_stack = RequestLoggingMiddleware(
        ErrorLoggingMiddleware(
            SecurityHeadersMiddleware(HeadRequestsMiddleware(app.build_middleware_stack()))
        ),
        apis={GRAPHQL_PATH: "graphql", PREFIX: "rest"},
    )
    return app


def schema_of(settings: Settings, trusted: Mapping[str, str] | None) -> Schema:
    """The schema that the settings select, with their execution policy."""
    policy = ExecutionPolicy(
        query_limits=QueryLimits(
            depth=settings.graphql_max_depth, tokens=settings.graphql_max_tokens
        ),
        execution_limits=ExecutionLimits(
            objects=settings.graphql_max_objects,
            bytes=settings.graphql_max_response_bytes,
            seconds=settings.graphql_timeout_seconds,
        ),
        max_cost=min(settings.graphql_max_cost, settings.rate_limit_requests),
        introspection=settings.graphql_introspection,
        trusted=None if trusted is None else frozenset(trusted.values()),
    )
    kind = Subgraph if settings.graphql_federation else Schema
    return kind(
        BreadthFirstExecution if settings.graphql_breadth_first_execution else Execution, policy
    )


def _compressed(app: ASGIApp) -> ASGIApp:
    """What the app answers, as gzip where clients take that and it is large.

    Level 1 makes a whole run's 116 kB 29 kB in 0.9 ms of processor time; 9 makes it 24 kB in
    3.6 ms. From 128 KiB on a thread does it. No secret is in an answer beside what a client
    sends, so its size reveals nothing.
    """
    return GZipMiddleware(
        app,
        minimum_size=MIN_COMPRESSED_BYTES,
        compresslevel=1,
        exclude_content_types=("text/event-stream",),  # Each more is looked at in each request.
    )


def _spare_the_garbage_collector() -> None:
    """Have it leave alone what stays, and come less often: it took half of a whole run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
