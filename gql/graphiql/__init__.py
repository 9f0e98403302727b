"""GraphiQL for people who explore: a page at the GraphQL endpoint, and its files."""

import mimetypes
from pathlib import Path
from typing import Any

import orjson
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

_DIST = Path(__file__).parent / "dist"

FILES_PATH = "/graphiql"

# Python before 3.14 knows fonts only where the system does, and old names for JavaScript.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/ttf", ".ttf")
mimetypes.add_type("font/woff2", ".woff2")

# Monaco, the editor, styles its lines inline; see README.md beside this file.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# On the files too: a worker obeys the policy it came with. After an upgrade, no browser
# may mix its old files with the new page.
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-cache",
}

_FIRST_QUERY = """\
# The newest runs, and how they stand.
# Ctrl-Enter runs, Ctrl-Space completes.
query NewestRuns {
  runs(first: 10) {
    nodes {
      id
      status
      platform
      branch
      startedAt
      summary {
        total
        pass
        fail
        missingOutput
        skipped
        running
        notStarted
      }
    }
  }
}"""


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
        page = (_DIST / "index.html").read_text(encoding="utf-8")
        self._page = HTMLResponse(
            page.replace("__GRAPHIQL_CONFIG__", config.decode().replace("<", "\\u003c")),
            headers=_HEADERS | {"Vary": "Accept"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        is_visit = (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            and "query" not in request.query_params
        )
        await (self._page if is_visit else self.app)(scope, receive, send)


class _Files(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_HEADERS)
        return response


# Level 5 takes half the time of the default, 9, and adds a hundredth to the size.
files = GZipMiddleware(_Files(directory=_DIST), compresslevel=5)
