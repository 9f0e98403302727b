"""What can be asked for at the top of the schema."""

import re
from typing import Annotated, cast

import strawberry

import gql.schema.enums  # noqa: F401  (gives the enums their names and documentation)
from gql.database.pagination import parse_paging
from gql.domain.base_selection import BaseSelection
from gql.errors import BadInput
from gql.execution.field_cost import CATEGORIES, TAGS, cost
from gql.loaders.media import MEDIA, MEDIA_BY_ID, MediaByIdLoader, MediaByShaLoader
from gql.loaders.regression_test import REGRESSION_TEST, TESTS_BY_ID, RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleByRunAndRegressionIdLoader
from gql.request import queries
from gql.request.context import Info
from gql.schema.connection import (
    AfterCursor,
    BeforeCursor,
    Connection,
    how_many_first,
    how_many_last,
)
from gql.schema.filters.media import MediaFilter
from gql.schema.filters.regression_test import RegressionTestFilter
from gql.schema.filters.run import ORDERS, RunFilter, RunOrder
from gql.schema.node import MAX_NODES, Node, find_node, find_nodes
from gql.schema.types.category import Category
from gql.schema.types.comparison import Against, BaseRun, RunComparison, comparison_of
from gql.schema.types.media import Media, Tag
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.run import Run
from gql.schema.types.sample import Sample

MAX_RUNS = 100
MAX_ENTRIES = 500  # of the catalogue: regression tests, media files

_HEXADECIMAL = re.compile("[0-9a-fA-F]+")


@strawberry.type(description="What can be asked of the platform. Nothing here changes anything.")
class Query:
    @strawberry.field(description="A run by its number; null if there is none.")
    async def run(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The run's number.")]
    ) -> Run | None:
        return await info.context.load(RunByIdLoader, id)

    @strawberry.field(
        description="The runs that a filter lets through, newest first unless told.",
        metadata=cost(extra_rows=100),
    )
    async def runs(
        self,
        info: Info,
        first: Annotated[int | None, how_many_first(MAX_RUNS)] = None,
        after: AfterCursor = None,
        last: Annotated[int | None, how_many_last(MAX_RUNS)] = None,
        before: BeforeCursor = None,
        filter: Annotated[
            RunFilter | None, strawberry.argument(description="Which runs to give.")
        ] = None,
        order_by: Annotated[
            RunOrder, strawberry.argument(description="In which order.")
        ] = RunOrder.NEWEST_FIRST,
    ) -> Connection[Run] | None:
        paging = parse_paging(
            ORDERS[order_by], first=first, after=after, last=last, before=before, maximum=MAX_RUNS
        )
        criteria = filter or RunFilter()
        conditions, derived_conditions = criteria.conditions(), criteria.derived_conditions()
        return Connection(
            page=await queries.page_of_runs(info.context, paging, conditions, derived_conditions),
            count=(lambda: queries.count_runs(info.context, conditions))
            if not derived_conditions
            else None,
        )

    @strawberry.field(
        description="A regression test's result in a run, by the test's number, or by the media "
        "file's where exactly one test of the run reads it. Null if the run has no such sample."
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
    ) -> Sample | None:
        if regression_id is not None and media_id is None:
            return await info.context.load(
                SampleByRunAndRegressionIdLoader, (run_id, regression_id)
            )
        if media_id is not None and regression_id is None:
            return cast(
                "Sample | None", await queries.sample_by_media(info.context, run_id, media_id)
            )
        raise BadInput("Give either regressionId or mediaId.", argument="regressionId")

    @strawberry.field(
        description="What changed from one run to another, which is picked if none is named. Null "
        "if a run that is named does not exist.",
        metadata=cost(extra_rows=20),
    )
    async def compare_runs(
        self,
        info: Info,
        head: Annotated[int, strawberry.argument(description="The number of the run to compare.")],
        base: BaseRun = None,
        against: Against = BaseSelection.BEFORE,
    ) -> RunComparison | None:
        run = await info.context.load(RunByIdLoader, head)
        return run and await comparison_of(info.context, run, base, against)

    @strawberry.field(description="A regression test's definition; null if there is none.")
    async def regression_test(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The test's number.")]
    ) -> RegressionTest | None:
        return await info.context.load(RegressionTestByIdLoader, id)

    @strawberry.field(description="The regression tests, by id.")
    async def regression_tests(
        self,
        info: Info,
        first: Annotated[int | None, how_many_first(MAX_ENTRIES)] = None,
        after: AfterCursor = None,
        last: Annotated[int | None, how_many_last(MAX_ENTRIES)] = None,
        before: BeforeCursor = None,
        filter: Annotated[
            RegressionTestFilter | None, strawberry.argument(description="Which tests to give.")
        ] = None,
    ) -> Connection[RegressionTest] | None:
        paging = parse_paging(
            TESTS_BY_ID, first=first, after=after, last=last, before=before, maximum=MAX_ENTRIES
        )
        tests = REGRESSION_TEST.where(*filter.conditions()) if filter else REGRESSION_TEST
        return Connection(
            page=await queries.page_of(info.context, tests, paging),
            count=lambda: queries.count_of(info.context, tests),
        )

    @strawberry.field(description="A media file by its number or its hash; null if there is none.")
    async def media(
        self,
        info: Info,
        id: Annotated[
            int | None, strawberry.argument(description="The media file's number.")
        ] = None,
        sha: Annotated[
            str | None, strawberry.argument(description="The hash of its content, in full.")
        ] = None,
    ) -> Media | None:
        if id is not None and sha is None:
            return await info.context.load(MediaByIdLoader, id)
        if sha is not None and id is None:
            if not _HEXADECIMAL.fullmatch(sha):
                raise BadInput("sha must be a hash in hexadecimal characters.", argument="sha")
            return await info.context.load(MediaByShaLoader, sha)
        raise BadInput("Give either id or sha.", argument="id")

    @strawberry.field(description="The media files, by id.")
    async def media_files(
        self,
        info: Info,
        first: Annotated[int | None, how_many_first(MAX_ENTRIES)] = None,
        after: AfterCursor = None,
        last: Annotated[int | None, how_many_last(MAX_ENTRIES)] = None,
        before: BeforeCursor = None,
        filter: Annotated[
            MediaFilter | None, strawberry.argument(description="Which files to give.")
        ] = None,
    ) -> Connection[Media] | None:
        paging = parse_paging(
            MEDIA_BY_ID, first=first, after=after, last=last, before=before, maximum=MAX_ENTRIES
        )
        files = MEDIA.where(*filter.conditions()) if filter else MEDIA
        return Connection(
            page=await queries.page_of(info.context, files, paging),
            count=lambda: queries.count_of(info.context, files),
        )

    @strawberry.field(
        description="All categories of regression tests, by name.",
        metadata=cost(list_size=CATEGORIES),
    )
    async def categories(self, info: Info) -> list[Category]:
        return await queries.all_categories(info.context)

    @strawberry.field(
        description="All tags of media files, by name.", metadata=cost(list_size=TAGS)
    )
    async def tags(self, info: Info) -> list[Tag]:
        return await queries.all_tags(info.context)

    @strawberry.field(description="Anything by its `nodeId`; null if it is not there.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its `nodeId`.")],
    ) -> Node | None:
        return cast("Node | None", await find_node(info.context, id, argument="id"))

    @strawberry.field(description="The same for many: each by its `nodeId`, null if not there.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description=f"Their `nodeId`s, {MAX_NODES} at most."),
        ],
    ) -> list[Node | None] | None:
        if len(ids) > MAX_NODES:
            raise BadInput(f"ids must be {MAX_NODES} at most.", argument="ids")
        return await find_nodes(info.context, ids, argument="ids")
