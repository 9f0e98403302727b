"""The filter and the orders of runs."""

from datetime import datetime
from enum import StrEnum

import strawberry
from sqlalchemy import ColumnElement, or_, select

from gql.database.pagination import Order
from gql.database.tables import Fork, Platform, RunTrigger, Test
from gql.domain.github import clone_urls
from gql.domain.status import LatestProgress, RunStatus, is_queued, status_of_run
from gql.loaders.run import NEWEST_FIRST, OLDEST_FIRST, started_at
from gql.request.queries import RUNS_SCANNED
from gql.schema.enums import document


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


@strawberry.input
class RunConditions:
    platform: Platform | None = strawberry.field(
        default=None, description="Only runs on this platform."
    )
    trigger: RunTrigger | None = strawberry.field(
        default=None, description="Only runs that were started by this trigger."
    )
    branch: str | None = strawberry.field(default=None, description="Only runs of this branch.")
    commit: str | None = strawberry.field(
        default=None, description="Only runs of a commit whose hash begins with this."
    )
    fork: str | None = strawberry.field(
        default=None,
        description="Only runs of this fork, such as `CCExtractor/ccextractor`.",
    )
    pull_request: int | None = strawberry.field(
        default=None, description="Only runs of the pull request with this number."
    )
    started_after: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported at this time or later."
    )
    started_before: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported before this time."
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a run itself, over `gql.domain.status.RUNS`."""
        conditions: list[ColumnElement[bool]] = []
        if self.platform is not None:
            conditions.append(Test.platform == self.platform)
        if self.trigger is not None:
            conditions.append(Test.test_type == self.trigger)
        if self.branch is not None:
            conditions.append(Test.branch == self.branch)
        if self.commit is not None:
            conditions.append(Test.commit.startswith(self.commit, autoescape=True))
        if self.fork is not None:
            forks = select(Fork.id).where(Fork.github.in_(clone_urls(self.fork)))
            conditions.append(Test.fork_id.in_(forks))
        if self.pull_request is not None:
            conditions.append(Test.pr_nr == self.pull_request)
        if self.started_after is not None:
            conditions.append(started_at >= self.started_after)
        if self.started_before is not None:
            conditions.append(started_at < self.started_before)
        return conditions


@strawberry.input(
    description="Only runs that match all of these. With a filter by state or status a page "
    f"considers up to {RUNS_SCANNED} runs: it can have fewer rows than you ask for, or none, "
    "while more follow. Continue from its `pageInfo`."
)
class RunFilter(RunConditions):
    states: list[RunState] | None = strawberry.field(
        default=None, description="Only runs whose latest reported state is one of these."
    )
    statuses: list[RunStatus] | None = strawberry.field(
        default=None, description="Only runs with one of these statuses."
    )

    def derived_conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a run's progress and results."""
        conditions: list[ColumnElement[bool]] = []
        if self.states is not None:
            reported = [state for state in self.states if state is not RunState.QUEUED]
            is_one = LatestProgress.status.in_(reported)
            conditions.append(or_(is_queued, is_one) if RunState.QUEUED in self.states else is_one)
        if self.statuses is not None:
            conditions.append(status_of_run.in_(self.statuses))
        return conditions


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
