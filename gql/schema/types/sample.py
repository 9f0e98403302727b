from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.domain.base_selection import BaseSelection
from gql.domain.comparison import ChangeVerdict
from gql.domain.failure import FailureKind, Triage, failure_kind_of
from gql.domain.status import FAILURES, SampleStatus
from gql.execution.field_cost import cost
from gql.execution.read_ahead import read_ahead
from gql.loaders.category import CategoriesByRegressionTestIdLoader
from gql.loaders.media import MediaByIdLoader
from gql.loaders.occurrence import Occurrences
from gql.loaders.output import OutputsBySampleLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader
from gql.loaders.sample import SampleByRunAndRegressionIdLoader, SampleRow
from gql.loaders.tag import TagsByMediaIdLoader
from gql.request import queries
from gql.schema.arguments import number
from gql.schema.info import Info
from gql.schema.loader_field import field_of_many, loader_field
from gql.schema.node import Node
from gql.schema.types.category import Category
from gql.schema.types.media import Media
from gql.schema.types.output import Output
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.stability import (
    MAX_RESULTS,
    STABILITY_COST,
    LastResults,
    ResultsUntil,
    Stability,
    check_last,
    stability_of,
)

if TYPE_CHECKING:
    from gql.schema.types.run import Run


MAX_RUNS_SEARCHED = 200

_LazySample = Annotated["Sample", strawberry.lazy("gql.schema.types.sample")]


@strawberry.type(
    description="Where else a failure occurs: the same test with the same `failureFingerprint`."
)
class FailureOccurrences:
    runs: int = strawberry.field(description="The number of other runs that have the failure.")
    pull_requests: list[int] = strawberry.field(
        description="The numbers of the pull requests among them."
    )
    on_master: bool = strawberry.field(
        description="Whether a run of a commit on the main branch is among them."
    )
    first: _LazySample | None = loader_field(
        SampleByRunAndRegressionIdLoader,
        "first_key",
        description="The oldest of them; null without any.",
    )
    latest: _LazySample | None = loader_field(
        SampleByRunAndRegressionIdLoader,
        "latest_key",
        description="The newest of them; null without any.",
    )


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
    command: str | None = strawberry.field(
        description="The command-line arguments of the extractor."
    )
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
        RunByIdLoader,
        "run_id",
        description="The run of this sample.",
        metadata=read_ahead,
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
        metadata=read_ahead,
    )
    categories: list[Category] = loader_field(
        CategoriesByRegressionTestIdLoader,
        "regression_id",
        description="The categories of the test, ordered by name.",
        metadata=read_ahead,
    )
    tags: list[str] = loader_field(
        TagsByMediaIdLoader,
        "sample_id",
        value_of=lambda tags: [tag.name for tag in tags or () if tag.name is not None],
        description="The names of the media file's tags, in alphabetical order.",
        metadata=read_ahead,
    )
    outputs: list[Output] = loader_field(
        OutputsBySampleLoader,
        "run_id",
        "regression_id",
        description="The output files, ordered by output id: every file that the test "
        "produced and, once it has a result, every file that it should have "
        "produced.",
        metadata=read_ahead,
    )

    @strawberry.field(
        description="What became of the test since the base of its run: the verdict of "
        "`Run.comparison` with the same `against`. Null if neither has a result.",
        metadata=cost(extra_rows=4),
    )
    async def verdict(
        self: SampleRow,
        info: Info,
        against: Annotated[
            BaseSelection, strawberry.argument(description="How to pick the base.")
        ] = BaseSelection.BEFORE,
    ) -> ChangeVerdict | None:
        return await queries.verdict_of_sample(info.context, self, against)

    @strawberry.field(
        graphql_type=SampleStatus,
        description="The status if the outputs are compared with the baselines and variants that "
        "are accepted today. The expected exit code stays the one from when the test ran, and "
        "`status` stays what it was.",
    )
    def status_today(self: SampleRow, info: Info) -> Awaitable[SampleStatus] | SampleStatus:
        return queries.status_today_of(info.context, self)

    @strawberry.field(description="How the sample failed; null unless it fails.")
    def failure_kind(self: SampleRow) -> FailureKind | None:
        return failure_kind_of(self) if self.status in FAILURES else None

    @strawberry.field(
        description="What the results before this one say of the failure; null unless it fails. "
        "They are on the same platform: those of commits on the main branch and, for a pull "
        "request, its own. Until 15 August 2026 the worker accepted what the run before had "
        "produced, so that older results may alternate without being flaky.",
        metadata=cost(extra_rows=30, rows_per_last=1),
    )
    async def triage(self: SampleRow, info: Info, last: LastResults = 20) -> Triage | None:
        check_last(last, MAX_RESULTS)
        return await queries.triage_of_sample(info.context, self, last)

    @strawberry.field(
        graphql_type=FailureOccurrences | None,
        description="Where else the same failure is, in the newest completed runs on the same "
        "platform; null unless it fails.",
        metadata=cost(extra_rows=5, rows_per_last=0.2),
    )
    async def occurrences(
        self: SampleRow,
        info: Info,
        last: Annotated[
            int,
            number(
                1,
                MAX_RUNS_SEARCHED,
                description=f"The number of newest completed runs to consider, from 1 to "
                f"{MAX_RUNS_SEARCHED}.",
            ),
        ] = 100,
    ) -> Occurrences | None:
        check_last(last, MAX_RUNS_SEARCHED)
        return await queries.occurrences_of_sample(info.context, self, last)

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
        " null for a platform that this schema does not know.",
        metadata=STABILITY_COST,
    )
    async def stability(self: SampleRow, info: Info, last: LastResults = 20) -> Stability | None:
        run = await info.context.load(RunByIdLoader, self.run_id)
        if run is None or run.platform is None:
            return None
        results = ResultsUntil(run.platform, self.run_id)
        return await stability_of(info.context, self.regression_id, results, last=last)

    result_message: str | None = field_of_many(
        queries.result_messages_of,
        *("run_id", "regression_id", "status", "exit_code", "expected_exit_code"),
        description="The reason why the sample failed or was skipped, up to 500 characters;"
        " otherwise null.",
        metadata=read_ahead,
    )
