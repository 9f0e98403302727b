"""How many samples of a run have each status."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    func,
    select,
)
from typing_extensions import override

from gql.database.prepared_statements import Statement
from gql.database.tables import (
    Category,
    RegressionTest,
    RegressionTestCategory,
    Test,
)
from gql.domain.status import (
    SAMPLES,
    RunStatus,
    SampleStatus,
    differs,
    differs_today,
    is_in_run,
    sample_status,
)
from gql.domain.status_counts import (
    status_of_counts,
)
from gql.loaders.base import KeyedLoader, KeyPredicate, Row, RowListLoader, Scope
from gql.loaders.names import sorted_by_name
from gql.loaders.run_lists import (
    Catalogue,
    catalogue_of,
    select_catalogue,
    select_lists,
    test_of_result,
)


@dataclass(frozen=True, slots=True)
class RunSummaryRow:
    """A run's status, and how many of its samples have each status."""

    run_id: int
    status: RunStatus
    total: int
    passed: int
    fail: int
    missing_output: int
    skipped: int
    running: int
    not_started: int


class SampleCountsRow(Row):
    total: int
    passed: int
    fail: int
    missing_output: int
    skipped: int
    running: int
    not_started: int


class CategorySummaryRow(SampleCountsRow):
    category_id: int
    name: str | None


class RunSummaryByRunIdLoader(KeyedLoader[int, RunSummaryRow | None]):
    """Loads the summary of a run, or None if there is no such run."""

    scope = Scope.RUN
    differs: ClassVar[ColumnElement[bool]] = differs
    key = (Test.id,)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        return select_lists(has_key, test_of_result, cls.differs)

    async def read(self, keys: list[int]) -> dict[int, RunSummaryRow | None]:
        [lists] = await self.snapshot.prepared_rows({}, select_catalogue)
        catalogue = catalogue_of(lists.tests, lists.active, lists.outputs)
        return {
            run_id: _summary(run_id, rows[0], catalogue) if rows else None
            for run_id, rows in (await self.rows_by_key(keys)).items()
        }


class RunSummaryTodayByRunIdLoader(RunSummaryByRunIdLoader):
    """Loads the summary of a run by today's baselines."""

    scope = Scope.RUN
    differs = differs_today


def _summary(run_id: int, run: Any, catalogue: Catalogue) -> RunSummaryRow:
    counts = catalogue.counts(run)
    return RunSummaryRow(
        run_id=run_id,
        status=status_of_counts(run.state, counts),
        total=counts.total(),
        passed=counts[SampleStatus.PASS],
        fail=counts[SampleStatus.FAIL],
        missing_output=counts[SampleStatus.MISSING_OUTPUT],
        skipped=counts[SampleStatus.SKIPPED],
        running=counts[SampleStatus.RUNNING],
        not_started=counts[SampleStatus.NOT_STARTED],
    )


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


class CategorySummariesByRunIdLoader(RowListLoader[int, CategorySummaryRow]):
    """Loads the counts of a run's samples in each of their categories, by the category's name."""

    scope = Scope.RUN
    key = (Test.id,)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
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
            .where(is_in_run(has_key.of_first), has_key(Test.id))
            .group_by(Test.id, membership.c.category_id, "sample_status")
            .subquery()
        )
        return (
            select(*_counts(tally), Category.id.label("category_id"), Category.name, tally.c.run_id)
            .join_from(tally, Category, Category.id == tally.c.category_id)
            .group_by(tally.c.run_id, Category.id, Category.name)
        )

    @override
    async def read(self, keys: list[int]) -> dict[int, list[CategorySummaryRow]]:
        rows_by_key = await self.rows_by_key(keys)
        return {run_id: sorted_by_name(rows) for run_id, rows in rows_by_key.items()}
