"""What can be watched at the top of the schema."""

from collections.abc import AsyncGenerator
from typing import Annotated, cast

import strawberry

from gql.schema.info import Info
from gql.schema.types.run_progress import RunProgress


@strawberry.type(
    description="What you can watch live, over WebSocket (`graphql-transport-ws`) or as "
    "server-sent events (`Accept: text/event-stream`)."
)
class Subscription:
    @strawberry.subscription(
        description="The progress of a run: an event at once, and one for each change "
        "until the run ends. An error with the code `NOT_FOUND` if the run "
        "does not exist. No events arrive while the database is unreachable; "
        "the next one includes everything that was missed."
    )
    async def run_progress(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The run's number.")]
    ) -> AsyncGenerator[RunProgress, None]:
        progress = await info.context.run_watcher.watch(id, info.context)
        return cast("AsyncGenerator[RunProgress, None]", progress)
