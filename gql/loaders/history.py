"""The results of a test over runs."""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, select, union_all

from gql.database.pagination import Order, Page, Paging
from gql.database.tables import RegressionTest, Test
from gql.domain.status import RUNS
from gql.loaders.base import Loader, keys_by_kind
from gql.loaders.sample import SAMPLE
from gql.pacing import pause, slices

HISTORY_SCANNED = 1000

# To compile the history of one test takes some 4 ms.
MANY_TO_COMPILE = 5

HISTORY_NEWEST_FIRST = Order("history", (Test.id,), descending=True)


class Criteria(Hashable, Protocol):
    """What a filter asks of runs, and of the test's status there, which is asked last."""

    def conditions(self) -> list[ColumnElement[bool]]: ...

    def derived_conditions(self) -> list[ColumnElement[bool]]: ...

    @property
    def shape(self) -> "Criteria | None":
        """What criteria have in common whose statements differ in `parameters` only.

        None where a statement is built for the criteria alone.
        """

    @property
    def parameters(self) -> dict[str, Any]: ...


class HistoryPageLoader(Loader[tuple[int, Paging, Criteria], Page]):
    """Gives a page of a test's samples over runs, by the test's id; one statement a kind of page.

    A page that asks for a status looks at HISTORY_SCANNED runs at most, which takes one
    statement more, and its cursor tells how far it came.
    """

    # Each test has a limit of its own in the statement: none reads more runs than it gives.
    max_batch_size = 25

    async def read(
        self, keys: list[tuple[int, Paging, Criteria]]
    ) -> dict[tuple[int, Paging, Criteria], Page]:
        pages = {}
        for (paging, criteria), test_ids in keys_by_kind(keys).items():
            horizon = await self._horizon(paging, criteria)
            rows_by_test_id: dict[int, list[Any]] = {test_id: [] for test_id in test_ids}
            for row in await self._rows(test_ids, paging, criteria, horizon):
                rows_by_test_id[row.regression_id].append(row)
            for test_id, rows in rows_by_test_id.items():
                rows.sort(key=lambda row: row.run_id, reverse=not paging.is_rising)
                pages[test_id, paging, criteria] = paging.page(rows, horizon)
        return pages

    async def _horizon(self, paging: Paging, criteria: Criteria) -> int | None:
        if not criteria.derived_conditions():
            return None
        runs = select(Test.id).select_from(RUNS).where(*criteria.conditions())
        ends = await self.snapshot.rows(paging.select_horizon(runs, HISTORY_SCANNED))
        return ends[0].id if len(ends) > 1 else None

    async def _rows(
        self, test_ids: list[int], paging: Paging, criteria: Criteria, horizon: int | None
    ) -> list[Any]:
        if criteria.shape is not None:
            tests = {f"test_{n}": test_id for n, test_id in enumerate(test_ids)}
            return await self.snapshot.prepared_rows(
                _histories(paging.shape, criteria.shape, len(test_ids)),
                tests | criteria.parameters | paging.parameters,
            )
        conditions = [*criteria.conditions(), *criteria.derived_conditions()]
        rows: list[Any] = []
        for some in slices(test_ids, MANY_TO_COMPILE):
            await pause()
            of_each = [_history(test_id, paging, conditions, horizon) for test_id in some]
            rows += await self.snapshot.rows(union_all(*of_each))
        return rows


@cache
def _histories(paging: Paging, criteria: Criteria, tests: int) -> CompoundSelect[*tuple[Any, ...]]:
    conditions = criteria.conditions()
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
