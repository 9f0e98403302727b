"""The history of a regression test: its samples over runs."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    false,
    func,
    literal,
    not_,
    select,
    union,
    union_all,
)

from gql.database.pagination import Order, Page, Paging, growing_slices
from gql.database.tables import CustomizedTest, Test, TestProgress, TestResult
from gql.domain.status import WITH_RESULT, SampleStatus, is_finished_state
from gql.loaders.base import KeyPredicate, Loader, Scope, grid_predicate, group_keys, key_predicate
from gql.loaders.sample import SampleRow, select_with_result, select_without_result
from gql.pacing import pause, slices

HISTORY_SCANNED = 1000

# So many more runs than a page has, where many tests have no result in some of the newest.
FURTHER_RUNS = 40

# So many samples take a statement some 0.1 s.
MAX_SAMPLES = 8_000

# Compiling the search for the runs of one test takes some 2 ms.
MAX_COMPILED_TESTS = 5

# Of so many runs it takes less to read what was chosen for them than what runs chose a test.
FEW_RUNS = 60

_KEY = Test.id.label("key_0")

HISTORY_NEWEST_FIRST = Order("history", (Test.id,), descending=True)


class HistoryConditions(Hashable, Protocol):
    """What a filter requires of runs, and of the test's sample in them."""

    @property
    def statuses(self) -> Collection[SampleStatus] | None: ...

    def conditions(self) -> list[ColumnElement[bool]]: ...


class HistoryPageByRegressionIdLoader(
    Loader[tuple[int, Paging, HistoryConditions], Page[SampleRow]]
):
    """Loads a page of a test's samples over runs, for all tests with that paging together.

    It reads the samples of the newest runs, as most tests have one in most runs. Of the tests
    whose page is not full then, it looks for older runs. With statuses, other than all those of a
    result, a page looks at up to HISTORY_SCANNED runs, and its cursor marks where it stopped.
    """

    scope = Scope.ALL_RUNS

    async def read(
        self, keys: list[tuple[int, Paging, HistoryConditions]]
    ) -> dict[tuple[int, Paging, HistoryConditions], Page[SampleRow]]:
        pages = {}
        for (paging, conditions), test_ids in group_keys(keys).items():
            histories = _Histories(paging, conditions, test_ids)
            horizon = await self._read(histories)
            for test_id in test_ids:
                rows = histories.rows_of(test_id)
                pages[test_id, paging, conditions] = paging.page(rows, horizon)
        return pages

    async def _read(self, histories: "_Histories") -> int | None:
        """Read the histories, and return the run that a search ended with before the last one."""
        position = histories.paging
        run_id = None
        for size in histories.sizes():
            runs = await self._runs(position, histories.conditions, size)
            await self._read_samples(histories, runs[:size])
            if len(runs) <= size:
                return None
            run_id = runs[size - 1]
            position = position.beyond(run_id)
            if histories.is_full():
                break
        if histories.is_search:
            return run_id
        await self._read_older(position, histories)
        return None

    async def _read_older(self, position: Paging, histories: "_Histories") -> None:
        """Fill the pages that have room with runs beyond a position."""
        tests = histories.unfilled()
        open_runs: list[int] = []
        if tests and not histories.has_results_only:
            rows = await self.snapshot.rows(histories.select_open_runs(position))
            open_runs = [row.id for row in rows]
        for some in slices(tests, MAX_COMPILED_TESTS):
            await pause()
            statement = histories.select_runs(some, position)
            pairs = {tuple(row) for row in await self.snapshot.rows(statement)}
            pairs.update(product(open_runs, some))
            if pairs:
                await self._add_samples(histories, *key_predicate(pairs, 2))
                await self._add_samples_without_result(histories, pairs)

    async def _runs(self, position: Paging, conditions: HistoryConditions, size: int) -> list[int]:
        """The ids of the next runs that meet the conditions, and of one more."""
        page = replace(position, limit=size)
        if of_run := conditions.conditions():
            rows = await self.snapshot.rows(page.select(select(Test.id).where(*of_run)))
        else:
            rows = await self.snapshot.prepared_rows(page.parameters, _pages_of_runs, page.shape)
        return [row.id for row in rows]

    async def _read_samples(self, histories: "_Histories", runs: Sequence[int]) -> None:
        """Read the samples in these runs of the tests whose page has room."""
        if not runs:
            return
        for some in slices(histories.unfilled(), max(1, MAX_SAMPLES // len(runs))):
            await self._add_samples(histories, *grid_predicate(runs, some))
            await self._add_samples_without_result(histories, product(runs, some))

    async def _add_samples(
        self, histories: "_Histories", has_key: KeyPredicate, parameters: dict[str, Any]
    ) -> None:
        histories.add(await self.snapshot.prepared_rows(parameters, _select_with_result, has_key))

    async def _add_samples_without_result(
        self, histories: "_Histories", pairs: Iterable[tuple[int, int]]
    ) -> None:
        lacking = histories.lacking(pairs)
        if lacking:
            has_key, parameters = key_predicate(lacking, 2)
            of_few_runs = len({run_id for run_id, _ in lacking}) <= FEW_RUNS
            histories.add(
                await self.snapshot.prepared_rows(
                    parameters, _select_without_result, has_key, of_few_runs
                )
            )


class _Histories:
    """The histories of several tests, as they are read."""

    def __init__(
        self, paging: Paging, conditions: HistoryConditions, test_ids: Iterable[int]
    ) -> None:
        self.paging = paging
        self.conditions = conditions
        self._statuses = None if conditions.statuses is None else {*conditions.statuses}
        self.has_results_only = self._statuses is not None and self._statuses <= WITH_RESULT
        self.is_search = self._statuses is not None and self._statuses != WITH_RESULT
        self._rows: dict[int, dict[int, SampleRow]] = {test_id: {} for test_id in test_ids}
        self._with_result: set[tuple[int, int]] = set()

    def sizes(self) -> Iterable[int]:
        """How many runs to look at, one slice after the other."""
        # A few runs have no result of most tests.
        first = self.paging.limit + self.paging.limit // 4 + 5
        return growing_slices(first, HISTORY_SCANNED if self.is_search else first + FURTHER_RUNS)

    def add(self, rows: Iterable[SampleRow]) -> None:
        for row in rows:
            self._with_result.add((row.run_id, row.regression_id))
            is_wanted = self._statuses is None or row.status in self._statuses
            if is_wanted and row.regression_id in self._rows:
                self._rows[row.regression_id][row.run_id] = row

    def is_full(self) -> bool:
        """Whether no further runs are worth looking at: those of few tests are found at once."""
        return len(self.unfilled()) <= (0 if self.is_search else MAX_COMPILED_TESTS)

    def lacking(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those of the runs and tests that have no result, and that a page may have room for."""
        if self.has_results_only:
            return []
        reached = {test: self._last_of_page(test) for test in self._rows}
        return [
            (run_id, test)
            for run_id, test in pairs
            if (run_id, test) not in self._with_result and self._is_within(run_id, reached[test])
        ]

    def _last_of_page(self, test_id: int) -> int | None:
        rows = self.rows_of(test_id)
        return rows[-1].run_id if len(rows) > self.paging.limit else None

    def _is_within(self, run_id: int, last: int | None) -> bool:
        if last is None:
            return True
        return run_id < last if self.paging.is_ascending else run_id > last

    def unfilled(self) -> list[int]:
        """The tests whose page has room."""
        return [test for test, rows in self._rows.items() if len(rows) <= self.paging.limit]

    def rows_of(self, test_id: int) -> list[SampleRow]:
        """The rows of a test that are needed for its page, in the page's direction."""
        rows = self._rows[test_id]
        run_ids = sorted(rows, reverse=not self.paging.is_ascending)
        return [rows[run_id] for run_id in run_ids[: self.paging.limit + 1]]

    def select_runs(
        self, test_ids: Iterable[int], position: Paging
    ) -> CompoundSelect[*tuple[Any, ...]]:
        """The next runs of each test that have a result of it or were chosen for it."""
        return union_all(*(self._select_runs(test_id, position) for test_id in test_ids))

    def _select_runs(self, test_id: int, position: Paging) -> Select[*tuple[Any, ...]]:
        tested = select(TestResult.test_id).where(TestResult.regression_test_id == test_id)
        chosen = select(CustomizedTest.test_id).where(CustomizedTest.regression_id == test_id)
        found = (tested if self.has_results_only else union(tested, chosen)).subquery()
        runs = (
            select(Test.id.label("run_id"), literal(test_id).label("test_id"))
            .join(found, found.c.test_id == Test.id)
            .where(*self.conditions.conditions())
        )
        # SQLite takes an order and a limit within a union only in a subquery.
        page = replace(position, limit=self.paging.limit).select(runs).subquery()
        return select(page.c.run_id, page.c.test_id)

    def select_open_runs(self, position: Paging) -> Select[*tuple[Any, ...]]:
        """The next runs that have a sample for each active test."""
        chosen = (
            select(CustomizedTest.id)
            .where(CustomizedTest.test_id == Test.id)
            .limit(1)
            .scalar_subquery()
        )
        state = (
            select(TestProgress.status)
            .where(TestProgress.test_id == Test.id)
            .order_by(TestProgress.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        runs = select(Test.id).where(
            # The order matters: most runs list their tests, and only the others' state is read.
            chosen.is_(None),
            not_(func.coalesce(is_finished_state(state), false())),
            *self.conditions.conditions(),
        )
        return replace(position, limit=self.paging.limit).select(runs)


def _pages_of_runs(paging: Paging) -> Select[*tuple[Any, ...]]:
    return paging.select(select(Test.id))


def _select_with_result(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    return select_with_result(has_key).add_columns(_KEY)


def _select_without_result(has_key: KeyPredicate, of_few_runs: bool) -> Select[*tuple[Any, ...]]:
    return select_without_result(has_key, of_few_runs=of_few_runs).add_columns(_KEY)
