from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.domain.status import SampleStatus
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.media import MediaByIdLoader
from gql.loaders.output import OutputsBySampleLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleRow
from gql.loaders.tag import TagsByMediaIdLoader
from gql.request import queries
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.node import Node
from gql.schema.types.category import Category
from gql.schema.types.media import Media
from gql.schema.types.output import Output
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.stability import LastResults, Stability, stability_of

if TYPE_CHECKING:
    from gql.schema.types.run import Run


@strawberry.type(
    description="The result of one regression test in one run. Before the test reports, a "
    "sample without a result."
)
class Sample(Node, SampleRow):
    run_id: int = strawberry.field(description="The run's number.")
    regression_id: int = strawberry.field(
        description="The number of the regression test. Together with `runId` it "
        "identifies the sample."
    )
    sample_id: int | None = strawberry.field(
        description="The number of the media file that the test reads: `Media.id`. Several"
        " samples of a run can read the same file."
    )
    status: SampleStatus = strawberry.field(
        description="The status of the sample, derived from its result and its outputs."
    )
    command: str = strawberry.field(description="The command-line arguments of the extractor.")
    runtime_ms: int | None = strawberry.field(
        description="The runtime of the test in milliseconds; null without a result."
    )
    exit_code: int | None = strawberry.field(
        description="The exit code of the extractor; null without a result."
    )
    expected_exit_code: int | None = strawberry.field(
        description="The exit code that was expected when the test ran; null without a result."
    )

    run: Annotated["Run", strawberry.lazy("gql.schema.types.run")] = loader_field(
        RunByIdLoader, "run_id", description="The run of this sample."
    )
    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The definition of the test."
    )
    media: Media | None = loader_field(
        MediaByIdLoader, "sample_id", description="The media file that the test reads."
    )
    category: str | None = loader_field(
        CategoriesByRegressionTestIdLoader,
        "regression_id",
        value_of=lambda categories: categories[0].name if categories else None,
        description="The first category of the test by name; null if it is in no category.",
    )
    categories: list[Category] = loader_field(
        CategoriesByRegressionTestIdLoader,
        "regression_id",
        description="The categories of the test, ordered by name.",
    )
    tags: list[str] = loader_field(
        TagsByMediaIdLoader,
        "sample_id",
        value_of=lambda tags: [tag.name for tag in tags or ()],
        description="The names of the media file's tags, in alphabetical order.",
    )
    outputs: list[Output] = loader_field(
        OutputsBySampleLoader,
        "run_id",
        "regression_id",
        description="The output files, ordered by output id: every file that the test "
        "produced and, once it has a result, every file that it should have "
        "produced.",
    )

    @strawberry.field(
        description="A key of the failure: two failures of a test have the same key exactly if "
        "they have the same unexpected exit code, and miss or changed the same outputs in the same "
        "way. Null unless the sample fails.",
        graphql_type=str | None,
    )
    def failure_fingerprint(self: SampleRow, info: Info) -> Awaitable[str | None] | None:
        return queries.failure_fingerprint(info.context, self)

    @strawberry.field(
        description="How often the test passed and failed on this platform up to this run;"
        " null for a platform that this schema does not know."
    )
    async def stability(self: SampleRow, info: Info, last: LastResults = 20) -> Stability | None:
        run = await info.context.load(RunByIdLoader, self.run_id)
        if run is None or run.platform is None:
            return None
        return await stability_of(
            info.context,
            self.regression_id,
            platform=run.platform,
            last=last,
            until_run=self.run_id,
        )

    @strawberry.field(
        graphql_type=str | None,
        description="The reason why the sample failed or was skipped, up to 500 characters;"
        " otherwise null.",
    )
    def result_message(self: SampleRow, info: Info) -> Awaitable[str | None] | None:
        return queries.result_message_of(info.context, self)
