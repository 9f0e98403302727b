from collections.abc import Sequence

import strawberry

from gql.database.tables import Platform
from gql.execution.field_cost import cost
from gql.loaders.run import OLDEST_FIRST
from gql.request import queries
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.run import RunFilter, RunState
from gql.schema.info import Info
from gql.schema.types.connections import RunConnection

MAX_RUNS = 100

_RUNNING = (RunState.PREPARATION, RunState.TESTING)


async def _count(info: Info, platform: Platform | None, states: Sequence[RunState]) -> int:
    runs = RunFilter(platform=platform, states=list(states))
    return await queries.count_runs(info.context, runs.conditions())


@strawberry.type(description="The runs that wait for a worker, and those that one has taken up.")
class Queue:
    platform: strawberry.Private[Platform | None]

    @strawberry.field(
        description="The number of runs that wait: nothing was reported of them yet.",
        metadata=cost(extra_rows=100),
    )
    async def depth(self, info: Info) -> int:
        return await _count(info, self.platform, [RunState.QUEUED])

    @strawberry.field(
        description="The number of runs that a worker prepares or tests.",
        metadata=cost(extra_rows=100),
    )
    async def running(self, info: Info) -> int:
        return await _count(info, self.platform, _RUNNING)

    @strawberry.field(
        description="Whether the platform is being maintained, so that its runs wait; of all "
        "platforms, whether each of them is. Null if the platform does not say."
    )
    async def is_paused(self, info: Info) -> bool | None:
        return await queries.is_paused(info.context, self.platform)

    @connection_field(
        maximum=MAX_RUNS,
        description="All of these runs, the oldest first: those that wait are taken up in this "
        "order.",
        metadata=cost(extra_rows=100),
    )
    async def runs(self, info: Info, *, page: PageArguments) -> RunConnection | None:
        wanted = RunFilter(platform=self.platform, states=[RunState.QUEUED, *_RUNNING])
        conditions = wanted.conditions()
        return RunConnection(
            page=await queries.page_of_runs(info.context, page.paging(OLDEST_FIRST), conditions),
            count=lambda: queries.count_runs(info.context, conditions),
        )
