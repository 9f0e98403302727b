from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, case, false, func, literal, null, select, union_all

from gql.loaders.base import Loader, ManyLoader, OneLoader, among
from gql.pagination import Page, Paging
from gql.status import (
    SAMPLES,
    is_accepted,
    is_in_run,
    is_reported_output,
    is_unreported,
    reported_output_status,
    sample_status,
    unreported_output_status,
)
from gql.tables import RegressionTest, RegressionTestOutput, Test, TestResult, TestResultFile

SAMPLE = (
    select(
        Test.id.label("run_id"),
        RegressionTest.id.label("regression_id"),
        RegressionTest.sample_id,
        RegressionTest.command,
        case((TestResult.runtime >= 0, TestResult.runtime)).label("runtime_ms"),
        TestResult.exit_code,
        TestResult.expected_rc.label("expected_exit_code"),
        sample_status.label("status"),
    )
    .select_from(SAMPLES)
    .where(is_in_run)
)


class SampleByIdsLoader(OneLoader[tuple[int, int]]):
    """Gives a sample by its run's and its regression test's id."""

    statement = SAMPLE
    key = (Test.id, RegressionTest.id)


class SamplesByRunAndMediaIdLoader(ManyLoader[tuple[int, int]]):
    statement = SAMPLE.order_by(RegressionTest.id)
    key = (Test.id, RegressionTest.sample_id)


class SamplePageByRunIdLoader(Loader[tuple[int, Paging], Page]):
    """Gives a page of a run's samples, by regression id; one statement a kind of page."""

    async def batch_load_fn(self, keys: list[tuple[int, Paging]]) -> list[Page]:
        pages: dict[tuple[int, Paging], Page] = {}
        for paging in {paging for _, paging in keys}:
            run_ids = [run_id for run_id, its_paging in keys if its_paging == paging]
            rows_by_run: dict[int, list[Any]] = {run_id: [] for run_id in run_ids}
            for row in await self.snapshot.rows(_pages(run_ids, paging)):
                rows_by_run[row.run_id].append(row)
            pages.update({(r, paging): paging.page(rows) for r, rows in rows_by_run.items()})
        return [pages[key] for key in keys]


def _pages(run_ids: Collection[int], paging: Paging) -> Select[Any]:
    order = paging.order(RegressionTest.id)
    ranked = (
        SAMPLE.add_columns(
            func.row_number().over(partition_by=Test.id, order_by=order).label("position")
        )
        .where(Test.id.in_(run_ids), *paging.conditions(RegressionTest.id))
        .subquery()
    )
    return (
        select(ranked)
        .where(ranked.c.position <= paging.fetch)
        .order_by(ranked.c.run_id, ranked.c.position)
    )


class OutputsBySampleLoader(ManyLoader[tuple[int, int]]):
    """Gives the outputs of a sample, by output id, for its run's and regression test's id."""

    key = (None, None)

    def select(self, keys: Collection[tuple[int, int]]) -> Select[Any]:
        reported = (
            select(
                TestResultFile.regression_test_output_id.label("output_id"),
                reported_output_status.label("status"),
                TestResultFile.expected.label("expected_hash"),
                TestResultFile.got.label("actual_hash"),
                func.coalesce(RegressionTestOutput.ignore, false()).label("ignored"),
                literal(value=True).label("is_reported"),
                is_accepted.label("is_accepted"),
                TestResultFile.test_id,
                TestResultFile.regression_test_id,
            )
            .outerjoin(
                RegressionTestOutput,
                RegressionTestOutput.id == TestResultFile.regression_test_output_id,
            )
            .where(
                is_reported_output,
                among((TestResultFile.test_id, TestResultFile.regression_test_id), keys),
            )
        )
        unreported = (
            select(
                RegressionTestOutput.id,
                unreported_output_status,
                RegressionTestOutput.correct,
                null(),
                false(),
                literal(value=False),
                false(),
                TestResult.test_id,
                TestResult.regression_test_id,
            )
            .join_from(
                TestResult,
                RegressionTestOutput,
                RegressionTestOutput.regression_id == TestResult.regression_test_id,
            )
            .where(
                is_unreported(TestResult.test_id),
                among((TestResult.test_id, TestResult.regression_test_id), keys),
            )
        )
        outputs = union_all(reported, unreported).subquery()
        return select(outputs).order_by(outputs.c.output_id)
