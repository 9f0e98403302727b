"""Samples: the results of regression tests in runs."""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, case, func, not_, select
from sqlalchemy.orm import join

from gql.database import Snapshot
from gql.database.pagination import Order, Page, Paging
from gql.database.prepared_statements import Statement
from gql.database.tables import (
    MAX_ID,
    RegressionTest,
    Test,
    TestResult,
)
from gql.domain.status import (
    SAMPLES,
    SampleStatus,
    has_result,
    is_in_run,
    result_status,
    sample_status,
)
from gql.loaders.base import (
    K,
    KeyedLoader,
    KeyPredicate,
    Loader,
    Row,
    RowListLoader,
    Scope,
    SingleRowLoader,
    V,
    group_keys,
    key_predicate,
)


class SampleRow(Row):
    run_id: int
    regression_id: int
    sample_id: int | None
    command: str | None
    runtime_ms: int | None
    exit_code: int | None
    expected_exit_code: int | None
    status: SampleStatus


runtime_ms = case((TestResult.runtime.between(0, MAX_ID), TestResult.runtime))

_COLUMNS = select(
    Test.id.label("run_id"),
    RegressionTest.id.label("regression_id"),
    RegressionTest.sample_id,
    RegressionTest.command,
    runtime_ms.label("runtime_ms"),
    TestResult.exit_code,
    TestResult.expected_rc.label("expected_exit_code"),
)

_PAIR = _COLUMNS.add_columns(sample_status.label("status")).select_from(SAMPLES)


def select_samples(of_runs: Callable[[Any], ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """The samples of the runs whose id `of_runs` holds for."""
    return _PAIR.where(is_in_run(of_runs), of_runs(Test.id))


def select_with_result(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    """The samples that have a result, by the ids of their runs and tests."""
    of_samples = join(TestResult, Test, Test.id == TestResult.test_id).join(
        RegressionTest, RegressionTest.id == TestResult.regression_test_id
    )
    return (
        _COLUMNS.add_columns(result_status.label("status"))
        .select_from(of_samples)
        .where(has_key(TestResult.test_id, TestResult.regression_test_id))
    )


def select_without_result(has_key: KeyPredicate, *, of_few_runs: bool) -> Select[*tuple[Any, ...]]:
    """The samples that have no result, by the ids of their runs and tests.

    Of few runs it takes less to read all rows of `customized_test`: the tests have one in each run.
    """
    in_run = is_in_run(has_key.of_first, None if of_few_runs else has_key)
    return _PAIR.where(not_(has_result), in_run, has_key(Test.id, RegressionTest.id))


class SampleLoader(KeyedLoader[K, V]):
    """Loads samples by keys that begin with their run's id, by regression id."""

    scope = Scope.RUN
    statement = _PAIR.order_by(RegressionTest.id)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        samples = cls.statement.where(is_in_run(has_key.of_first), has_key(*cls.key))
        return samples.add_columns(*cls.key)


class SampleByRunAndRegressionIdLoader(
    SampleLoader[tuple[int, int], SampleRow | None], SingleRowLoader[tuple[int, int], SampleRow]
):
    """Loads the sample of a run's and a regression test's id."""

    scope = Scope.RUN
    key = (Test.id, RegressionTest.id)


class SamplesByRunIdLoader(SampleLoader[int, list[SampleRow]], RowListLoader[int, SampleRow]):
    """Loads all samples of a run, by regression id."""

    scope = Scope.RUN
    key = (Test.id,)


class SamplesByRunAndMediaIdLoader(
    SampleLoader[tuple[int, int], list[SampleRow]], RowListLoader[tuple[int, int], SampleRow]
):
    """Loads the samples of a run that read a media file, by regression id."""

    scope = Scope.RUN
    key = (Test.id, RegressionTest.sample_id)


MANY_SAMPLES = 100

BY_REGRESSION_ID = Order("sample", (RegressionTest.id,))


class SampleConditions(Hashable, Protocol):
    """What a filter requires of the samples of a run."""

    async def conditions_in(
        self, snapshot: Snapshot, run_ids: Collection[int]
    ) -> list[ColumnElement[bool]]: ...


class SamplePageByRunIdLoader(Loader[tuple[int, Paging, SampleConditions | None], Page[SampleRow]]):
    """Loads a page of a run's samples; one statement for all runs with that paging and filter."""

    scope = Scope.RUN

    async def read(
        self, keys: list[tuple[int, Paging, SampleConditions | None]]
    ) -> dict[tuple[int, Paging, SampleConditions | None], Page[SampleRow]]:
        pages = {}
        for (paging, sample_filter), run_ids in group_keys(keys).items():
            rows_by_run_id: dict[int, list[SampleRow]] = {run_id: [] for run_id in run_ids}
            for row in await self._rows(run_ids, paging, sample_filter):
                rows_by_run_id[row.run_id].append(row)
            for run_id, rows in rows_by_run_id.items():
                pages[run_id, paging, sample_filter] = paging.page(rows)
        return pages

    async def _rows(
        self, run_ids: list[int], paging: Paging, sample_filter: SampleConditions | None
    ) -> list[SampleRow]:
        has_key, parameters = key_predicate(run_ids, 1)
        if sample_filter is None:
            # Numbering the rows costs more than reading the rest of a run.
            build = _select_pages if paging.limit < MANY_SAMPLES else _select_all
            return await self.snapshot.prepared_rows(
                parameters | paging.parameters, build, paging.shape, has_key
            )
        conditions = await sample_filter.conditions_in(self.snapshot, run_ids)
        samples = select_samples(lambda run_id: run_id.in_(run_ids)).where(*conditions)
        return await self.snapshot.rows(paging.select_per(Test.id, samples))


def _select_pages(paging: Paging, has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    return paging.select_per(Test.id, select_samples(has_key))


def _select_all(paging: Paging, has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    return paging.select_all(select_samples(has_key))


class SampleCountByRunIdLoader(Loader[tuple[int, SampleConditions | None], int]):
    """Loads the number of a run's samples; one statement for all runs with the same filter."""

    scope = Scope.RUN

    async def read(
        self, keys: list[tuple[int, SampleConditions | None]]
    ) -> dict[tuple[int, SampleConditions | None], int]:
        counts = dict.fromkeys(keys, 0)
        for (sample_filter,), run_ids in group_keys(keys).items():
            conditions = (
                await sample_filter.conditions_in(self.snapshot, run_ids) if sample_filter else []
            )
            statement = (
                select(Test.id, func.count())
                .select_from(SAMPLES)
                .where(
                    is_in_run(lambda run_id: run_id.in_(run_ids)),  # noqa: B023  (used at once)
                    Test.id.in_(run_ids),
                    *conditions,
                )
                .group_by(Test.id)
            )
            for run_id, number in await self.snapshot.rows(statement):
                counts[run_id, sample_filter] = number
        return counts
