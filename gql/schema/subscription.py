"""What can be watched at the top of the schema."""

from collections.abc import AsyncGenerator
from typing import Annotated, cast

import strawberry

from gql.request.context import Info
from gql.schema.types.run_progress import RunProgress


@strawberry.type(
    description="What can be watched as it happens, over WebSocket (`graphql-transport-ws`) or as "
    "server-sent events (`Accept: text/event-stream`)."
)
class Subscription:
    @strawberry.subscription(
        description="How a run gets on: now, whenever its worker has reported, and when it has "
        "ended, which ends the events. An error with the code `NOT_FOUND` if there is no such run. "
        "While the database cannot be reached there are no events; the next one tells all that "
        "was missed."
    )
    async def run_progress(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The run's number.")]
    ) -> AsyncGenerator[RunProgress, None]:
        progress = await info.context.run_watcher.watch(id, info.context)
        return cast("AsyncGenerator[RunProgress, None]", progress)
