"""The schema: what can be asked for at the top, and how."""

import logging
import re
from collections.abc import Iterator
from typing import Annotated, cast

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import gql.types.enums  # noqa: F401  (gives the enums their names and documentation)
from gql import resolvers
from gql.context import Info
from gql.errors import BadInput
from gql.graphql_errors import is_internal
from gql.loaders.media import MediaByIdLoader, MediaByShaLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import NEWEST_FIRST, RunByIdLoader
from gql.loaders.sample import SampleByIdsLoader
from gql.pagination import DEFAULT_PAGE_SIZE, parse_paging
from gql.types.category import Category
from gql.types.connection import Connection
from gql.types.media import Media, Tag
from gql.types.regression_test import RegressionTest
from gql.types.run import AfterCursor, BeforeCursor, Run
from gql.types.sample import Sample
from gql.types.scalars import SCALARS

logger = logging.getLogger(__name__)

MAX_RUNS = 100
CACHED_DOCUMENTS = 1000

_HEXADECIMAL = re.compile("[0-9a-fA-F]+")

FirstRuns = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many runs to give from the newest on, {MAX_RUNS} at most; "
        f"{DEFAULT_PAGE_SIZE} unless told."
    ),
]
LastRuns = Annotated[
    int | None,
    strawberry.argument(description=f"How many of the oldest runs to give, {MAX_RUNS} at most."),
]


@strawberry.type(description="What can be asked of the platform. Nothing here changes anything.")
class Query:
    @strawberry.field(description="A run by its number; null if there is none.")
    async def run(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The run's number.")]
    ) -> Run | None:
        return await info.context.load(RunByIdLoader, id)

    @strawberry.field(description="All runs, newest first.")
    async def runs(
        self,
        info: Info,
        first: FirstRuns = None,
        after: AfterCursor = None,
        last: LastRuns = None,
        before: BeforeCursor = None,
    ) -> Connection[Run]:
        paging = parse_paging(
            NEWEST_FIRST, first=first, after=after, last=last, before=before, maximum=MAX_RUNS
        )
        return Connection(
            page=await resolvers.page_of_runs(info.context, paging),
            count=lambda: resolvers.count_runs(info.context),
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

    @strawberry.field(description="A regression test's definition; null if there is none.")
    async def regression_test(
        self, info: Info, id: Annotated[int, strawberry.argument(description="The test's number.")]
    ) -> RegressionTest | None:
        return await info.context.load(RegressionTestByIdLoader, id)

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

    @strawberry.field(description="All categories of regression tests, by name.")
    async def categories(self, info: Info) -> list[Category]:
        return await resolvers.all_categories(info.context)

    @strawberry.field(description="All tags of media files, by name.")
    async def tags(self, info: Info) -> list[Tag]:
        return await resolvers.all_tags(info.context)


class NamedOperation(SchemaExtension):
    """Refuses a document of several operations that does not say which one is meant."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = cast("DocumentNode", context.graphql_document)
        operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        # Strawberry's own `operation_name` falls back to the first operation's.
        if len(operations) > 1 and context._provided_operation_name is None:  # noqa: SLF001
            context.pre_execution_errors = [
                GraphQLError("The document has several operations: name one in operationName.")
            ]
        yield


class Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log the failures of the gateway; those of its clients are no news."""
        for error in errors:
            if is_internal(error):
                logger.error("Field %s failed", error.path, exc_info=error.original_error)


schema = Schema(
    query=Query,
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[
        lambda: ParserCache(maxsize=CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=CACHED_DOCUMENTS),
        NamedOperation,
    ],
)
