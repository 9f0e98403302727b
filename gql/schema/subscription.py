"""What can be watched at the top of the schema."""

from collections.abc import AsyncGenerator
from typing import Annotated, cast

import strawberry

from gql.execution.field_cost import cost
from gql.loaders.run import MatchingRunLoader, RunRow
from gql.schema.filters.run import RunFilter
from gql.schema.info import Info
from gql.schema.types.run import Run
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

    @strawberry.subscription(
        description="Each run that changes: it was queued, its worker reported another state, it "
        "got results, or it ended. There is no event for what was before, and one if a run changes "
        "several times between two polls of the database. A restart shows when a worker takes the "
        "run up.",
        metadata=cost(argument_rows={"filter.statuses": 10}),
    )
    async def runs_changed(
        self,
        info: Info,
        filter: Annotated[
            RunFilter | None,
            strawberry.argument(description="Only runs that match after the change."),
        ] = None,
    ) -> AsyncGenerator[Run, None]:
        context = info.context
        wanted = filter or RunFilter()
        wanted.conditions_of_one()  # raises what is wrong with the filter

        async def find(run_id: int) -> RunRow | None:
            run = await context.load(MatchingRunLoader, (run_id, wanted))
            if run is None or (wanted.is_search and not all(await wanted.find(context, [run]))):
                return None
            return run

        return cast("AsyncGenerator[Run, None]", context.run_watcher.watch_all(find, context))
