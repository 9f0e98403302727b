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
    "What a run's worker reported last.",
    {
        RunState.QUEUED: "Nothing yet.",
        RunState.PREPARATION: "It prepares the machine and builds the commit.",
        RunState.TESTING: "It executes the tests.",
        RunState.COMPLETED: "It executed all tests that it could.",
        RunState.CANCELED: "It was stopped.",
    },
)


@strawberry.input
class RunConditions:
    platform: Platform | None = strawberry.field(default=None, description="The run is on it.")
    trigger: RunTrigger | None = strawberry.field(
        default=None, description="The run was started for that."
    )
    branch: str | None = strawberry.field(
        default=None, description="The run tests a commit of the branch of that name."
    )
    commit: str | None = strawberry.field(
        default=None, description="The hash of the tested commit begins with this."
    )
    fork: str | None = strawberry.field(
        default=None,
        description="The commit is from the fork of this name, such as `CCExtractor/ccextractor`.",
    )
    pull_request: int | None = strawberry.field(
        default=None, description="The run tests the pull request of this number."
    )
    started_after: datetime | None = strawberry.field(
        default=None, description="A worker took the run up at that time or later."
    )
    started_before: datetime | None = strawberry.field(
        default=None, description="A worker took the run up before that time."
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
    description="Which runs to give: those for which everything holds that is told here. Under a "
    f"filter by state or status a page looks at {RUNS_SCANNED} runs at most: it may hold fewer "
    "than asked for, or none, while more follow. Go on from its `pageInfo` as usual."
)
class RunFilter(RunConditions):
    states: list[RunState] | None = strawberry.field(
        default=None, description="Its worker reported one of these last."
    )
    statuses: list[RunStatus] | None = strawberry.field(
        default=None, description="It stands or ended in one of these ways."
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
    "In which order to give runs.",
    {
        RunOrder.NEWEST_FIRST: "By number, the latest first.",
        RunOrder.OLDEST_FIRST: "By number, the earliest first.",
    },
)

ORDERS: dict[RunOrder, Order] = {
    RunOrder.NEWEST_FIRST: NEWEST_FIRST,
    RunOrder.OLDEST_FIRST: OLDEST_FIRST,
}
