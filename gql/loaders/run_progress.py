"""How far a run is."""

from dataclasses import dataclass

from sqlalchemy import select

from gql.database.tables import RegressionTest, Test, TestResult
from gql.domain.status import RUNS, LatestProgress, is_finished
from gql.loaders.base import KeyedLoader, Scope
from gql.loaders.run_mark import RunMark


@dataclass(frozen=True, slots=True)
class RunProgressRow:
    """How far a run is: its latest report, and the regression ids of its samples with a result."""

    report_id: int | None
    is_finished: bool
    completed: frozenset[int]

    @property
    def mark(self) -> RunMark:
        """What shows that the run has changed since."""
        return RunMark(self.report_id, self.is_finished, len(self.completed), sum(self.completed))


class RunProgressByRunIdLoader(KeyedLoader[int, RunProgressRow | None]):
    """Loads how far a run is, or None if there is no such run."""

    scope = Scope.RUN
    statement = select(
        LatestProgress.id.label("report_id"),
        is_finished.label("is_finished"),
        RegressionTest.id.label("regression_id"),
    ).select_from(
        RUNS.outerjoin(TestResult, TestResult.test_id == Test.id).outerjoin(
            RegressionTest, RegressionTest.id == TestResult.regression_test_id
        )
    )
    key = (Test.id,)

    async def read(self, keys: list[int]) -> dict[int, RunProgressRow | None]:
        return {
            run_id: RunProgressRow(
                report_id=rows[0].report_id,
                is_finished=bool(rows[0].is_finished),
                completed=frozenset(
                    row.regression_id for row in rows if row.regression_id is not None
                ),
            )
            if rows
            else None
            for run_id, rows in (await self.rows_by_key(keys)).items()
        }
