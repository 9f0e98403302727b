"""The built files of the pages, held in memory and compressed when they were built."""

import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gql.http.negotiation import accepts_gzip, all_values

COMPRESSED = ".gz"

# Python before 3.14 has an old type for JavaScript, and fonts only if the system knows them.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/ttf", ".ttf")
mimetypes.add_type("font/woff2", ".woff2")


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
        media_type, _ = mimetypes.guess_type(self._path.name)
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
        self._files = {
            path.name: StaticFile(path, headers)
            for path in folder.iterdir()
            if path.suffix != COMPRESSED
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._files.get(scope["path_params"]["name"])
        if file is None:
            raise HTTPException(404)
        if scope["method"] != "GET":
            raise HTTPException(405)
        await file.response(Headers(scope=scope))(scope, receive, send)
