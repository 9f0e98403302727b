from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from gql.domain.status import SampleStatus
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.media import MediaByIdLoader
from gql.loaders.output import OutputsBySampleLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.tag import TagsByMediaIdLoader
from gql.request import queries
from gql.request.context import Info
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
    description="A regression test's result in a run, or its place in a run that has none yet."
)
class Sample(Node):
    run_id: int = strawberry.field(description="The run's number.")
    regression_id: int = strawberry.field(
        description="The regression test's number. With `runId` it names the sample."
    )
    sample_id: int | None = strawberry.field(
        description="The number of the media file that the test reads: `Media.id`. "
        "Several samples of a run may read the same file."
    )
    status: SampleStatus = strawberry.field(description="How the test fared.")
    command: str = strawberry.field(description="The arguments that the extractor is run with.")
    runtime_ms: int | None = strawberry.field(
        description="How long the test took, in milliseconds."
    )
    exit_code: int | None = strawberry.field(description="The exit code it ended with.")
    expected_exit_code: int | None = strawberry.field(
        description="The exit code that was expected when it ran; null without a result."
    )

    run: Annotated["Run", strawberry.lazy("gql.schema.types.run")] = loader_field(
        RunByIdLoader, "run_id", description="The run it belongs to."
    )
    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The test's definition."
    )
    media: Media | None = loader_field(
        MediaByIdLoader, "sample_id", description="The media file that the test reads."
    )
    category: str | None = loader_field(
        CategoriesByRegressionTestIdLoader,
        "regression_id",
        value_of=lambda categories: categories[0].name if categories else None,
        description="The first of the test's categories by name.",
    )
    categories: list[Category] = loader_field(
        CategoriesByRegressionTestIdLoader,
        "regression_id",
        description="The test's categories, by name.",
    )
    tags: list[str] = loader_field(
        TagsByMediaIdLoader,
        "sample_id",
        value_of=lambda tags: [tag.name for tag in tags or ()],
        description="The names of the media file's tags, by name.",
    )
    outputs: list[Output] = loader_field(
        OutputsBySampleLoader,
        "run_id",
        "regression_id",
        description="The output files: all that the test should have produced once it has a "
        "result, and all that it did produce. By output id.",
    )

    @strawberry.field(
        description="What the sample fails by: the same for failures of the same kind and outputs, "
        "in whatever run. Null unless it fails."
    )
    def failure_signature(self, info: Info) -> str | None:
        return cast("str | None", queries.failure_fingerprint(info.context, self))

    @strawberry.field(
        description="How steady the test was on this platform until this run; null for a platform "
        "that this schema does not know."
    )
    async def stability(self, info: Info, last: LastResults = 20) -> Stability | None:
        run = await info.context.load(RunByIdLoader, self.run_id)
        if run.platform is None:
            return None
        return await stability_of(
            info.context,
            self.regression_id,
            platform=run.platform,
            last=last,
            until_run=self.run_id,
        )

    @strawberry.field(
        description="Why the sample failed or was skipped, in at most 500 characters; else null."
    )
    def result_message(self, info: Info) -> str | None:
        return cast("str | None", queries.result_message_of(info.context, self))
