"""The built files of the pages, compressed when they were built; in memory once asked for."""

import hashlib
from functools import cache, cached_property, partial
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gql.http.negotiation import accepts_gzip, all_values

COMPRESSED = ".gz"

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


class StaticFile:
    """The responses with one file: compressed, as it is, and without a body.

    Few clients need it as it is, so that is read when one asks.
    """

    def __init__(self, path: Path, headers: dict[str, str]) -> None:
        self._path = path
        compressed = path.with_name(path.name + COMPRESSED)
        content = compressed.read_bytes() if compressed.exists() else path.read_bytes()
        self._tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._headers = {**headers, "ETag": f"W/{self._tag}", "Vary": "Accept-Encoding"}
        self._not_modified = Response(status_code=304, headers=self._headers)
        self._compressed: Response | None = None
        if compressed.exists():
            self._compressed = self._response(content)
            self._compressed.headers["Content-Encoding"] = "gzip"

    @cached_property
    def _plain(self) -> Response:
        return self._response(self._path.read_bytes())

    def _response(self, content: bytes) -> Response:
        media_type = _MEDIA_TYPES.get(self._path.suffix, "application/octet-stream")
        return Response(content, headers=self._headers, media_type=media_type)

    def response(self, request: Headers) -> Response:
        if self._tag in request.get("if-none-match", ""):
            return self._not_modified
        if self._compressed and accepts_gzip(all_values(request, "accept-encoding")):
            return self._compressed
        return self._plain


class StaticFiles:
    """Serves the files of a folder by the path parameter `name`, with the given headers."""

    def __init__(self, folder: Path, headers: dict[str, str]) -> None:
        self._paths = {path.name: path for path in folder.iterdir() if path.suffix != COMPRESSED}
        self._file = cache(partial(StaticFile, headers=headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._paths.get(scope["path_params"]["name"])
        if path is None:
            raise HTTPException(404)
        if scope["method"] != "GET":
            raise HTTPException(405)
        await self._file(path).response(Headers(scope=scope))(scope, receive, send)
