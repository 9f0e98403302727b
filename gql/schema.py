"""The schema: what can be asked for at the top, and how."""

import logging
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Annotated, cast

import strawberry
from graphql import GraphQLError, Undefined
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.scalar import ScalarDefinition

import gql.types.enums  # noqa: F401  (gives the enums their names and documentation)
from gql import resolvers
from gql.context import Info
from gql.errors import BadInput
from gql.execution.breadth_first import BreadthFirstExecution
from gql.execution.operations import Rules
from gql.execution.streaming import Execution, StreamingSchema
from gql.field_cost import CATEGORIES, TAGS, cost
from gql.graphql_errors import is_internal
from gql.loaders.comparison import Baseline
from gql.loaders.media import MEDIA, MEDIA_BY_ID, MediaByIdLoader, MediaByShaLoader
from gql.loaders.regression_test import (
    REGRESSION_TEST,
    TESTS_BY_ID,
    RegressionTestByIdLoader,
)
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleByIdsLoader
from gql.pagination import parse_paging
from gql.types.category import Category
from gql.types.comparison import Against, BaseRun, RunComparison, comparison_of
from gql.types.connection import (
    AfterCursor,
    BeforeCursor,
    Connection,
    how_many_first,
    how_many_last,
)
from gql.types.media import Media, Tag
from gql.types.media_filter import MediaFilter
from gql.types.node import MAX_NODES, Node, find_node, find_nodes
from gql.types.regression_test import RegressionTest
from gql.types.regression_test_filter import RegressionTestFilter
from gql.types.run import Run
from gql.types.run_filter import ORDERS, RunFilter, RunOrder
from gql.types.run_progress import RunProgress
from gql.types.sample import Sample
from gql.types.scalars import SCALARS

logger = logging.getLogger(__name__)

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
            page=await resolvers.page_of_runs(info.context, paging, conditions, derived_conditions),
            count=(lambda: resolvers.count_runs(info.context, conditions))
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
            return await info.context.load(SampleByIdsLoader, (run_id, regression_id))
        if media_id is not None and regression_id is None:
            return cast(
                "Sample | None", await resolvers.sample_by_media(info.context, run_id, media_id)
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
        against: Against = Baseline.BEFORE,
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
            page=await resolvers.page_of(info.context, tests, paging),
            count=lambda: resolvers.count_of(info.context, tests),
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
            page=await resolvers.page_of(info.context, files, paging),
            count=lambda: resolvers.count_of(info.context, files),
        )

    @strawberry.field(
        description="All categories of regression tests, by name.",
        metadata=cost(list_size=CATEGORIES),
    )
    async def categories(self, info: Info) -> list[Category]:
        return await resolvers.all_categories(info.context)

    @strawberry.field(
        description="All tags of media files, by name.", metadata=cost(list_size=TAGS)
    )
    async def tags(self, info: Info) -> list[Tag]:
        return await resolvers.all_tags(info.context)

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
        progress = await info.context.live_runs.watch(id, info.context)
        return cast("AsyncGenerator[RunProgress, None]", progress)


class Schema(StreamingSchema):
    """The schema, of which operations are executed in that way and by the rules.

    It is Strawberry's, without what only clutters documentation and logs.
    """

    def __init__(
        self,
        execution: type[Execution],
        rules: Rules,
        *,
        query: type = Query,
        scalars: Mapping[object, ScalarDefinition] = SCALARS,
    ) -> None:
        super().__init__(
            rules,
            query=query,
            subscription=Subscription,
            execution_context_class=execution.within(rules.limits),
            config=StrawberryConfig(scalar_map={**scalars}),
        )
        # A default of null says no more than that an argument may be left out.
        for type_ in self._schema.type_map.values():
            for field in getattr(type_, "fields", {}).values():
                for argument in (field, *getattr(field, "args", {}).values()):
                    if getattr(argument, "default_value", Undefined) is None:
                        argument.default_value = Undefined

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log the failures of the gateway; those of its clients are no news."""
        for error in errors:
            if is_internal(error):
                logger.error("Field %s failed", error.path, exc_info=error.original_error)


schema = Schema(BreadthFirstExecution, Rules())
