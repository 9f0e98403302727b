from collections.abc import Hashable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, case, false, func, literal, null, select, union_all

from gql.loaders.base import Among, Loader, ManyLoader, OneLoader, keys_by_kind
from gql.pagination import Order, Page, Paging
from gql.status import (
    SAMPLES,
    is_accepted,
    is_in_run,
    is_reported_output,
    is_unreported,
    is_variant,
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


BY_REGRESSION_ID = Order("sample", (RegressionTest.id,))


class Criteria(Hashable, Protocol):
    """What a filter asks of the samples that it lets through."""

    def conditions(self) -> list[ColumnElement[bool]]: ...


class SamplePageLoader(Loader[tuple[int, Paging, Criteria | None], Page]):
    """Gives a page of a run's samples, by the run's id; one statement a kind of page."""

    async def batch_load_fn(self, keys: list[tuple[int, Paging, Criteria | None]]) -> list[Page]:
        pages = {}
        for kind, run_ids in keys_by_kind(keys).items():
            paging, criteria = kind
            rows_by_run_id: dict[int, list[Any]] = {run_id: [] for run_id in run_ids}
            statement = paging.select_per(Test.id, _matching(SAMPLE, run_ids, criteria))
            for row in await self.snapshot.rows(statement):
                rows_by_run_id[row.run_id].append(row)
            for run_id, rows in rows_by_run_id.items():
                pages[run_id, *kind] = paging.page(rows)
        return [pages[key] for key in keys]


class SampleCountLoader(Loader[tuple[int, Criteria | None], int]):
    """Gives the number of a run's samples, by the run's id; one statement a filter."""

    async def batch_load_fn(self, keys: list[tuple[int, Criteria | None]]) -> list[int]:
        counts: dict[Any, int] = {}
        for (criteria,), run_ids in keys_by_kind(keys).items():
            count = select(Test.id, func.count()).select_from(SAMPLES).where(is_in_run)
            statement = _matching(count, run_ids, criteria).group_by(Test.id)
            for run_id, number in await self.snapshot.rows(statement):
                counts[run_id, criteria] = number
        return [counts.get(key, 0) for key in keys]


def _matching(
    statement: Select[*tuple[Any, ...]], run_ids: list[int], criteria: Criteria | None
) -> Select[*tuple[Any, ...]]:
    conditions = criteria.conditions() if criteria else []
    return statement.where(Test.id.in_(run_ids), *conditions)


class OutputsBySampleLoader(ManyLoader[tuple[int, int]]):
    """Gives the outputs of a sample, by output id, for its run's and regression test's id."""

    key = (None, None)

    @classmethod
    def build(cls, among: Among) -> Select[*tuple[Any, ...]]:
        reported = (
            select(
                TestResultFile.regression_test_output_id.label("output_id"),
                reported_output_status.label("status"),
                TestResultFile.expected.label("expected_hash"),
                TestResultFile.got.label("actual_hash"),
                func.coalesce(RegressionTestOutput.ignore, false()).label("ignored"),
                literal(value=True).label("is_reported"),
                is_accepted.label("is_accepted"),
                is_variant.label("is_variant"),
                RegressionTestOutput.correct_extension.label("extension"),
                TestResultFile.test_id,
                TestResultFile.regression_test_id,
            )
            .outerjoin(
                RegressionTestOutput,
                RegressionTestOutput.id == TestResultFile.regression_test_output_id,
            )
            .where(
                is_reported_output,
                among(TestResultFile.test_id, TestResultFile.regression_test_id),
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
                false(),
                RegressionTestOutput.correct_extension,
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
                among(TestResult.test_id, TestResult.regression_test_id),
            )
        )
        outputs = union_all(reported, unreported).subquery()
        return select(outputs).order_by(outputs.c.output_id)
