"""The filters and orders of insights."""

from datetime import datetime
from enum import StrEnum

import strawberry
from sqlalchemy import ColumnElement

from gql.database.tables import Platform, RegressionTest, RunTrigger, Test
from gql.schema.enums import document
from gql.schema.filters.base import Filter, only
from gql.schema.filters.conditions import contains, is_in_category
from gql.schema.filters.run import RunState, has_state, is_of_fork, is_started


@strawberry.input(description="Only completed runs that match all of these.")
class InsightFilter(Filter):
    platform: Platform = strawberry.field(description="Only runs on this platform.")
    branch: str | None = only(
        lambda name: Test.branch == name, description="Only runs of this branch."
    )
    fork: str | None = only(
        is_of_fork, description="Only runs of this fork, such as `CCExtractor/ccextractor`."
    )
    trigger: RunTrigger | None = only(
        lambda trigger: Test.test_type == trigger,
        description="Only runs that were started by this trigger.",
    )
    started_after: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported at this time or later."
    )
    started_before: datetime | None = strawberry.field(
        default=None, description="Only runs whose worker first reported before this time."
    )

    __hash__ = Filter.__hash__

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of the runs that are looked at."""
        conditions = [
            Test.platform == self.platform,
            has_state([RunState.COMPLETED]),
            *super().conditions(),
        ]
        if self.started_after is not None or self.started_before is not None:
            conditions.append(is_started(self.started_after, self.started_before))
        return conditions


@strawberry.input(description="Only tests that match all of these.")
class InsightTestFilter(Filter):
    categories: list[str] | None = only(
        is_in_category, description="Only tests in one of these categories, by name."
    )
    search: str | None = only(
        lambda text: contains(text, RegressionTest.command, RegressionTest.description),
        description="Only tests whose command or description contains this text. Case does "
        "not matter.",
    )
    regression_ids: list[int] | None = strawberry.field(
        default=None, description="Only these regression tests."
    )
    fails_now: bool | None = strawberry.field(
        default=None,
        description="Only tests whose newest result failed; with `false`, only the others.",
    )
    is_flaky: bool | None = strawberry.field(
        default=None, description="Only flaky tests; with `false`, only the others."
    )


class InsightOrder(StrEnum):
    """The order of the tests of insights."""

    REGRESSION_ID = "regression_id"
    MOST_FAILURES = "most_failures"
    LOWEST_PASS_RATE = "lowest_pass_rate"  # noqa: S105
    MOST_STATUS_CHANGES = "most_status_changes"
    SLOWEST = "slowest"
    LARGEST_SLOWDOWN = "largest_slowdown"
    LONGEST_FAILING = "longest_failing"


document(
    InsightOrder,
    "The order of tests; those that are equal by it are ordered by regression id.",
    {
        InsightOrder.REGRESSION_ID: "By regression id.",
        InsightOrder.MOST_FAILURES: "By the number of failures, most first.",
        InsightOrder.LOWEST_PASS_RATE: "By pass rate, lowest first. Tests without a result are "
        "last.",
        InsightOrder.MOST_STATUS_CHANGES: "By status changes, most first.",
        InsightOrder.SLOWEST: "By the median of their runtimes, longest first.",
        InsightOrder.LARGEST_SLOWDOWN: "By the slowdown of their newest runtime, largest first.",
        InsightOrder.LONGEST_FAILING: "By `failingSince`, oldest first. Tests that do not fail now "
        "are last.",
    },
)


class Interval(StrEnum):
    """The width of a point of a plot."""

    RUN = "run"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


document(
    Interval,
    "What a point of a plot stands for. Days, weeks and months are those of UTC.",
    {
        Interval.RUN: "One run.",
        Interval.DAY: "The runs that started on one day.",
        Interval.WEEK: "The runs that started in one week, from Monday.",
        Interval.MONTH: "The runs that started in one month.",
    },
)
