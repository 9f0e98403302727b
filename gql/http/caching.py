"""How long clients may cache a response, and conditional requests (RFC 9110 and 9111).

Only the client itself may cache a response. A response about a run in progress is stale at once,
and so is one about a canceled run, whose worker may still report. A response about completed runs
is final: it changes only if the platform accepts another variant, renames something or restarts a
run, and such a change may show up to FINAL_MAX_AGE_SECONDS late.
"""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gql.compat.starlette import NotModifiedResponse
from gql.database import DatabaseUnavailable
from gql.http.compression import MIN_COMPRESSED_BYTES
from gql.loaders.base import Scope
from gql.loaders.run import RunByIdLoader
from gql.request.context import Context

FINAL_MAX_AGE_SECONDS = 60


def is_final(run: Any) -> bool:
    """Whether the run exists and is completed."""
    return run is not None and run.state == "completed"


async def is_response_final(context: Context) -> bool:
    """Whether everything that the context read belongs to certain runs, all of them completed.

    False if another request that shares the context read other runs, or if the database is
    unavailable.
    """
    run_ids: set[int] = set()
    for loader, keys in context.loaded_keys():
        if loader.scope is Scope.ALL_RUNS:
            return False
        if loader.scope is Scope.RUN:
            run_ids.update(key[0] if isinstance(key, tuple) else key for key in keys)
    if context.is_volatile or not run_ids:
        return False
    try:
        runs = await context.load_many(RunByIdLoader, run_ids)
    except DatabaseUnavailable:
        return False
    return all(map(is_final, runs))


def cache_control(*, is_final: bool) -> str:
    return f"private, max-age={FINAL_MAX_AGE_SECONDS}" if is_final else "private, no-cache"


def conditional_response(request: Request, response: Response) -> Response:
    """The response with an ETag, or 304 if the request has an If-None-Match that matches it.

    The tag is weak: it stands for the body in any content encoding.
    """
    # Processors compute it faster than any other hash.
    opaque = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = f"W/{opaque}"
    tags = ", ".join(request.headers.getlist("if-none-match"))
    # A tag contains no quotes, so this finds only whole tags of a list.
    if opaque not in tags and tags.strip() != "*":
        return response
    if len(response.body) >= MIN_COMPRESSED_BYTES:
        response.headers.add_vary_header("Accept-Encoding")
    return NotModifiedResponse(response.headers)
