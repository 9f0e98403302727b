"""Runs, and what their workers reported."""

from sqlalchemy import case, func, select

from gql.database.pagination import Order
from gql.database.tables import Test, TestProgress
from gql.domain.status import RUNS, LatestProgress, is_finished
from gql.loaders.base import RowListLoader, SingleRowLoader

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


class RunByIdLoader(SingleRowLoader[int]):
    statement = RUN
    key = (Test.id,)


class ProgressEventsByRunIdLoader(RowListLoader[int]):
    statement = select(
        TestProgress.status, TestProgress.timestamp.label("at"), TestProgress.message
    ).order_by(TestProgress.id)
    key = (TestProgress.test_id,)
