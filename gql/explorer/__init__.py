"""The pages for browsers: GraphiQL for GraphQL, and Swagger UI for REST."""

from html import escape
from pathlib import Path
from string import Template

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gql.explorer.files import StaticFiles
from gql.http.negotiation import all_values, media_type_quality, names
from gql.telemetry.request_log import OTHER_API, set_request_attributes

_FOLDER = Path(__file__).parent
_PAGE = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))

FILES_PATH = "/explorer"

COOKBOOK = (_FOLDER / "cookbook.graphql").read_text(encoding="utf-8").strip().split("\n\n")

HTML = "text/html"
API_MEDIA_TYPES = ("application/json", "application/graphql-response+json")

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "style-src 'self'"
)
# Monaco, GraphiQL's editor, styles its lines inline; see README.md beside this file.
_GRAPHIQL_POLICY = f"{_POLICY} 'unsafe-inline'; worker-src 'self'"


_LOADING = (
    '<p class="loading">Loading…</p><noscript>This page needs JavaScript. '
    "The API does not: send requests with curl, for example.</noscript>"
)
_GRAPHIQL = (
    f'<main id="editor"><h1 class="unseen">GraphiQL</h1><div id="graphiql">{_LOADING}</div></main>'
)
# Swagger UI has a main element, `operations`, and a heading of its own.
_REST = f'<div id="rest">{_LOADING}</div>'


class _Page(HTMLResponse):
    """A page for browsers, which counts as a request to no API."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        set_request_attributes(api=OTHER_API)
        if scope["method"] != "GET":
            raise HTTPException(405)
        await super().__call__(scope, receive, send)


def _headers(policy: str) -> dict[str, str]:
    # After an upgrade, browsers must not mix cached old files with the new page.
    return {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}


class Explorer:
    """The pages, with links to each other.

    They contain the paths of the APIs, below `root_path`, and `token`, which every visitor can see
    and use. `token_help_url`, if it is not empty, is where a visitor gets one.
    """

    def __init__(
        self,
        *,
        root_path: str,
        graphql: str,
        rest: str,
        openapi: str,
        queries: str,
        token: str | None,
        token_help_url: str,
    ) -> None:
        config = orjson.dumps(
            {
                "graphql": root_path + graphql,
                "openapi": root_path + openapi,
                "queries": root_path + queries,
                "token": token or "",
                "cookbook": COOKBOOK,
            }
        )
        self._values = {
            "graphql": root_path + graphql,
            "rest": root_path + rest,
            "files": root_path + FILES_PATH,
            "config": config.decode().replace("<", "\\u003c"),
            "token_link": _token_link(token_help_url) if token_help_url else "",
        }
        self.graphiql = self._page(
            _GRAPHIQL_POLICY, name="graphiql", title="GraphiQL", main="editor", content=_GRAPHIQL
        )
        self.graphiql.headers["Vary"] = "Accept"
        self.rest = self._page(_POLICY, name="rest", title="REST", main="operations", content=_REST)

    def _page(self, policy: str, **values: str) -> Response:
        return _Page(_PAGE.substitute(self._values, **values), headers=_headers(policy))


def _token_link(url: str) -> str:
    return f'<a href="{escape(url)}">Get a token</a>'


class BrowserPageMiddleware:
    """Answers browsers that open the path of `app` with `page`; passes on everything else."""

    def __init__(self, app: ASGIApp, page: Response) -> None:
        self.app = app
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        is_visit = request.method == "GET" and _is_preferred(
            HTML, all_values(request.headers, "accept")
        )
        await (self.page if is_visit else self.app)(scope, receive, send)


def _is_preferred(media_type: str, accept: str) -> bool:
    """Whether the client names the media type, and prefers nothing that the API answers with."""
    quality = media_type_quality(accept, media_type)
    others = max(media_type_quality(accept, each) for each in API_MEDIA_TYPES)
    return names(accept, media_type) and 0 < quality >= others


# A worker obeys the policy of its own response.
files = StaticFiles(_FOLDER / "dist", _headers(_GRAPHIQL_POLICY))
