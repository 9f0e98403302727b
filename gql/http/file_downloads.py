"""Downloads of the platform's files, whole or in part (RFC 9110), by name.

A file whose name has a hash never changes, so its hash is its ETag. With nginx before the gateway
the files need not pass through it: X-Accel-Redirect has nginx send them.
"""

import re
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gql.errors import MethodNotAllowed, NotFound
from gql.files.names import hash_of, parsed_name
from gql.security.tokens import READ_RESULTS

if TYPE_CHECKING:
    from gql.files.platform_files import PlatformFiles
    from gql.files.store import StoredFile

_IMMUTABLE: Final = "private, max-age=31536000, immutable"
_REVALIDATED: Final = "private, no-cache"
# No file has a size of so many digits, of which Python converts only some thousands to a number.
_ONE_RANGE: Final = re.compile(r"bytes=\s*(\d{0,100})-(\d{0,100})\s*", re.ASCII | re.IGNORECASE)


class FileDownloads:
    """Answers GET for the name of an output, a log or a media file.

    With `accel_redirect` the response names the file under this location of nginx, and has no
    body.
    """

    def __init__(self, files: "PlatformFiles | None", *, accel_redirect: str | None) -> None:
        self._files = files
        self._accel_redirect = accel_redirect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            raise MethodNotAllowed(request.method, "GET, HEAD")
        request.state.context.require(READ_RESULTS)
        name = parsed_name(request.path_params["name"])
        file = await self._files.store.find(name) if self._files and name else None
        if self._files is None or file is None:
            raise NotFound("There is no such file.")
        headers = _headers(file)
        if _is_known(request.headers, headers.get("ETag")):
            return Response(status_code=304, headers=headers)
        if self._accel_redirect:
            return Response(
                headers={**headers, "X-Accel-Redirect": self._accel_redirect + file.name}
            )
        part = _part(request.headers, file.size, headers.get("ETag"))
        if part is None:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{file.size}"})
        start, end = part
        is_whole = end - start == file.size
        if not is_whole:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
        headers["Content-Length"] = str(end - start)
        return StreamingResponse(
            self._files.store.stream(file, start, end),
            status_code=200 if is_whole else 206,
            headers=headers,
        )


def _headers(file: "StoredFile") -> dict[str, str]:
    tag = f'"{hash_of(file.name)}"' if file.is_final else file.version
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{file.name.rpartition("/")[2]}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": _IMMUTABLE if file.is_final else _REVALIDATED,
        "Vary": "Authorization",
        **({"ETag": tag} if tag else {}),
    }


def _is_known(headers: Headers, tag: str | None) -> bool:
    """Whether the client has the file already."""
    known = ", ".join(headers.getlist("if-none-match"))
    # A tag is quoted, so this finds only whole tags of a list.
    return known.strip() == "*" or bool(tag and tag.removeprefix("W/") in known)


def _part(headers: Headers, size: int, tag: str | None) -> tuple[int, int] | None:
    """The first byte and the end of what is asked for; None if the file has no such part.

    Several ranges, or those of another version, are answered by the whole file.
    """
    match = _ONE_RANGE.fullmatch(headers.get("range", ""))
    if match is None or not any(match.groups()) or headers.get("if-range", tag) != tag:
        return 0, size
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return 0, size
    return (start, end) if start < end else None
