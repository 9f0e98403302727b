from collections.abc import Hashable
from functools import cache
from operator import attrgetter
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, case, false, func, literal, null, select, union_all

from gql.database.pagination import Order, Page, Paging
from gql.database.prepared_statements import Statement
from gql.database.tables import (
    RegressionTest,
    RegressionTestOutput,
    Test,
    TestResult,
    TestResultFile,
)
from gql.domain.status import (
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
from gql.loaders.base import Among, Loader, ManyLoader, OneLoader, bound, keys_by_kind

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


MANY_SAMPLES = 100

BY_REGRESSION_ID = Order("sample", (RegressionTest.id,))


class Criteria(Hashable, Protocol):
    """What a filter asks of the samples that it lets through."""

    def conditions(self) -> list[ColumnElement[bool]]: ...


class SamplePageLoader(Loader[tuple[int, Paging, Criteria | None], Page]):
    """Gives a page of a run's samples, by the run's id; one statement a kind of page."""

    async def read(
        self, keys: list[tuple[int, Paging, Criteria | None]]
    ) -> dict[tuple[int, Paging, Criteria | None], Page]:
        pages = {}
        for (paging, criteria), run_ids in keys_by_kind(keys).items():
            rows_by_run_id: dict[int, list[Any]] = {run_id: [] for run_id in run_ids}
            for row in await self._rows(run_ids, paging, criteria):
                rows_by_run_id[row.run_id].append(row)
            for run_id, rows in rows_by_run_id.items():
                pages[run_id, paging, criteria] = paging.page(rows)
        return pages

    async def _rows(
        self, run_ids: list[int], paging: Paging, criteria: Criteria | None
    ) -> list[Any]:
        among, parameters = bound(run_ids, 1)
        if criteria is None:
            # To number rows costs more than to read the rest of a run.
            pages = _pages if paging.limit < MANY_SAMPLES else _rests
            statement = pages(paging.shape, among)
            return await self.snapshot.prepared_rows(statement, parameters | paging.parameters)
        samples = SAMPLE.where(Test.id.in_(run_ids), *criteria.conditions())
        return await self.snapshot.rows(paging.select_per(Test.id, samples))


@cache
def _pages(paging: Paging, among: Among) -> Select[*tuple[Any, ...]]:
    return paging.select_per(Test.id, SAMPLE.where(among(Test.id)))


@cache
def _rests(paging: Paging, among: Among) -> Select[*tuple[Any, ...]]:
    return paging.select_all(SAMPLE.where(among(Test.id)))


class SampleCountLoader(Loader[tuple[int, Criteria | None], int]):
    """Gives the number of a run's samples, by the run's id; one statement a filter."""

    async def read(
        self, keys: list[tuple[int, Criteria | None]]
    ) -> dict[tuple[int, Criteria | None], int]:
        counts = dict.fromkeys(keys, 0)
        for (criteria,), run_ids in keys_by_kind(keys).items():
            conditions = criteria.conditions() if criteria else []
            statement = (
                select(Test.id, func.count())
                .select_from(SAMPLES)
                .where(is_in_run, Test.id.in_(run_ids), *conditions)
                .group_by(Test.id)
            )
            for run_id, number in await self.snapshot.rows(statement):
                counts[run_id, criteria] = number
        return counts


class OutputsBySampleLoader(ManyLoader[tuple[int, int]]):
    """Gives the outputs of a sample, by output id, for its run's and regression test's id."""

    key = (None, None)

    @classmethod
    def build(cls, among: Among) -> Statement:
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
        return union_all(reported, unreported)

    async def read(self, keys: list[tuple[int, int]]) -> dict[tuple[int, int], list[Any]]:
        # MariaDB would write the whole union to a table of its own to put it in order.
        rows_by_key = await self.rows_by_key(keys)
        for rows in rows_by_key.values():
            rows.sort(key=attrgetter("output_id"))
        return rows_by_key
