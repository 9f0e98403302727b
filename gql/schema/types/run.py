from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated

import strawberry

from gql.database.tables import Platform, RunTrigger
from gql.domain.base_selection import BaseSelection
from gql.domain.estimate import PAST_RUNS
from gql.domain.failure import Failure, FailureKind
from gql.domain.status import RunStatus
from gql.execution.batch_keys import batch_keys, reads_files
from gql.execution.field_cost import CATEGORIES, PROGRESS_EVENTS, cost
from gql.loaders.base_run import PreviousRunIdByRunIdLoader
from gql.loaders.category import CategoryByIdLoader
from gql.loaders.estimate import MAX_WAITING, EstimatedFinishByRunIdLoader
from gql.loaders.failure import FailuresByRunIdLoader
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.queue import QueuePositionByRunIdLoader
from gql.loaders.revision import RevisionByRunIdLoader
from gql.loaders.run import (
    ProgressEventRow,
    ProgressEventsByRunIdLoader,
    RunByIdLoader,
    RunRow,
)
from gql.loaders.run_summary import (
    CategorySummariesByRunIdLoader,
    CategorySummaryRow,
    RunSummaryByRunIdLoader,
    RunSummaryTodayByRunIdLoader,
    SampleCountsRow,
)
from gql.loaders.sample import (
    SampleByRunAndRegressionIdLoader,
    SampleCountByRunIdLoader,
    SamplePageByRunIdLoader,
    SampleRow,
)
from gql.request import file_queries, queries
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.sample import ORDERS, SampleFilter, SampleOrder
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.node import Node
from gql.schema.types.category import Category
from gql.schema.types.comparison import Against, BaseRun, RunComparison, comparison_of
from gql.schema.types.connections import SAMPLES_COST, SampleConnection
from gql.schema.types.fork import Fork
from gql.schema.types.log import LogConnection
from gql.schema.types.revision import LazyRun, PlatformArgument, Revision, runs_of
from gql.schema.types.sample import Sample

MAX_SAMPLES = 500
MAX_LOG_LINES = 500


@strawberry.type
class _SampleCounts(SampleCountsRow):
    total: int = strawberry.field(description="All samples: the sum of the counts by status.")
    passed: int = strawberry.field(name="pass", description="Samples that passed.")
    fail: int = strawberry.field(
        description="Samples that failed: an unexpected exit code or a different output."
    )
    missing_output: int = strawberry.field(description="Samples that missed an expected output.")
    skipped: int = strawberry.field(description="Samples without a result in a run that has ended.")
    running: int = strawberry.field(
        description="Samples without a result in a run that is testing."
    )
    not_started: int = strawberry.field(
        description="Samples of a run that is queued or in preparation."
    )

    @strawberry.field(description="Samples with a result.")
    def completed(self: SampleCountsRow) -> int:
        return self.passed + self.fail + self.missing_output

    @strawberry.field(description="The share of samples with a result, from 0 to 1.")
    def completed_ratio(self: SampleCountsRow) -> float:
        results = self.passed + self.fail + self.missing_output
        return results / self.total if self.total else 0.0


@strawberry.type(description="The number of samples with each status in one category of a run.")
class CategorySummary(_SampleCounts, CategorySummaryRow):
    category: Category = loader_field(
        CategoryByIdLoader, "category_id", description="The category."
    )


@strawberry.type(description="The number of samples that failed in the same way.")
class FailureKindCount:
    kind: FailureKind = strawberry.field(description="How they failed.")
    count: int = strawberry.field(description="The number of samples.")


def _counts_of_kinds(failures: Mapping[int, Failure]) -> list[FailureKindCount]:
    counts = Counter(failure.kind for failure in failures.values())
    return [FailureKindCount(kind=kind, count=counts[kind]) for kind in FailureKind if counts[kind]]


@strawberry.type(description="The number of samples with each status in a run.")
class RunSummary(_SampleCounts):
    run_id: strawberry.Private[int]

    pass_today: int = loader_field(
        RunSummaryTodayByRunIdLoader,
        "run_id",
        value_of=attrgetter("passed"),
        description="Samples that pass by today's baselines: `Sample.statusToday`.",
        metadata=cost(extra_rows=30),
    )
    by_failure_kind: list[FailureKindCount] = loader_field(
        FailuresByRunIdLoader,
        "run_id",
        value_of=_counts_of_kinds,
        description="The number of failing samples of each kind that occurs, in the order of "
        "`FailureKind`.",
        metadata=cost(extra_rows=30, list_size=len(FailureKind)),
    )
    by_category: list[CategorySummary] = loader_field(
        CategorySummariesByRunIdLoader,
        "run_id",
        description="The same counts for each category, ordered by name. A sample counts "
        "in each of its categories.",
        metadata=cost(extra_rows=150, list_size=CATEGORIES),
    )


@strawberry.type(description="A report from the worker of a run, or from the platform for it.")
class ProgressEvent(ProgressEventRow):
    status: str | None = strawberry.field(
        description="The reported state: `preparation`, `testing`, `completed` or `canceled`."
    )
    at: datetime | None = strawberry.field(description="The time of the report.")
    message: str | None = strawberry.field(description="The message of the report.")


def _first_testing(events: list[ProgressEventRow]) -> datetime | None:
    return next((event.at for event in events if event.status == "testing"), None)


@strawberry.type(description="One execution of the regression suite for a commit on a platform.")
class Run(Node, RunRow):
    id: int = strawberry.field(description="The run's number.")
    platform: Platform | None = strawberry.field(
        description="The operating system of the worker; null for one that this schema "
        "does not know."
    )
    trigger: RunTrigger | None = strawberry.field(
        description="What started the run; null for a reason that this schema does not know."
    )
    branch: str | None = strawberry.field(description="The branch of the tested commit.")
    commit: str | None = strawberry.field(description="The hash of the tested commit.")
    pull_request: int | None = strawberry.field(
        description="The number of the pull request; null for a run of a commit."
    )
    started_at: datetime | None = strawberry.field(
        description="The time of the first report, when the worker begins to prepare; null while "
        "the run is queued. The tests begin at `testingStartedAt`."
    )
    testing_started_at: datetime | None = loader_field(
        ProgressEventsByRunIdLoader,
        "id",
        value_of=_first_testing,
        description="The time of the first report that tests are executed; null before.",
    )
    queue_position: int | None = loader_field(
        QueuePositionByRunIdLoader,
        "id",
        description="The position in the queue of its platform, from 1; null unless it waits.",
        metadata=cost(extra_rows=5),
    )
    estimated_finish: datetime | None = loader_field(
        EstimatedFinishByRunIdLoader,
        "id",
        description="When the run will be completed, by how long its remaining tests took in the "
        f"last {PAST_RUNS} completed runs on the platform, or else by the platform's averages. In "
        "the past if the run takes longer than usual. A run that waits is taken up after those "
        "before it, by as many workers as are busy now. Null if the run has ended, if its queue is "
        f"paused, from position {MAX_WAITING + 1} on, and if nothing is known.",
        metadata=cost(extra_rows=100),
    )
    finished_at: datetime | None = strawberry.field(
        description="The time when the run was completed or canceled; null before."
    )

    @strawberry.field(
        description="Seconds from the first report to the last; null until the run ends."
    )
    def duration_seconds(self: RunRow) -> int | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return int((self.finished_at - self.started_at).total_seconds())

    status: RunStatus = loader_field(
        RunSummaryByRunIdLoader,
        "id",
        value_of=attrgetter("status"),
        description="How it stands, or how it ended.",
        metadata=cost(extra_rows=7),
    )
    fork: Fork | None = loader_field(
        ForkByIdLoader, "fork_id", description="The repository that contains the commit."
    )

    @strawberry.field(description="The page of the pull request or commit on GitHub.")
    async def url(self: RunRow, info: Info) -> str | None:
        return await queries.run_url(info.context, self)

    @strawberry.field(
        description="The run's page on the platform; null if the gateway does not know the "
        "platform's address."
    )
    def page_url(self: RunRow, info: Info) -> str | None:
        return file_queries.page_url(info.context, f"/test/{self.id}")

    @strawberry.field(
        description="The platform's page with the run's log; null if the gateway does not know "
        "the platform's address."
    )
    def log_url(self: RunRow, info: Info) -> str | None:
        return file_queries.page_url(info.context, f"/test/log-files/{self.id}")

    @connection_field(
        maximum=MAX_LOG_LINES,
        description="The lines of the log that the worker uploaded at the end: its first 10 MiB. "
        "Null before, and if the gateway serves no files. Needs the scope `results:read`.",
        metadata=cost(extra_rows=50) | reads_files,
    )
    async def log(
        self: RunRow,
        info: Info,
        *,
        page: PageArguments,
        search: Annotated[
            str | None,
            strawberry.argument(description="Only lines with this text, in upper or lower case."),
        ] = None,
    ) -> LogConnection | None:
        paging = page.paging(file_queries.BY_LINE_NUMBER)
        found = await file_queries.log_page(info.context, self, paging, search)
        return None if found is None else LogConnection.of(*found)

    progress: list[ProgressEvent] = loader_field(
        ProgressEventsByRunIdLoader,
        "id",
        description="The reports of the worker, oldest first.",
        metadata=cost(list_size=PROGRESS_EVENTS),
    )
    summary: RunSummary = loader_field(
        RunSummaryByRunIdLoader,
        "id",
        description="The number of samples with each status.",
        metadata=cost(extra_rows=7),
    )

    @connection_field(
        maximum=MAX_SAMPLES,
        description="The samples of the run: one for each test that was chosen for it, and "
        "for each test that has a result. Without chosen tests, a run that has "
        "not ended has a sample for each active test. The default order is by "
        "regression id.",
        metadata=SAMPLES_COST,
    )
    async def samples(
        self: RunRow,
        info: Info,
        *,
        page: PageArguments,
        filter: Annotated[
            SampleFilter | None,
            strawberry.argument(description="Only samples that match."),
        ] = None,
        order_by: Annotated[
            SampleOrder, strawberry.argument(description="The order of the rows.")
        ] = SampleOrder.REGRESSION_ID,
    ) -> SampleConnection | None:
        if filter is not None and filter.verdicts is not None:
            info.context.mark_volatile()  # Another run may become the base.
        key = (self.id, page.paging(ORDERS[order_by]), filter, queries.needs_status(info.context))
        return SampleConnection(
            page=await info.context.load(SamplePageByRunIdLoader, key),
            count=lambda: info.context.load(SampleCountByRunIdLoader, (self.id, filter)),
        )

    @strawberry.field(
        graphql_type=Annotated["Run", strawberry.lazy("gql.schema.types.run")] | None,
        description="The run before this one on the same platform: of the same pull request, or, "
        "for a run of a commit, of the same fork and branch. Null if this is the first.",
        metadata=cost(extra_rows=15),
    )
    async def previous(self: RunRow, info: Info) -> RunRow | None:
        run_id = await info.context.load(PreviousRunIdByRunIdLoader, self.id)
        return None if run_id is None else await info.context.load(RunByIdLoader, run_id)

    revision: Revision = loader_field(
        RevisionByRunIdLoader,
        "id",
        description="The commit of this run, with its runs on all platforms.",
        metadata=cost(extra_rows=5),
    )

    @strawberry.field(
        graphql_type=LazyRun | None,
        description="The latest other run of the same commit on a platform; null without one.",
        metadata=cost(extra_rows=5),
    )
    async def sibling(self: RunRow, info: Info, platform: PlatformArgument) -> RunRow | None:
        revision = await info.context.load(RevisionByRunIdLoader, self.id)
        runs = [] if revision is None else await runs_of(info.context, revision)
        others = (run for run in runs if run.id != self.id and run.platform is platform)
        return next(others, None)

    @strawberry.field(
        description="A comparison of this run with its base: what broke, what was fixed. "
        "Without `base`, the gateway picks one. Null if the run you name does "
        "not exist.",
        metadata=cost(extra_rows=200),
    )
    async def comparison(
        self: RunRow, info: Info, base: BaseRun = None, against: Against = BaseSelection.BEFORE
    ) -> RunComparison | None:
        return await comparison_of(info.context, self, base, against)

    @strawberry.field(
        graphql_type=Sample | None,
        description="The sample of one regression test; null if the test is not part of the run.",
        metadata=batch_keys("regressionId"),
    )
    async def sample(
        self: RunRow,
        info: Info,
        regression_id: Annotated[
            int, strawberry.argument(description="The regression test's number.")
        ],
    ) -> SampleRow | None:
        return await info.context.load(SampleByRunAndRegressionIdLoader, (self.id, regression_id))
