"""What can be asked for about many runs: commits, pull requests, the queue and insights."""

from typing import Annotated, cast

import strawberry

from gql.database.pagination import Paging
from gql.database.tables import Platform
from gql.execution.field_cost import RELEASES, RUNS_BY_DATE, cost
from gql.loaders.release import ReleaseRow
from gql.loaders.revision import REVISIONS_NEWEST_FIRST, RevisionByCommitLoader, RevisionRow
from gql.loaders.run import NEWEST_FIRST
from gql.request import queries
from gql.request.queries import MAX_RELEASES
from gql.schema.arguments import number
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.insight import InsightFilter
from gql.schema.filters.revision import RevisionFilter
from gql.schema.info import Info
from gql.schema.types.connections import (
    RevisionConnection,
)
from gql.schema.types.insights import MAX_RUNS_OF_INSIGHTS, Insights
from gql.schema.types.pull_request import MAX_REVISIONS, PullRequest
from gql.schema.types.queue import Queue
from gql.schema.types.release import Release
from gql.schema.types.revision import Revision
from gql.schema.types.stability import check_last


@strawberry.type
class QueryOfManyRuns:
    """A part of `Query`."""

    @strawberry.field(
        description="A pull request of the main repository; null if no run tested it."
    )
    async def pull_request(
        self,
        info: Info,
        number: Annotated[int, strawberry.argument(description="The pull request's number.")],
    ) -> PullRequest | None:
        newest = Paging(REVISIONS_NEWEST_FIRST, limit=1)
        of_it = RevisionFilter(pull_request=number)
        page = await queries.page_of_revisions(
            info.context, newest, of_it.conditions(), of_few_runs=True
        )
        if not page.rows:
            return None
        return PullRequest(number=number, latest=cast("Revision", page.rows[0]))

    @connection_field(
        maximum=MAX_REVISIONS,
        description="The commits that were tested, each with its runs on all platforms, ordered "
        "by their newest run.",
        metadata=cost(extra_rows=500),
    )
    async def revisions(
        self,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            RevisionFilter | None, strawberry.argument(description="Only revisions that match.")
        ] = None,
    ) -> RevisionConnection | None:
        paging = page.paging(REVISIONS_NEWEST_FIRST)
        wanted = filter or RevisionFilter()
        conditions = (wanted.conditions(), wanted.conditions_of_a_run())
        return RevisionConnection(
            page=await queries.page_of_revisions(
                info.context, paging, *conditions, of_few_runs=wanted.is_of_few_runs
            ),
            count=lambda: queries.count_revisions(info.context, *conditions),
        )

    @strawberry.field(
        graphql_type=Revision | None,
        description="The tested commit in a pull request if you give its number, otherwise on a "
        "branch. If several repositories have it, the main one comes first. Null if no run "
        "tested it.",
        metadata=cost(extra_rows=500),
    )
    async def revision(
        self,
        info: Info,
        commit: Annotated[str, strawberry.argument(description="The full hash of the commit.")],
        pull_request: Annotated[
            int | None, strawberry.argument(description="The number of the pull request.")
        ] = None,
    ) -> RevisionRow | None:
        return await info.context.load(RevisionByCommitLoader, (commit, pull_request or 0))

    @strawberry.field(
        graphql_type=list[Release],
        description=f"The releases of the extractor, the latest first: up to {MAX_RELEASES}.",
        metadata=cost(list_size=RELEASES),
    )
    async def releases(self, info: Info) -> list[ReleaseRow]:
        return await queries.newest_releases(info.context)

    @strawberry.field(description="The runs that wait and those in progress.")
    def queue(
        self,
        platform: Annotated[
            Platform | None,
            strawberry.argument(description="Only those on this platform. The default is all."),
        ] = None,
    ) -> Queue:
        return Queue(platform=platform)

    @strawberry.field(
        description="What the newest completed runs on a platform say of each test: a matrix of "
        "statuses, failures, flaky tests and runtimes.",
        metadata=cost(extra_rows=500, rows_per_last=18, argument_rows=RUNS_BY_DATE),
    )
    async def insights(
        self,
        info: Info,
        filter: Annotated[InsightFilter, strawberry.argument(description="Only runs that match.")],
        last: Annotated[
            int,
            number(
                1,
                MAX_RUNS_OF_INSIGHTS,
                description=f"The number of newest completed runs, from 1 to "
                f"{MAX_RUNS_OF_INSIGHTS}.",
            ),
        ] = 30,
    ) -> Insights | None:
        check_last(last, MAX_RUNS_OF_INSIGHTS)
        newest = Paging(NEWEST_FIRST, limit=last)
        page = await queries.page_of_runs(info.context, newest, filter.conditions())
        return Insights(run_rows=page.rows)
