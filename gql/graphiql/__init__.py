"""GraphiQL for people who explore: a page at the GraphQL endpoint, and its files."""

from pathlib import Path

import orjson
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

_DIST = Path(__file__).parent / "dist"

FILES_PATH = "/graphiql"

# Monaco, the editor, styles its lines inline; see README.md beside this file.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_FIRST_QUERY = """\
# Welcome to the Sample Gateway. Run this with Ctrl-Enter: the newest runs, and how they ended.
# Ctrl-Space suggests fields; the book icon on the left opens the documentation of all of them.
query NewestRuns {
  runs(first: 10) {
    nodes {
      id
      status
      platform
      branch
      pullRequest
      startedAt
      summary {
        total
        pass
        fail
        missingOutput
      }
    }
  }
}
"""


class GraphiQL:
    """Shows GraphiQL to browsers that open the endpoint; all else goes on to `app`.

    `token` is filled into the headers, for every visitor to see and use.
    """

    def __init__(self, app: ASGIApp, *, endpoint: str, token: str | None) -> None:
        self.app = app
        headers = {"Authorization": f"Bearer {token or ''}"}
        config = orjson.dumps(
            {
                "endpoint": endpoint,
                "query": _FIRST_QUERY,
                "headers": orjson.dumps(headers, option=orjson.OPT_INDENT_2).decode(),
            }
        )
        page = (_DIST / "index.html").read_text()
        self._page = HTMLResponse(
            page.replace("__GRAPHIQL_CONFIG__", config.decode().replace("<", "\\u003c")),
            headers={
                "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-cache",
                "Vary": "Accept",
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        is_visit = (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            and "query" not in request.query_params
        )
        await (self._page if is_visit else self.app)(scope, receive, send)


files = GZipMiddleware(StaticFiles(directory=_DIST))
