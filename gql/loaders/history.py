"""The history of a regression test: its samples over runs."""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, select, union_all

from gql.database.pagination import Order, Page, Paging
from gql.database.tables import RegressionTest, Test
from gql.domain.status import RUNS
from gql.loaders.base import Loader, Scope, group_keys
from gql.loaders.sample import SAMPLE, SampleRow
from gql.pacing import pause, slices

HISTORY_SCANNED = 1000

# Compiling the history of one test takes some 4 ms.
MAX_COMPILED_TESTS = 5

HISTORY_NEWEST_FIRST = Order("history", (Test.id,), descending=True)


class HistoryConditions(Hashable, Protocol):
    """What a filter requires of runs, and of the test's sample in them."""

    def conditions(self) -> list[ColumnElement[bool]]: ...

    def derived_conditions(self) -> list[ColumnElement[bool]]: ...

    @property
    def shape(self) -> "HistoryConditions | None":
        """The conditions without their values: those of one shape differ only in `parameters`.

        None if the conditions need a statement of their own.
        """

    @property
    def parameters(self) -> dict[str, Any]: ...


class HistoryPageByRegressionIdLoader(
    Loader[tuple[int, Paging, HistoryConditions], Page[SampleRow]]
):
    """Loads a page of a test's samples over runs; one statement for all tests with that paging.

    With derived conditions a page scans up to HISTORY_SCANNED runs, which takes one more
    statement, and its cursor marks where the scan stopped.
    """

    scope = Scope.ALL_RUNS

    # Each test has its own limit in the statement, so none reads more runs than it returns.
    max_batch_size = 25

    async def read(
        self, keys: list[tuple[int, Paging, HistoryConditions]]
    ) -> dict[tuple[int, Paging, HistoryConditions], Page[SampleRow]]:
        pages = {}
        for (paging, history_filter), test_ids in group_keys(keys).items():
            horizon = await self._horizon(paging, history_filter)
            rows_by_test_id: dict[int, list[SampleRow]] = {test_id: [] for test_id in test_ids}
            for row in await self._rows(test_ids, paging, history_filter, horizon):
                rows_by_test_id[row.regression_id].append(row)
            for test_id, rows in rows_by_test_id.items():
                rows.sort(key=lambda row: row.run_id, reverse=not paging.is_ascending)
                pages[test_id, paging, history_filter] = paging.page(rows, horizon)
        return pages

    async def _horizon(self, paging: Paging, history_filter: HistoryConditions) -> int | None:
        if not history_filter.derived_conditions():
            return None
        runs = select(Test.id).select_from(RUNS).where(*history_filter.conditions())
        ends = await self.snapshot.rows(paging.select_horizon(runs, HISTORY_SCANNED))
        return ends[0].id if len(ends) > 1 else None

    async def _rows(
        self,
        test_ids: list[int],
        paging: Paging,
        history_filter: HistoryConditions,
        horizon: int | None,
    ) -> list[SampleRow]:
        if history_filter.shape is not None:
            tests = {f"test_{n}": test_id for n, test_id in enumerate(test_ids)}
            return await self.snapshot.prepared_rows(
                _histories(paging.shape, history_filter.shape, len(test_ids)),
                tests | history_filter.parameters | paging.parameters,
            )
        conditions = [*history_filter.conditions(), *history_filter.derived_conditions()]
        rows: list[SampleRow] = []
        for some in slices(test_ids, MAX_COMPILED_TESTS):
            await pause()
            of_each = [_history(test_id, paging, conditions, horizon) for test_id in some]
            rows += await self.snapshot.rows(union_all(*of_each))
        return rows


@cache
def _histories(
    paging: Paging, history_filter: HistoryConditions, tests: int
) -> CompoundSelect[*tuple[Any, ...]]:
    conditions = history_filter.conditions()
    return union_all(
        *(
            _history(bindparam(f"test_{n}", required=False), paging, conditions)
            for n in range(tests)
        )
    )


def _history(
    test_id: Any,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]] = (),
    horizon: int | None = None,
) -> Select[*tuple[Any, ...]]:
    samples = SAMPLE.where(RegressionTest.id == test_id, *conditions)
    # SQLite takes an order and a limit within a union only in a subquery.
    return select(paging.select(samples, horizon).subquery())
