"""What clients may keep of an answer: for how long, and how they ask whether it still holds.

RFC 9110 and 9111. An answer is its asker's alone. Of a run that goes on it is stale at once, and
of a canceled one, whose worker may still report. One of completed runs changes only where the
platform accepts another variant, renames a thing or restarts a run, and may be up to
SETTLED_SECONDS late to tell.
"""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse

from gql.errors import Unavailable
from gql.loaders.base import Loader
from gql.loaders.comparison import ProducedHashesByRunIdLoader, SamplesByRunIdLoader
from gql.loaders.media import ExtraFilesByMediaIdLoader, MediaByIdLoader, TagsByMediaIdLoader
from gql.loaders.regression_test import (
    CategoriesByRegressionTestIdLoader,
    CategoryByIdLoader,
    ExpectedOutputsByRegressionTestIdLoader,
    RegressionTestByIdLoader,
    VariantsByOutputIdLoader,
)
from gql.loaders.run import (
    CategorySummariesByRunIdLoader,
    ForkByIdLoader,
    ProgressByRunIdLoader,
    RunByIdLoader,
)
from gql.loaders.run_summary import RunSummaryByRunIdLoader
from gql.loaders.sample import (
    OutputsBySampleLoader,
    SampleByIdsLoader,
    SampleCountLoader,
    SamplePageLoader,
    SamplesByRunAndMediaIdLoader,
)
from gql.request.context import Context

SETTLED_SECONDS = 60
# What is smaller goes in one or two packets as it is, however it may be encoded.
COMPRESSED_BYTES = 2_000

# What they give depends on no run but that whose id is their key, or its first part.
_OF_A_RUN: frozenset[type[Loader[Any, Any]]] = frozenset(
    {
        RunByIdLoader,
        ProgressByRunIdLoader,
        RunSummaryByRunIdLoader,
        CategorySummariesByRunIdLoader,
        SampleByIdsLoader,
        SamplesByRunAndMediaIdLoader,
        SamplePageLoader,
        SampleCountLoader,
        OutputsBySampleLoader,
        SamplesByRunIdLoader,
        ProducedHashesByRunIdLoader,
    }
)
_OF_NO_RUN: frozenset[type[Loader[Any, Any]]] = frozenset(
    {
        ForkByIdLoader,
        RegressionTestByIdLoader,
        CategoryByIdLoader,
        CategoriesByRegressionTestIdLoader,
        ExpectedOutputsByRegressionTestIdLoader,
        VariantsByOutputIdLoader,
        MediaByIdLoader,
        ExtraFilesByMediaIdLoader,
        TagsByMediaIdLoader,
    }
)


def is_settled(run: Any) -> bool:
    """Whether the run is there, and is completed."""
    return run is not None and run.state == "completed"


async def tells_of_settled_runs(context: Context) -> bool:
    """Whether all that was read in the context is of certain runs, and these are completed.

    False where requests that share the context asked for others, and where the database cannot
    be reached to find out.
    """
    run_ids: set[int] = set()
    for loader, keys in context.loaded():
        if loader in _OF_A_RUN:
            run_ids.update(key[0] if isinstance(key, tuple) else key for key in keys)
        elif loader not in _OF_NO_RUN:
            return False
    if context.may_change_with_any_run or not run_ids:
        return False
    try:
        runs = await context.load_many(RunByIdLoader, run_ids)
    except Unavailable:
        return False
    return all(map(is_settled, runs))


def cache_control(*, is_settled: bool) -> str:
    return f"private, max-age={SETTLED_SECONDS}" if is_settled else "private, no-cache"


def revalidated(request: Request, response: Response) -> Response:
    """The response with its tag, or 304 where the request has an If-None-Match that meets it.

    The tag is weak: it stands for the body however that is encoded on its way.
    """
    # The fastest hash there is where processors know it, as they do.
    opaque = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = f"W/{opaque}"
    held = ", ".join(request.headers.getlist("if-none-match"))
    # No quotes are within a tag, so ours is found in a list only as a whole.
    if opaque not in held and held.strip() != "*":
        return response
    if len(response.body) >= COMPRESSED_BYTES:
        response.headers.add_vary_header("Accept-Encoding")
    return NotModifiedResponse(response.headers)
