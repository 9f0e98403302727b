from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.database.tables import Platform
from gql.execution.field_cost import RUNS_BY_DATE, cost
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.history import HISTORY_NEWEST_FIRST, HistoryPageByRegressionIdLoader
from gql.loaders.media import MediaByIdLoader
from gql.loaders.output import (
    ExpectedOutputRow,
    ExpectedOutputsByRegressionTestIdLoader,
    VariantsByOutputIdLoader,
    hashes_of,
)
from gql.loaders.regression_test import RegressionTestRow
from gql.loaders.run import RunByIdLoader, RunRow
from gql.request import queries
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.history import HistoryFilter
from gql.schema.filters.insight import InsightFilter
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.node import Node
from gql.schema.scalars import Sha256
from gql.schema.types.category import Category
from gql.schema.types.connections import SampleConnection
from gql.schema.types.media import Media
from gql.schema.types.stability import (
    MAX_RESULTS,
    STABILITY_COST,
    LastResults,
    ResultsInCompletedRuns,
    Stability,
    stability_of,
)

if TYPE_CHECKING:
    from gql.schema.types.run import Run


@strawberry.type(description="An output file that a regression test is expected to produce.")
class ExpectedOutput(ExpectedOutputRow):
    id: int = strawberry.field(description="The number of the output: `Output.outputId`.")
    hash: Sha256 | None = strawberry.field(
        description="The SHA-256 of today's baseline; null if there is no baseline."
    )
    filename: str | None = strawberry.field(description="The filename that the test should write.")
    ignored: bool = strawberry.field(description="Whether a missing file counts as correct.")

    variants: list[Sha256] = loader_field(
        VariantsByOutputIdLoader,
        "id",
        value_of=hashes_of,
        description="The SHA-256 of each further file that is accepted in place of the baseline.",
    )

    @strawberry.field(description="The file's extension, without the dot.")
    def extension(self: ExpectedOutputRow) -> str | None:
        extension = self.correct_extension
        return None if extension is None else extension.removeprefix(".")


@strawberry.type(
    description="The definition of a test: the command, the media file it reads and the "
    "outputs it should produce."
)
class RegressionTest(Node, RegressionTestRow):
    id: int = strawberry.field(description="The number of the test: `Sample.regressionId`.")
    command: str | None = strawberry.field(
        description="The command-line arguments of the extractor."
    )
    description: str | None = strawberry.field(description="The purpose of the test.")
    active: bool = strawberry.field(description="Whether new runs execute it.")
    input_type: str | None = strawberry.field(
        description="How the extractor reads the media file: `file`, `stdin` or `udp`."
    )
    output_type: str | None = strawberry.field(
        description="Where the extractor writes its output, such as `file`, `stdout` or `null`."
    )
    expected_exit_code: int | None = strawberry.field(
        description="The exit code that new runs expect."
    )

    media: Media | None = loader_field(
        MediaByIdLoader, "sample_id", description="The media file that the test reads."
    )
    categories: list[Category] = loader_field(
        CategoriesByRegressionTestIdLoader,
        "id",
        description="The categories of the test, ordered by name.",
    )
    outputs: list[ExpectedOutput] = loader_field(
        ExpectedOutputsByRegressionTestIdLoader,
        "id",
        description="The output files that the test should produce, ordered by id.",
    )

    @strawberry.field(
        graphql_type=Annotated["Run", strawberry.lazy("gql.schema.types.run")] | None,
        description="The latest run in which the test passed, as the platform recorded it; "
        "null if it recorded none.",
    )
    async def last_passed(
        self: RegressionTestRow,
        info: Info,
        platform: Annotated[Platform, strawberry.argument(description="The platform of the run.")],
    ) -> RunRow | None:
        info.context.mark_volatile()
        is_linux = platform is Platform.LINUX
        run_id = self.last_passed_on_linux if is_linux else self.last_passed_on_windows
        return None if run_id is None else await info.context.load(RunByIdLoader, run_id)

    @connection_field(
        maximum=MAX_RESULTS,
        description="The samples of this test over all runs, newest run first: since when "
        "it fails, or its results on a branch.",
        metadata=cost(extra_rows=10, argument_rows={"filter.statuses": 1500, **RUNS_BY_DATE}),
    )
    async def history(
        self: RegressionTestRow,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            HistoryFilter | None,
            strawberry.argument(description="Only results that match."),
        ] = None,
    ) -> SampleConnection | None:
        conditions = filter or HistoryFilter()
        needs_status = queries.needs_status(info.context)
        key = (self.id, page.paging(HISTORY_NEWEST_FIRST), conditions, needs_status)
        samples = await info.context.load(HistoryPageByRegressionIdLoader, key)
        return SampleConnection(page=samples, count=None)

    @strawberry.field(
        description="How often the test passed and failed in completed runs on a platform, over "
        "its latest results. `insights` with the same filter says the same of its runs.",
        metadata=STABILITY_COST,
    )
    async def stability(
        self: RegressionTestRow,
        info: Info,
        platform: Annotated[Platform, strawberry.argument(description="The platform.")],
        branch: Annotated[
            str | None,
            strawberry.argument(
                description="Only runs of this branch. Forks may have a branch of the same name."
            ),
        ] = None,
        fork: Annotated[
            str | None,
            strawberry.argument(
                description="Only runs of this fork, such as `CCExtractor/ccextractor`."
            ),
        ] = None,
        last: LastResults = 20,
    ) -> Stability | None:
        runs = InsightFilter(platform=platform, branch=branch, fork=fork)
        results = ResultsInCompletedRuns(runs)
        return await stability_of(info.context, self.id, results, last=last)
