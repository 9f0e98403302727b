"""What can be asked for at the top of the schema."""

import re
from functools import partial
from typing import Annotated

import strawberry

import gql.schema.enums  # noqa: F401  (gives the enums their names and documentation)
from gql.domain.base_selection import BaseSelection
from gql.errors import BadInput
from gql.execution.batch_keys import batch_keys
from gql.execution.field_cost import CATEGORIES, RUNS_BY_DATE, SAMPLES_OF_A_RUN, TAGS, cost
from gql.execution.read_ahead import read_ahead
from gql.loaders.category import CategoryRow
from gql.loaders.media import MEDIA, MEDIA_BY_ID, MediaByIdLoader, MediaByShaLoader, MediaRow
from gql.loaders.regression_test import (
    REGRESSION_TEST,
    TESTS_BY_ID,
    RegressionTestByIdLoader,
    RegressionTestRow,
)
from gql.loaders.run import RunByIdLoader, RunRow
from gql.loaders.sample import SampleByRunAndRegressionIdLoader, SampleRow
from gql.loaders.tag import TagRow
from gql.request import queries
from gql.request.complete_sample import complete_sample
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.media import MediaFilter
from gql.schema.filters.regression_test import RegressionTestFilter
from gql.schema.filters.run import ORDERS, RunFilter, RunOrder
from gql.schema.info import Info
from gql.schema.node import MAX_NODES, Node, NodeRow, find_node, find_nodes
from gql.schema.query_of_many_runs import QueryOfManyRuns
from gql.schema.types.category import Category
from gql.schema.types.comparison import Against, BaseRun, RunComparison, comparison_of
from gql.schema.types.connections import (
    MediaConnection,
    RegressionTestConnection,
    RunConnection,
)
from gql.schema.types.media import Media, Tag
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.run import Run
from gql.schema.types.sample import Sample

MAX_RUNS = 100
MAX_ENTRIES = 500  # of the catalogue: regression tests, media files

_HEXADECIMAL = re.compile("[0-9a-fA-F]+")


@strawberry.type(description="Every question you can ask the platform. All fields only read.")
class Query(QueryOfManyRuns):
    @strawberry.field(
        graphql_type=Run | None,
        description="The run with this number; null if it does not exist.",
        metadata=batch_keys("id"),
    )
    async def run(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The run's number.")]
    ) -> RunRow | None:
        return await info.context.load(RunByIdLoader, id)

    @connection_field(
        maximum=MAX_RUNS,
        description="The runs that match the filter. The default order is newest first.",
        metadata=cost(
            extra_rows=100,
            argument_rows={"filter.statuses": 2500, "filter.states": 1000, **RUNS_BY_DATE},
        )
        | read_ahead,
    )
    async def runs(
        self,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            RunFilter | None, strawberry.argument(description="Only runs that match.")
        ] = None,
        order_by: Annotated[
            RunOrder, strawberry.argument(description="The order of the rows.")
        ] = RunOrder.NEWEST_FIRST,
    ) -> RunConnection | None:
        paging = page.paging(ORDERS[order_by])
        run_filter = filter or RunFilter()
        conditions = run_filter.conditions()
        if run_filter.is_search:
            find = partial(run_filter.find, info.context)
            runs = await queries.page_of_runs(info.context, paging, conditions, find)
            return RunConnection(page=runs, count=None)
        return RunConnection(
            page=await queries.page_of_runs(info.context, paging, conditions),
            count=lambda: queries.count_runs(info.context, conditions),
        )

    @strawberry.field(
        graphql_type=Sample | None,
        description="The result of one regression test in a run. Give the test's number, or"
        " the media file's number if exactly one test of the run reads it. Null"
        " if the run has no such sample.",
        metadata=batch_keys("runId", "regressionId", "mediaId") | read_ahead,
    )
    async def sample(
        self,
        info: Info,
        run_id: Annotated[int, strawberry.argument(description="The run's number.")],
        regression_id: Annotated[
            int | None, strawberry.argument(description="The regression test's number.")
        ] = None,
        media_id: Annotated[
            int | None, strawberry.argument(description="The media file's number.")
        ] = None,
    ) -> SampleRow | None:
        if regression_id is not None and media_id is None:
            if info.context.needs.reads_ahead:
                await complete_sample(info.context, run_id, regression_id)
            return await info.context.load(
                SampleByRunAndRegressionIdLoader, (run_id, regression_id)
            )
        if media_id is not None and regression_id is None:
            return await queries.sample_by_media(info.context, run_id, media_id)
        raise BadInput("Give either regressionId or mediaId.", argument="regressionId")

    @strawberry.field(
        description="A comparison of a run with its base: what broke, what was fixed. "
        "Without `base`, the gateway picks one. Null if a run you name does "
        "not exist.",
        metadata=cost(extra_rows=200),
    )
    async def compare_runs(
        self,
        info: Info,
        head: Annotated[int, strawberry.argument(description="The number of the run to judge.")],
        base: BaseRun = None,
        against: Against = BaseSelection.BEFORE,
    ) -> RunComparison | None:
        run = await info.context.load(RunByIdLoader, head)
        return None if run is None else await comparison_of(info.context, run, base, against)

    @strawberry.field(
        graphql_type=RegressionTest | None,
        description="The definition of a regression test; null if it does not exist.",
        metadata=batch_keys("id"),
    )
    async def regression_test(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The test's number.")]
    ) -> RegressionTestRow | None:
        return await info.context.load(RegressionTestByIdLoader, id)

    @connection_field(
        maximum=MAX_ENTRIES,
        description="The regression tests that match the filter, ordered by id.",
        metadata=cost(extra_rows=50, list_size=SAMPLES_OF_A_RUN, argument_rows={"filter": 50}),
    )
    async def regression_tests(
        self,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            RegressionTestFilter | None,
            strawberry.argument(description="Only regression tests that match."),
        ] = None,
    ) -> RegressionTestConnection | None:
        tests = REGRESSION_TEST.where(*filter.conditions()) if filter else REGRESSION_TEST
        return RegressionTestConnection(
            page=await queries.page_of(info.context, tests, page.paging(TESTS_BY_ID)),
            count=lambda: queries.count_of(info.context, tests),
        )

    @strawberry.field(
        graphql_type=Media | None,
        description="A media file by its number or its hash; null if it does not exist.",
        metadata=batch_keys("id", "sha"),
    )
    async def media(
        self,
        info: Info,
        id: Annotated[
            int | None, strawberry.argument(description="The media file's number.")
        ] = None,
        sha: Annotated[
            str | None, strawberry.argument(description="The full SHA-256 of its content.")
        ] = None,
    ) -> MediaRow | None:
        if id is not None and sha is None:
            return await info.context.load(MediaByIdLoader, id)
        if sha is not None and id is None:
            if not _HEXADECIMAL.fullmatch(sha):
                raise BadInput("sha must have hexadecimal characters only.", argument="sha")
            return await info.context.load(MediaByShaLoader, sha)
        raise BadInput("Give either id or sha.", argument="id")

    @connection_field(
        maximum=MAX_ENTRIES,
        description="The media files that match the filter, ordered by id.",
        metadata=cost(extra_rows=50, argument_rows={"filter": 50}),
    )
    async def media_files(
        self,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            MediaFilter | None,
            strawberry.argument(description="Only media files that match."),
        ] = None,
    ) -> MediaConnection | None:
        files = MEDIA.where(*filter.conditions()) if filter else MEDIA
        return MediaConnection(
            page=await queries.page_of(info.context, files, page.paging(MEDIA_BY_ID)),
            count=lambda: queries.count_of(info.context, files),
        )

    @strawberry.field(
        graphql_type=list[Category],
        description="All categories of regression tests, ordered by name.",
        metadata=cost(list_size=CATEGORIES),
    )
    async def categories(self, info: Info) -> list[CategoryRow]:
        return await queries.all_categories(info.context)

    @strawberry.field(
        graphql_type=list[Tag],
        description="All tags of media files, ordered by name.",
        metadata=cost(list_size=TAGS),
    )
    async def tags(self, info: Info) -> list[TagRow]:
        return await queries.all_tags(info.context)

    @strawberry.field(
        graphql_type=Node | None,
        description="The object with this `nodeId`; null if it does not exist.",
        metadata=batch_keys("id"),
    )
    async def node(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="The `nodeId` of the object.")
        ],
    ) -> NodeRow | None:
        return await find_node(info.context, id, argument="id")

    @strawberry.field(
        graphql_type=list[Node | None] | None,
        description="The objects with these `nodeId`s, in their order; null for each missing one.",
        metadata=batch_keys("ids"),
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description=f"The `nodeId`s of up to {MAX_NODES} objects."),
        ],
    ) -> list[NodeRow | BaseException | None]:
        if len(ids) > MAX_NODES:
            raise BadInput(
                f"ids has {len(ids)} values, and the limit is {MAX_NODES}.", argument="ids"
            )
        return await find_nodes(info.context, ids, argument="ids")
