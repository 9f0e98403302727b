"""The service, built from settings: the only module that knows every part."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from gql.badges import PATH as BADGES_PATH
from gql.compat.starlette import match_line_breaks, wrap
from gql.database import Database
from gql.execution.persisted_queries import PersistedQueries
from gql.explorer import COOKBOOK, BrowserPageMiddleware, Explorer, files
from gql.explorer import FILES_PATH as EXPLORER_PATH
from gql.garbage_collection import with_collection
from gql.http import graphql_view
from gql.http.admission import (
    AdmissionMiddleware,
    ConcurrencyLimit,
    ErrorResponse,
    RequestLimits,
)
from gql.http.compression import CompressionMiddleware
from gql.http.file_downloads import FileDownloads
from gql.http.graphql_view import GraphQLView
from gql.http.monitoring import Readiness, monitoring_routes
from gql.http.pipeline import Pipeline
from gql.http.request_body import BodyReceiver
from gql.http.root_path import below
from gql.http.shutdown import call_on_shutdown
from gql.http.unread_limit import UnreadLimitMiddleware
from gql.named_queries.documents import NamedDocument, NamedQueries, cookbook_documents
from gql.named_queries.openapi import PATH as QUERIES_PATH
from gql.named_queries.view import OPENAPI_NAME, NamedQueriesApp
from gql.reports.documents import DOCUMENTS as REPORTS
from gql.reports.view import PATH as REPORTS_PATH
from gql.reports.view import ReportView
from gql.request.coalescing import RequestCoalescer
from gql.request.context import Context
from gql.request.run_watcher import RunWatcher
from gql.request.streams import StreamLimiter
from gql.schema.factory import create_schema
from gql.security.account import Account
from gql.security.counters import Counters
from gql.security.lookups import LookupLimiter
from gql.security.rate_limit import RateLimiter
from gql.security.tokens import Authenticator
from gql.security.work_budget import WorkBudget
from gql.settings import Settings, operation_names, read_documents
from gql.telemetry import metrics, tracing
from rest_compat import errors as rest_errors
from rest_compat.app import DOCS_PATH, OPENAPI_PATH, PREFIX, SAMPLES_PATH, RestApi

if TYPE_CHECKING:
    from gql.assistants.server import Assistants
    from gql.files.platform_files import PlatformFiles

GRAPHQL_PATH = "/graphql"
FILES_PATH = "/files"
MCP_PATH = "/mcp"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The gateway as an ASGI app, from the given settings or those of the environment."""
    services = Services(settings or Settings())
    app = FastAPI(
        title="Sample Gateway",
        openapi_url=None,
        redirect_slashes=False,
        # The gateway has metrics and traces of its own.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan(services),
    )
    apis = _add_routes(app, services)
    _add_pipeline(app, services.settings, apis)
    return app


def create_process_app() -> FastAPI:
    """The same as the only app of its process, whose garbage is collected on a timer."""
    app = create_app()
    app.router.lifespan_context = with_collection(app.router.lifespan_context)
    return app


class Services:
    """What all requests share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            timeout_seconds=settings.database_statement_timeout_seconds,
        )
        self.readiness = Readiness(self.database)
        self.authenticator = Authenticator(
            self.database, cache_ttl_seconds=settings.token_cache_ttl_seconds
        )
        self.files: PlatformFiles | None = None
        if settings.files_url:
            from gql.files import platform_files  # noqa: PLC0415  (it takes 5 MiB)

            self.files = platform_files.PlatformFiles(
                settings.files_url,
                timeout_seconds=settings.files_timeout_seconds,
                answer_seconds=settings.graphql_timeout_seconds,
            )
        self.counters = Counters(str(settings.redis_url) if settings.redis_url else None)
        rate_limiter = RateLimiter(
            self.counters,
            requests=settings.rate_limit_requests,
            window_seconds=settings.rate_limit_window_seconds,
        )
        budget = settings.work_seconds_per_minute
        self.budget = WorkBudget(self.counters, seconds_per_minute=budget)
        self.limits = RequestLimits(
            rate=rate_limiter,
            account=partial(Account, limiter=rate_limiter, budget=self.budget if budget else None),
            lookups=LookupLimiter(rate_limiter),
            bodies=BodyReceiver(
                max_bytes=settings.max_body_bytes,
                timeout_seconds=settings.receive_timeout_seconds,
            ),
            places=ConcurrencyLimit(settings.max_concurrent_requests),
        )
        self.run_watcher = RunWatcher(
            self.database, poll_interval_seconds=settings.subscription_poll_interval_seconds
        )
        self.streams = StreamLimiter(
            of_a_user=settings.max_streams_per_user, of_the_process=settings.max_streams
        )
        self.coalescer = RequestCoalescer(
            self.make_context,
            queue_timeout_seconds=settings.database_statement_timeout_seconds / 2,
        )
        manifest = settings.graphql_trusted_documents
        trusted = read_documents(manifest) if manifest else None
        documents = cookbook_documents(COOKBOOK)
        documents |= {name: NamedDocument(text, {}) for name, text in (trusted or {}).items()}
        texts = {name: document.text for name, document in documents.items()} | REPORTS
        metrics.trust_operations(operation_names(texts))
        schema = create_schema(settings, None if trusted is None else texts)
        queries = NamedQueries(schema, documents)
        if trusted:
            queries.validate()
        self.named_queries = NamedQueriesApp(schema, queries, root_path=settings.root_path)
        self.reports = ReportView(schema)
        self.assistants: Assistants | None = None
        if settings.mcp:
            from gql.assistants import server  # noqa: PLC0415  (it needs an extra)

            self.assistants = server.Assistants(
                schema,
                queries,
                self.named_queries,
                introspection=settings.graphql_introspection,
                allowed_origins=settings.cors_allowed_origins,
            )
        self.graphql_view = GraphQLView(
            schema,
            PersistedQueries(trusted),
            get=settings.graphql_get,
            allowed_origins=settings.cors_allowed_origins,
            websocket_messages_per_minute=settings.websocket_messages_per_minute,
        )
        metrics.requests_limit.set(settings.max_concurrent_requests)
        metrics.database_connections_limit.set(settings.database_pool_size)

    def make_context(self) -> Context:
        return Context(
            self.database,
            self.run_watcher,
            self.coalescer,
            self.streams,
            files=self.files,
            downloads_path=self.settings.root_path + FILES_PATH,
            platform_url=self.settings.platform_url,
        )

    def stop_streams(self) -> None:
        self.graphql_view.stop_streams()
        self.named_queries.stop_streams()

    async def close(self) -> None:
        await self.run_watcher.close()
        await self.budget.close()
        await self.counters.close()
        await self.readiness.close()
        await self.database.close()
        if self.files:
            await self.files.close()


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if services.settings.opentelemetry:
            tracing.start()
        running = services.assistants.run() if services.assistants else nullcontext()
        try:
            with call_on_shutdown(services.stop_streams):
                async with running:
                    yield
        finally:
            await services.close()
            await asyncio.to_thread(tracing.stop)

    return lifespan


def _add_routes(app: FastAPI, services: Services) -> dict[str, ASGIApp]:
    """Add all routes, and return the APIs that the pipeline serves without them."""
    settings = services.settings
    graphql = _limited(services.graphql_view, services, graphql_view.error_response)
    rest = CompressionMiddleware(
        _admitted(
            RestApi(settings.root_path),
            services,
            rest_errors.error_response,
            {PREFIX + OPENAPI_PATH}.__contains__,
        )
    )
    described = {f"{QUERIES_PATH}/{OPENAPI_NAME}"} if settings.graphql_introspection else set()
    named, reports = (
        CompressionMiddleware(
            _limited(view, services, rest_errors.error_response, described.__contains__)
        )
        for view in (services.named_queries, services.reports)
    )
    optional: list[Route] = []
    if assistants := services.assistants:
        limited = _limited(assistants, services, assistants.error_response)
        optional.append(Route(MCP_PATH, CompressionMiddleware(limited)))
    if settings.public_badges:
        from gql.badges.view import BadgeView  # noqa: PLC0415  (few gateways have badges)

        badge = _admitted(BadgeView(), services, rest_errors.error_response, lambda _path: True)
        optional.append(Route(BADGES_PATH + "/{platform}/{branch:path}.svg", badge))
    downloads = FileDownloads(services.files, accel_redirect=settings.files_accel_redirect)
    graphql_or_page: ASGIApp = CompressionMiddleware(graphql)
    rest_page: list[Route] = []
    pages: list[Route] = []
    if settings.explorer:
        explorer = Explorer(
            root_path=settings.root_path,
            graphql=GRAPHQL_PATH,
            rest=PREFIX + DOCS_PATH,
            openapi=PREFIX + OPENAPI_PATH,
            queries=f"{QUERIES_PATH}/{OPENAPI_NAME}",
            token=settings.graphiql_token,
            token_help_url=str(settings.token_help_url or ""),
        )
        graphql_or_page = BrowserPageMiddleware(graphql_or_page, explorer.graphiql)
        rest_page = [Route(PREFIX + DOCS_PATH, explorer.rest)]
        pages = [
            Route(EXPLORER_PATH + "/{name}", files),
            Route("/", RedirectResponse(settings.root_path + GRAPHQL_PATH), methods=["GET"]),
        ]
    # The router tries them in this order: the most frequent ones come first.
    app.router.routes[:] = [
        Route(GRAPHQL_PATH, graphql_or_page),
        WebSocketRoute(GRAPHQL_PATH, graphql),
        *rest_page,
        match_line_breaks(Mount(PREFIX, rest)),
        Route(PREFIX, rest),
        Route(QUERIES_PATH, named),
        Route(QUERIES_PATH + "/{name:path}", named),
        Route(REPORTS_PATH + "/{run_id}/{name}", reports),
        *pages,
        *optional,
        Route(
            FILES_PATH + "/{name:path}",
            _admitted(downloads, services, rest_errors.error_response),
        ),
        *monitoring_routes(services.readiness, settings.metrics_token),
    ]
    return {GRAPHQL_PATH: graphql_or_page, SAMPLES_PATH: rest}


def _limited(
    view: ASGIApp,
    services: Services,
    error_response: ErrorResponse,
    is_public: Callable[[str], bool] = lambda _path: False,
) -> ASGIApp:
    """An API whose answers may be long, behind the admission of requests."""
    limited = UnreadLimitMiddleware(
        view, max_bytes=services.settings.max_unread_bytes, error_response=error_response
    )
    return _admitted(limited, services, error_response, is_public)


def _admitted(
    app: ASGIApp,
    services: Services,
    error_response: ErrorResponse,
    is_public: Callable[[str], bool] = lambda _path: False,
) -> ASGIApp:
    """An API behind the admission of requests."""
    return AdmissionMiddleware(
        app,
        authenticator=services.authenticator,
        limits=services.limits,
        make_context=services.make_context,
        error_response=error_response,
        is_public=is_public,
    )


def _add_pipeline(app: FastAPI, settings: Settings, apis: Mapping[str, ASGIApp]) -> None:
    rest_errors.handle_errors(app)
    wrap(
        app,
        lambda inner: below(
            settings.root_path,
            Pipeline(
                inner,
                apis=apis,
                names={
                    GRAPHQL_PATH: "graphql",
                    PREFIX: "rest",
                    QUERIES_PATH: "queries",
                    REPORTS_PATH: "reports",
                    FILES_PATH: "files",
                    BADGES_PATH: "badges",
                    MCP_PATH: "mcp",
                },
                allowed_origins=settings.cors_allowed_origins,
                error_response=rest_errors.response_to,
            ),
        ),
    )
