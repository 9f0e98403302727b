"""Samples: the results of regression tests in runs."""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, not_, select, true
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
    RUNS,
    SAMPLES,
    SampleStatus,
    has_result,
    is_in_run,
    is_result_of_sample,
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
    """Not there where the loader was asked for samples without it: it takes long to compute."""


runtime_ms = case((TestResult.runtime.between(0, MAX_ID), TestResult.runtime))

_COLUMNS = (
    RegressionTest.id.label("regression_id"),
    RegressionTest.sample_id,
    RegressionTest.command,
    runtime_ms.label("runtime_ms"),
    TestResult.exit_code,
    TestResult.expected_rc.label("expected_exit_code"),
)

_LIGHT = select(Test.id.label("run_id"), *_COLUMNS)
_PAIR = _LIGHT.add_columns(sample_status.label("status"))


def _samples_of(of_runs: Callable[[Any], ColumnElement[bool]]) -> FromClause:
    """`SAMPLES`, for a statement about certain runs: PostgreSQL reads no other's results then."""
    is_result = and_(is_result_of_sample, of_runs(TestResult.test_id))
    return join(RUNS, RegressionTest, true()).outerjoin(TestResult, is_result)


def select_samples(
    of_runs: Callable[[Any], ColumnElement[bool]], *, with_status: bool
) -> Select[*tuple[Any, ...]]:
    """The samples of the runs whose id `of_runs` holds for."""
    samples = (_PAIR if with_status else _LIGHT).select_from(_samples_of(of_runs))
    return samples.where(is_in_run(of_runs), of_runs(Test.id))


def select_pairs(
    runs: FromClause, run_id: Any, is_wanted: ColumnElement[bool], *, with_status: bool
) -> Select[*tuple[Any, ...]]:
    """Wanted pairs of a run and a test; one without a `result_id` has no result.

    Of that it does not say whether it is a sample.
    """
    is_result = and_(
        TestResult.test_id == run_id, TestResult.regression_test_id == RegressionTest.id
    )
    status = [result_status.label("status")] if with_status else []
    return (
        select(run_id.label("run_id"), *_COLUMNS, *status, TestResult.test_id.label("result_id"))
        .select_from(join(runs, RegressionTest, true()).outerjoin(TestResult, is_result))
        .where(is_wanted)
    )


def select_without_result(
    has_key: KeyPredicate, *, reads_runs: bool, with_status: bool
) -> Select[*tuple[Any, ...]]:
    """The samples that have no result, by the ids of their runs and tests.

    If it `reads_runs`, it reads all that was chosen for the runs, else what runs chose the tests.
    """
    in_run = is_in_run(has_key.of_first, None if reads_runs else has_key)
    samples = (_PAIR if with_status else _LIGHT).select_from(SAMPLES)
    return samples.where(not_(has_result), in_run, has_key(Test.id, RegressionTest.id))


class SampleLoader(KeyedLoader[K, V]):
    """Loads samples by keys that begin with their run's id, by regression id."""

    scope = Scope.RUN
    statement = _PAIR.order_by(RegressionTest.id)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        samples = cls.statement.select_from(_samples_of(has_key.of_first))
        in_run = is_in_run(has_key.of_first)
        return samples.where(in_run, has_key(*cls.key)).add_columns(*cls.key)


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


SamplePageKey = tuple[int, Paging, SampleConditions | None, bool]
"""A run's id, and whether the samples need their status."""


class SamplePageByRunIdLoader(Loader[SamplePageKey, Page[SampleRow]]):
    """Loads a page of a run's samples; one statement for all runs with the rest of the key."""

    scope = Scope.RUN

    async def read(self, keys: list[SamplePageKey]) -> dict[SamplePageKey, Page[SampleRow]]:
        pages = {}
        for rest, run_ids in group_keys(keys).items():
            rows_by_run_id: dict[int, list[SampleRow]] = {run_id: [] for run_id in run_ids}
            for row in await self._rows(run_ids, *rest):
                rows_by_run_id[row.run_id].append(row)
            paging, sample_filter, with_status = rest
            for run_id, rows in rows_by_run_id.items():
                pages[run_id, paging, sample_filter, with_status] = paging.page(rows)
        return pages

    async def _rows(
        self,
        run_ids: list[int],
        paging: Paging,
        sample_filter: SampleConditions | None,
        with_status: bool,
    ) -> list[SampleRow]:
        has_key, parameters = key_predicate(run_ids, 1)
        if sample_filter is None:
            # Numbering the rows costs more than reading the rest of a run.
            build = _select_pages if paging.limit < MANY_SAMPLES else _select_all
            return await self.snapshot.prepared_rows(
                parameters | paging.parameters, build, paging.shape, has_key, with_status
            )
        conditions = await sample_filter.conditions_in(self.snapshot, run_ids)
        samples = select_samples(lambda run_id: run_id.in_(run_ids), with_status=with_status)
        return await self.snapshot.rows(paging.select_per(Test.id, samples.where(*conditions)))


def _select_pages(
    paging: Paging, has_key: KeyPredicate, with_status: bool
) -> Select[*tuple[Any, ...]]:
    return paging.select_per(Test.id, select_samples(has_key, with_status=with_status))


def _select_all(
    paging: Paging, has_key: KeyPredicate, with_status: bool
) -> Select[*tuple[Any, ...]]:
    return paging.select_all(select_samples(has_key, with_status=with_status))


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
