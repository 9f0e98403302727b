from datetime import datetime
from operator import attrgetter
from typing import Annotated

import strawberry

from gql.database.pagination import parse_paging
from gql.database.tables import Platform, RunTrigger
from gql.domain.base_selection import BaseSelection
from gql.domain.status import RunStatus
from gql.execution.field_cost import CATEGORIES, PROGRESS_EVENTS, cost
from gql.loaders.base_run import PreviousRunIdByRunIdLoader
from gql.loaders.category import CategoryByIdLoader
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.run import ProgressEventsByRunIdLoader, RunByIdLoader
from gql.loaders.run_summary import CategorySummariesByRunIdLoader, RunSummaryByRunIdLoader
from gql.loaders.sample import (
    SampleByRunAndRegressionIdLoader,
    SampleCountByRunIdLoader,
    SamplePageByRunIdLoader,
)
from gql.request import queries
from gql.request.context import Info
from gql.schema.connection import (
    AfterCursor,
    BeforeCursor,
    Connection,
    how_many_first,
    how_many_last,
)
from gql.schema.filters.sample import ORDERS, SampleFilter, SampleOrder
from gql.schema.loader_field import loader_field
from gql.schema.node import Node
from gql.schema.types.category import Category
from gql.schema.types.comparison import Against, BaseRun, RunComparison, comparison_of
from gql.schema.types.fork import Fork
from gql.schema.types.sample import Sample

MAX_SAMPLES = 500


@strawberry.type
class _SampleCounts:
    total: int = strawberry.field(description="All samples; the other counts add up to it.")
    passed: int = strawberry.field(name="pass", description="Samples that pass.")
    fail: int = strawberry.field(description="Samples that fail.")
    missing_output: int = strawberry.field(description="Samples that miss an output.")
    skipped: int = strawberry.field(description="Samples that the run ended without.")
    running: int = strawberry.field(description="Samples that a testing run has yet to report.")
    not_started: int = strawberry.field(description="Samples of a run that is not testing yet.")

    @strawberry.field(description="Samples that have a result: how far the run came.")
    def completed(self) -> int:
        return self.passed + self.fail + self.missing_output

    @strawberry.field(description="The share of samples that have a result, from 0 to 1.")
    def completed_ratio(self) -> float:
        results = self.passed + self.fail + self.missing_output
        return results / self.total if self.total else 0.0


@strawberry.type(description="How many of a run's samples in a category have each status.")
class CategorySummary(_SampleCounts):
    category_id: strawberry.Private[int]

    category: Category = loader_field(
        CategoryByIdLoader, "category_id", description="The category."
    )


@strawberry.type(description="How many of a run's samples have each status.")
class RunSummary(_SampleCounts):
    run_id: strawberry.Private[int]

    by_category: list[CategorySummary] = loader_field(
        CategorySummariesByRunIdLoader,
        "run_id",
        description="The same counts in each category, by name. A sample counts in each of its "
        "categories, and in none if it has none.",
        metadata=cost(list_size=CATEGORIES),
    )


@strawberry.type(description="A report of a run's worker, or of the platform on its behalf.")
class ProgressEvent:
    status: str = strawberry.field(
        description="The state it reports: `preparation`, `testing`, `completed` or `canceled`."
    )
    at: datetime = strawberry.field(description="When it was reported.")
    message: str = strawberry.field(description="What was reported, in words.")


@strawberry.type(description="One execution of the regression suite for a commit on a platform.")
class Run(Node):
    fork_id: strawberry.Private[int | None]

    id: int = strawberry.field(description="The run's number.")
    platform: Platform | None = strawberry.field(
        description="Where it runs; null for a platform this schema does not know."
    )
    trigger: RunTrigger | None = strawberry.field(
        description="What it was started for; null for a reason this schema does not know."
    )
    branch: str = strawberry.field(description="The branch of the tested commit.")
    commit: str = strawberry.field(description="The hash of the tested commit.")
    pull_request: int | None = strawberry.field(
        description="The pull request's number; null for a run of a commit."
    )
    started_at: datetime | None = strawberry.field(
        description="When a worker took it up; null while it is queued."
    )
    finished_at: datetime | None = strawberry.field(
        description="When it was completed or canceled; null before."
    )

    @strawberry.field(description="How long it took, in seconds; null until it ends.")
    def duration_seconds(self) -> int | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return int((self.finished_at - self.started_at).total_seconds())

    status: RunStatus = loader_field(
        RunSummaryByRunIdLoader,
        "id",
        value_of=attrgetter("status"),
        description="How it stands, or how it ended.",
        metadata=cost(extra_rows=5),
    )
    fork: Fork | None = loader_field(
        ForkByIdLoader, "fork_id", description="The repository that the commit is from."
    )

    @strawberry.field(description="The pull request or commit on the code host.")
    async def url(self, info: Info) -> str | None:
        return await queries.run_url(info.context, self)

    progress: list[ProgressEvent] = loader_field(
        ProgressEventsByRunIdLoader,
        "id",
        description="What its worker reported, oldest first.",
        metadata=cost(list_size=PROGRESS_EVENTS),
    )
    summary: RunSummary = loader_field(
        RunSummaryByRunIdLoader,
        "id",
        description="How many of its samples have each status.",
        metadata=cost(extra_rows=10),
    )

    @strawberry.field(
        description="Its samples: the tests chosen for it, else all active ones until it ends; "
        "and every test that it has a result of. By regression id unless told.",
        metadata=cost(extra_rows=10),
    )
    async def samples(
        self,
        info: Info,
        first: Annotated[int | None, how_many_first(MAX_SAMPLES)] = None,
        after: AfterCursor = None,
        last: Annotated[int | None, how_many_last(MAX_SAMPLES)] = None,
        before: BeforeCursor = None,
        filter: Annotated[
            SampleFilter | None, strawberry.argument(description="Which samples to give.")
        ] = None,
        order_by: Annotated[
            SampleOrder, strawberry.argument(description="In which order.")
        ] = SampleOrder.REGRESSION_ID,
    ) -> Connection[Sample] | None:
        paging = parse_paging(
            ORDERS[order_by],
            first=first,
            after=after,
            last=last,
            before=before,
            maximum=MAX_SAMPLES,
        )
        page = await info.context.load(SamplePageByRunIdLoader, (self.id, paging, filter))
        return Connection(
            page=page, count=lambda: info.context.load(SampleCountByRunIdLoader, (self.id, filter))
        )

    @strawberry.field(
        description="The run before this one of the same fork, branch and platform; null if none."
    )
    async def previous(
        self, info: Info
    ) -> Annotated["Run", strawberry.lazy("gql.schema.types.run")] | None:
        run_id = await info.context.load(PreviousRunIdByRunIdLoader, self.id)
        return None if run_id is None else await info.context.load(RunByIdLoader, run_id)

    @strawberry.field(
        description="What changed in it since another run, which is picked if none is named. Null "
        "if the one named does not exist.",
        metadata=cost(extra_rows=20),
    )
    async def comparison(
        self, info: Info, base: BaseRun = None, against: Against = BaseSelection.BEFORE
    ) -> RunComparison | None:
        return await comparison_of(info.context, self, base, against)

    @strawberry.field(description="The sample of one regression test; null if the run has none.")
    async def sample(
        self,
        info: Info,
        regression_id: Annotated[
            int, strawberry.argument(description="The regression test's number.")
        ],
    ) -> Sample | None:
        return await info.context.load(SampleByRunAndRegressionIdLoader, (self.id, regression_id))
