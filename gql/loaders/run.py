from typing import Any

from sqlalchemy import Integer, Select, Subquery, case, cast, func, select

from gql.database.pagination import Order
from gql.database.tables import (
    Category,
    Fork,
    RegressionTest,
    RegressionTestCategory,
    Test,
    TestProgress,
)
from gql.domain.status import (
    RUNS,
    SAMPLES,
    LatestProgress,
    SampleStatus,
    is_finished,
    is_in_run,
    sample_status,
)
from gql.loaders.base import Among, ManyLoader, OneLoader

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


class RunByIdLoader(OneLoader[int]):
    statement = RUN
    key = (Test.id,)


class ProgressByRunIdLoader(ManyLoader[int]):
    statement = select(
        TestProgress.status, TestProgress.timestamp.label("at"), TestProgress.message
    ).order_by(TestProgress.id)
    key = (TestProgress.test_id,)


class ForkByIdLoader(OneLoader[int]):
    statement = select(Fork.id, Fork.github.label("clone_url"))
    key = (Fork.id,)


def _total(count: Any) -> Any:
    # MariaDB and PostgreSQL sum integers to decimals.
    return cast(func.coalesce(func.sum(count), 0), Integer)


def _counts(tally: Subquery) -> list[Any]:
    """The columns of a summary, from a tally of `samples` by `sample_status`."""

    def having(status: SampleStatus) -> Any:
        return _total(case((tally.c.sample_status == status, tally.c.samples), else_=0))

    return [
        _total(tally.c.samples).label("total"),
        having(SampleStatus.PASS).label("passed"),
        having(SampleStatus.FAIL).label("fail"),
        having(SampleStatus.SKIPPED).label("skipped"),
        having(SampleStatus.MISSING_OUTPUT).label("missing_output"),
        having(SampleStatus.RUNNING).label("running"),
        having(SampleStatus.NOT_STARTED).label("not_started"),
    ]


class CategorySummariesByRunIdLoader(ManyLoader[int]):
    """The counts of a run's samples in each category that it has samples of, by name."""

    key = (Test.id,)

    @classmethod
    def build(cls, among: Among) -> Select[*tuple[Any, ...]]:
        membership = (
            select(RegressionTestCategory.regression_id, RegressionTestCategory.category_id)
            .distinct()
            .subquery()
        )
        tally = (
            select(
                Test.id.label("run_id"),
                membership.c.category_id,
                sample_status.label("sample_status"),
                func.count().label("samples"),
            )
            .select_from(SAMPLES.join(membership, membership.c.regression_id == RegressionTest.id))
            .where(is_in_run, among(Test.id))
            .group_by(Test.id, membership.c.category_id, "sample_status")
            .subquery()
        )
        return (
            select(*_counts(tally), Category.id.label("category_id"), tally.c.run_id)
            .join_from(tally, Category, Category.id == tally.c.category_id)
            .group_by(tally.c.run_id, Category.id, Category.name)
            .order_by(func.coalesce(Category.name, ""), Category.id)
        )
