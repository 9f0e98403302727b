from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.database.tables import Platform
from gql.domain.revision import platform_differences, worst_status
from gql.domain.status import RunStatus
from gql.execution.field_cost import SAMPLES_OF_A_RUN, cost
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.release import ReleaseByCommitLoader
from gql.loaders.revision import MAX_RUNS_OF_REVISION, RevisionRow
from gql.loaders.run import RunByIdLoader, RunRow
from gql.loaders.run_summary import RunSummaryByRunIdLoader
from gql.loaders.sample import SamplesByRunIdLoader
from gql.pacing import pause
from gql.request import queries
from gql.request.context import Context
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.types.fork import Fork
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.release import Release

if TYPE_CHECKING:
    from gql.schema.types.run import Run
    from gql.schema.types.sample import Sample

LazyRun = Annotated["Run", strawberry.lazy("gql.schema.types.run")]
LazySample = Annotated["Sample", strawberry.lazy("gql.schema.types.sample")]
PlatformArgument = Annotated[Platform, strawberry.argument(description="The operating system.")]

# A run for each platform, and some more that were started again.
_RUNS = 4


@strawberry.type(
    description="A regression test that passes on one platform and fails on another, or that "
    "fails there in another way."
)
class PlatformDifference:
    regression_id: strawberry.Private[int]

    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The definition of the test."
    )
    samples: list[LazySample] = strawberry.field(
        description="The sample on each platform that has a result.",
        metadata=cost(list_size=len(Platform)),
    )


async def runs_of(context: Context, revision: RevisionRow) -> list[RunRow]:
    """The runs of a revision, the newest first."""
    runs = await context.load_many(RunByIdLoader, revision.run_ids)
    return [run for run in runs if run is not None]


async def latest_runs_of(context: Context, revision: RevisionRow) -> list[RunRow]:
    """The latest run of a revision on each platform, by the platform's name."""
    runs = await runs_of(context, revision)
    latest = {run.platform: run for run in reversed(runs)}
    return [latest[platform] for platform in sorted(latest, key=str)]


@strawberry.type(
    description="A commit of a fork or of a pull request, with its runs on all platforms."
)
class Revision:
    newest_id: strawberry.Private[int]
    fork_id: strawberry.Private[int | None]

    commit: str = strawberry.field(description="The hash of the commit.")
    pull_request: int | None = strawberry.field(
        description="The number of the pull request; null for a commit of a branch."
    )
    branch: str = loader_field(
        RunByIdLoader,
        "newest_id",
        value_of=lambda run: run.branch,
        description="The branch that its newest run was started for.",
    )
    fork: Fork | None = loader_field(
        ForkByIdLoader, "fork_id", description="The repository that contains the commit."
    )

    release: Release | None = loader_field(
        ReleaseByCommitLoader,
        "commit",
        description="The release that the commit became; null if it became none.",
    )

    @strawberry.field(description="The page of the pull request or commit on GitHub.")
    async def url(self: RevisionRow, info: Info) -> str | None:
        run = await info.context.load(RunByIdLoader, self.newest_id)
        return None if run is None else await queries.run_url(info.context, run)

    @strawberry.field(
        graphql_type=list[LazyRun],
        description="Its runs on all platforms, the newest first: up to "
        f"{MAX_RUNS_OF_REVISION} of them.",
        metadata=cost(list_size=_RUNS),
    )
    async def runs(self: RevisionRow, info: Info) -> list[RunRow]:
        return await runs_of(info.context, self)

    @strawberry.field(
        graphql_type=LazyRun | None,
        description="Its latest run on a platform; null without one.",
    )
    async def run(self: RevisionRow, info: Info, platform: PlatformArgument) -> RunRow | None:
        runs = await runs_of(info.context, self)
        return next((run for run in runs if run.platform is platform), None)

    @strawberry.field(
        description="The worst status of its latest run on each platform: `FAIL`, `ERROR`, "
        "`INCOMPLETE`, `CANCELED`, `RUNNING`, `QUEUED`, else `PASS`.",
        metadata=cost(extra_rows=20),
    )
    async def status(self: RevisionRow, info: Info) -> RunStatus:
        latest = await latest_runs_of(info.context, self)
        summaries = await info.context.load_many(
            RunSummaryByRunIdLoader, [run.id for run in latest]
        )
        return worst_status(summary.status for summary in summaries if summary is not None)

    @strawberry.field(
        description="The tests whose latest results differ between platforms, by regression id: "
        "they pass on one and fail on another, or fail with another `failureKind`.",
        metadata=cost(list_size=SAMPLES_OF_A_RUN),
    )
    async def platform_differences(self: RevisionRow, info: Info) -> list[PlatformDifference]:
        latest = await latest_runs_of(info.context, self)
        samples = await info.context.load_many(SamplesByRunIdLoader, [run.id for run in latest])
        await pause()
        return [
            PlatformDifference(regression_id=test, samples=of_test)  # type: ignore[arg-type]
            for test, of_test in platform_differences(samples).items()
        ]
