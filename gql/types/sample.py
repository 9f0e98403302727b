from typing import TYPE_CHECKING, Annotated

import strawberry

from gql import resolvers
from gql.context import Info
from gql.loaders.media import MediaByIdLoader
from gql.loaders.regression_test import (
    CategoriesByRegressionTestIdLoader,
    RegressionTestByIdLoader,
)
from gql.loaders.run import RunByIdLoader
from gql.status import SampleStatus
from gql.types.category import Category
from gql.types.media import Media
from gql.types.node import Node
from gql.types.output import Output
from gql.types.regression_test import RegressionTest
from gql.types.stability import LastResults, Stability, stability_of

if TYPE_CHECKING:
    from gql.types.run import Run


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

    @strawberry.field(description="The run it belongs to.")
    async def run(self, info: Info) -> Annotated["Run", strawberry.lazy("gql.types.run")]:
        return await info.context.load(RunByIdLoader, self.run_id)

    @strawberry.field(description="The test's definition.")
    async def regression_test(self, info: Info) -> RegressionTest:
        return await info.context.load(RegressionTestByIdLoader, self.regression_id)

    @strawberry.field(description="The media file that the test reads.")
    async def media(self, info: Info) -> Media | None:
        if self.sample_id is None:
            return None
        return await info.context.load(MediaByIdLoader, self.sample_id)

    @strawberry.field(description="The first of the test's categories by name.")
    async def category(self, info: Info) -> str | None:
        categories = await info.context.load(CategoriesByRegressionTestIdLoader, self.regression_id)
        return categories[0].name if categories else None

    @strawberry.field(description="The test's categories, by name.")
    async def categories(self, info: Info) -> list[Category]:
        return await info.context.load(CategoriesByRegressionTestIdLoader, self.regression_id)

    @strawberry.field(description="The names of the media file's tags, by name.")
    async def tags(self, info: Info) -> list[str]:
        return [tag.name for tag in await resolvers.tags_of(info.context, self)]

    @strawberry.field(
        description="The output files: all that the test should have produced once it has a "
        "result, and all that it did produce. By output id."
    )
    async def outputs(self, info: Info) -> list[Output]:
        return await resolvers.outputs_of(info.context, self)

    @strawberry.field(
        description="What the sample fails by: the same for failures of the same kind and outputs, "
        "in whatever run. Null unless it fails."
    )
    async def failure_signature(self, info: Info) -> str | None:
        return await resolvers.failure_signature_of(info.context, self)

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
    async def result_message(self, info: Info) -> str | None:
        return await resolvers.message_of(info.context, self)
