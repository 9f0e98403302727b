"""The filter and the orders of runs."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import strawberry
from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from gql.database.pagination import Order
from gql.database.tables import Fork, Platform, RunTrigger, Test, TestProgress
from gql.domain.github import clone_urls
from gql.domain.status import RunStatus
from gql.errors import BadInput
from gql.loaders.run import NEWEST_FIRST, OLDEST_FIRST, RunRow, started_at
from gql.loaders.run_summary import RunSummaryByRunIdLoader
from gql.request.context import Context
from gql.request.queries import RUNS_SCANNED
from gql.schema.enums import document
from gql.schema.filters.base import Filter, only


class RunState(StrEnum):
    QUEUED = "queued"
    PREPARATION = "preparation"
    TESTING = "testing"
    COMPLETED = "completed"
    CANCELED = "canceled"


document(
    RunState,
    "The latest state that the worker of a run reported.",
    {
        RunState.QUEUED: "No report yet.",
        RunState.PREPARATION: "The worker sets up the machine and builds the commit.",
        RunState.TESTING: "The worker executes the tests.",
        RunState.COMPLETED: "The worker has finished, even if some tests never reported.",
        RunState.CANCELED: "A user or an infrastructure error stopped the run.",
    },
)


MAX_COMMIT_LENGTH = 64


def is_of_pull_request(number: int) -> ColumnElement[bool]:
    if number < 1:
        # The platform stores 0 for a run that belongs to none.
        raise BadInput(
            f"pullRequest is {number}, and must be 1 or more. For runs of commits, filter by the "
            "trigger COMMIT.",
            argument="pullRequest",
        )
    return Test.pr_nr == number


def is_started(after: datetime | None, before: datetime | None) -> ColumnElement[bool]:
    """Whether the first report of `Test` is in a window of time: one pass over all reports."""
    first = func.min(TestProgress.timestamp)
    started = (
        select(TestProgress.test_id)
        .where(TestProgress.test_id.is_not(None))
        .group_by(TestProgress.test_id)
    )
    if after is not None:
        started = started.having(first >= after)
    if before is not None:
        started = started.having(first < before)
    return Test.id.in_(started)


def is_of_fork(name: str) -> ColumnElement[bool]:
    return Test.fork_id.in_(select(Fork.id).where(Fork.github.in_(clone_urls(name))))


def begins_with(prefix: str) -> ColumnElement[bool]:
    if len(prefix) > MAX_COMMIT_LENGTH:
        return false()
    begins = func.substr(Test.commit, 1, len(prefix), type_=Test.commit.type) == prefix
    if not prefix.isascii():
        return begins
    # An index can find what begins with it, although maybe in another case.
    return and_(Test.commit.startswith(prefix, autoescape=True), begins)


_latest_state = (
    select(TestProgress.status)
    .where(TestProgress.test_id == Test.id)
    .order_by(TestProgress.id.desc())
    .limit(1)
    .correlate(Test)
    .scalar_subquery()
)


def has_state(states: Sequence[RunState]) -> ColumnElement[bool]:
    reported = [state for state in states if state is not RunState.QUEUED]
    has_reported = _latest_state.in_(reported)
    if RunState.QUEUED not in states:
        return has_reported
    return or_(~exists().where(TestProgress.test_id == Test.id).correlate(Test), has_reported)


@strawberry.input
class RunConditions(Filter):
    platform: Platform | None = only(
        lambda platform: Test.platform == platform, description="Only runs on this platform."
    )
    trigger: RunTrigger | None = only(
        lambda trigger: Test.test_type == trigger,
        description="Only runs that were started by this trigger.",
    )
    branch: str | None = only(
        lambda name: Test.branch == name,
        description="Only runs of this branch.",
    )
    commit: str | None = only(
        begins_with,
        description="Only runs of a commit whose hash begins with this.",
    )
    fork: str | None = only(
        is_of_fork,
        description="Only runs of this fork, such as `CCExtractor/ccextractor`.",
    )
    pull_request: int | None = only(
        is_of_pull_request,
        description="Only runs of the pull request with this number, from 1.",
    )
    started_after: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported at this time or later."
    )
    started_before: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported before this time."
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions = super().conditions()
        if self.started_after is not None or self.started_before is not None:
            conditions.append(is_started(self.started_after, self.started_before))
        return conditions

    def conditions_of_one(self) -> list[ColumnElement[bool]]:
        """The same for a run whose id is known, without reading the reports of others."""
        conditions = super().conditions()
        if self.started_after is not None:
            conditions.append(started_at >= self.started_after)
        if self.started_before is not None:
            conditions.append(started_at < self.started_before)
        return conditions


@strawberry.input(
    description="Only runs that match all of these. With a filter by status a page "
    f"considers up to {RUNS_SCANNED} runs: it can have fewer rows than you ask for, or none, "
    "while more follow. Continue from its `pageInfo`."
)
class RunFilter(RunConditions):
    states: list[RunState] | None = only(
        has_state, description="Only runs whose latest reported state is one of these."
    )
    statuses: list[RunStatus] | None = strawberry.field(
        default=None, description="Only runs with one of these statuses."
    )

    __hash__ = Filter.__hash__

    @property
    def is_search(self) -> bool:
        """Whether a page looks at runs that it may not show."""
        return self.statuses is not None

    async def find(self, context: Context, runs: list[RunRow]) -> list[bool]:
        """Whether each of the runs has one of the statuses."""
        summaries = await context.load_many(RunSummaryByRunIdLoader, [run.id for run in runs])
        return [row is not None and row.status in (self.statuses or ()) for row in summaries]


class RunOrder(StrEnum):
    NEWEST_FIRST = "newest_first"
    OLDEST_FIRST = "oldest_first"


document(
    RunOrder,
    "The order of runs.",
    {
        RunOrder.NEWEST_FIRST: "By number, newest run first.",
        RunOrder.OLDEST_FIRST: "By number, oldest run first.",
    },
)

ORDERS: dict[RunOrder, Order] = {
    RunOrder.NEWEST_FIRST: NEWEST_FIRST,
    RunOrder.OLDEST_FIRST: OLDEST_FIRST,
}
