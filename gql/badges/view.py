"""`GET /badges/{platform}/{branch}.svg`, which needs no token.

A web page shows a picture with another status than 200 as broken, and so does the proxy that
GitHub reads pictures through. So what is not known has a badge too, which says so.
"""

import asyncio

from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gql.badges.picture import picture
from gql.database import InvalidValue
from gql.database.tables import Platform
from gql.errors import MethodNotAllowed, Overloaded
from gql.http.caching import conditional_response
from gql.request.latest_run import summary_of_latest_run
from gql.security.account import current_account

CACHED_SECONDS = 60
MAX_CACHED = 1_000

_PLATFORMS = {platform.value for platform in Platform}

# The file system of a repository holds no longer name.
MAX_BRANCH_CHARACTERS = 255

# Anybody may ask for any name, so one statement runs at a time, and few wait for their turn.
QUEUE_TIMEOUT_SECONDS = 2


class BadgeView:
    """Answers with the badge of the path parameters `platform` and `branch`.

    The database is read at most once in CACHED_SECONDS for each badge.
    """

    def __init__(self) -> None:
        self._cached: TTLCache[tuple[str, str], str] = TTLCache(MAX_CACHED, CACHED_SECONDS)
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method != "GET":
            raise MethodNotAllowed(request.method, "GET, HEAD")
        response = Response(
            await self._badge(request),
            media_type="image/svg+xml",
            headers={
                "Cache-Control": f"public, max-age={CACHED_SECONDS}",
                # Pages of any origin may show it.
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )
        await conditional_response(request, response)(scope, receive, send)

    async def _badge(self, request: Request) -> str:
        key = request.path_params["platform"], request.path_params["branch"]
        if key[0] not in _PLATFORMS or len(key[1]) > MAX_BRANCH_CHARACTERS:
            return picture(None, None)
        if badge := self._cached.get(key):
            return badge
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Overloaded from error
        try:
            badge = self._cached.get(key)  # Another request may have read it meanwhile.
            if badge is None:
                badge = self._cached[key] = await self._read(request, Platform(key[0]), key[1])
            return badge
        finally:
            self._turn.release()

    async def _read(self, request: Request, platform: Platform, branch: str) -> str:
        context = request.state.context
        try:
            return picture(platform, await summary_of_latest_run(context, platform, branch))
        except InvalidValue:
            return picture(platform, None)
        finally:
            if account := current_account():
                account.add_work(context.work_seconds)
