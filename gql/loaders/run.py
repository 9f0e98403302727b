"""Runs, and what their workers reported."""

from collections.abc import Hashable
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, case, func, select

from gql.database.pagination import Order
from gql.database.tables import Platform, RunTrigger, Test, TestProgress
from gql.domain.status import RUNS, LatestProgress, is_finished
from gql.loaders.base import Loader, Row, RowListLoader, Scope, SingleRowLoader, group_keys


class RunRow(Row):
    id: int
    platform: Platform | None
    trigger: RunTrigger | None
    fork_id: int | None
    branch: str | None
    commit: str | None
    pull_request: int | None
    started_at: datetime | None
    finished_at: datetime | None
    state: str | None
    last_message: str | None


class ProgressEventRow(Row):
    status: str | None
    at: datetime | None
    message: str | None


started_at = (
    select(func.min(TestProgress.timestamp))
    .where(TestProgress.test_id == Test.id)
    .correlate_except(TestProgress)
    .scalar_subquery()
)

RUN = select(
    Test.id,
    Test.platform,
    Test.test_type.label("trigger"),
    Test.fork_id,
    Test.branch,
    Test.commit,
    case((Test.pr_nr > 0, Test.pr_nr)).label("pull_request"),
    started_at.label("started_at"),
    case((is_finished, LatestProgress.timestamp)).label("finished_at"),
    LatestProgress.status.label("state"),
    LatestProgress.message.label("last_message"),
).select_from(RUNS)


NEWEST_FIRST = Order("run", (Test.id,), descending=True)
OLDEST_FIRST = Order("oldest run", (Test.id,))


class RunByIdLoader(SingleRowLoader[int, RunRow]):
    scope = Scope.RUN
    statement = RUN
    key = (Test.id,)


class RunConditions(Hashable, Protocol):
    """What a filter requires of one run."""

    def conditions_of_one(self) -> list[ColumnElement[bool]]: ...


class MatchingRunLoader(Loader[tuple[int, RunConditions], RunRow | None]):
    """Loads a run if it meets the conditions, else None."""

    scope = Scope.ALL_RUNS

    async def read(
        self, keys: list[tuple[int, RunConditions]]
    ) -> dict[tuple[int, RunConditions], RunRow | None]:
        runs: dict[tuple[int, RunConditions], RunRow | None] = dict.fromkeys(keys)
        for (conditions,), run_ids in group_keys(keys).items():
            statement = RUN.where(Test.id.in_(run_ids), *conditions.conditions_of_one())
            runs |= {(row.id, conditions): row for row in await self.snapshot.rows(statement)}
        return runs


class ProgressEventsByRunIdLoader(RowListLoader[int, ProgressEventRow]):
    scope = Scope.RUN
    statement = select(
        TestProgress.status, TestProgress.timestamp.label("at"), TestProgress.message
    ).order_by(TestProgress.id)
    key = (TestProgress.test_id,)
