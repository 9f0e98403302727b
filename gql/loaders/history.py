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
from gql.database.tables import CustomizedTest, RegressionTest, Test, TestProgress, TestResult
from gql.domain.status import WITH_RESULT, SampleStatus, is_finished_state
from gql.loaders.base import KeyPredicate, Loader, Scope, grid_predicate, group_keys, key_predicate
from gql.loaders.sample import SampleRow, select_pairs, select_without_result
from gql.pacing import pause, slices

HISTORY_SCANNED = 1000

# So many more runs than a page has, where many tests have no result in some of the newest.
FURTHER_RUNS = 40

# So many samples take a statement some 0.1 s.
MAX_SAMPLES = 8_000

# Compiling the search for the runs of one test takes some 2 ms.
MAX_COMPILED_TESTS = 5

# Of so many runs it takes less to read what was chosen for them than what runs chose the tests,
# unless the tests are few: then a server mostly finds out what takes less.
FEW_RUNS = 60
FEW_TESTS = 4

_KEY = Test.id.label("key_0")

HISTORY_NEWEST_FIRST = Order("history", (Test.id,), descending=True)


class HistoryConditions(Hashable, Protocol):
    """What a filter requires of runs, and of the test's sample in them."""

    @property
    def statuses(self) -> Collection[SampleStatus] | None: ...

    def conditions(self) -> list[ColumnElement[bool]]: ...


HistoryPageKey = tuple[int, Paging, HistoryConditions, bool]
"""A test's id, and whether the samples need their status."""


class HistoryPageByRegressionIdLoader(Loader[HistoryPageKey, Page[SampleRow]]):
    """Loads a page of a test's samples over runs, for all tests with the rest of the key together.

    It reads the samples of the newest runs, as most tests have one in most runs. Of the tests
    whose page is not full then, it looks for older runs. With statuses, other than all those of a
    result, a page looks at up to HISTORY_SCANNED runs, and its cursor marks where it stopped.
    """

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[HistoryPageKey]) -> dict[HistoryPageKey, Page[SampleRow]]:
        pages = {}
        for (paging, conditions, with_status), test_ids in group_keys(keys).items():
            histories = _Histories(paging, conditions, test_ids, with_status=with_status)
            horizon = await self._read(histories)
            for test_id in test_ids:
                rows = histories.rows_of(test_id)
                pages[test_id, paging, conditions, with_status] = paging.page(rows, horizon)
        return pages

    async def _read(self, histories: "_Histories") -> int | None:
        """Read the histories, and return the run that a search ended with before the last one."""
        position = histories.paging
        run_id = None
        for size in histories.sizes():
            runs = await self._read_page(histories, replace(position, limit=size))
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
                await self._read_pairs(histories, *key_predicate(pairs, 2))
                await self._read_without_result(histories)

    async def _read_page(self, histories: "_Histories", page: Paging) -> list[int]:
        """Read the samples in a page of runs of the tests whose page has room.

        Returns the ids of the runs, and of one more.
        """
        runs: list[int] = []
        if of_run := histories.conditions.conditions():
            found = await self.snapshot.rows(page.select(select(Test.id).where(*of_run)))
            runs = [row.id for row in found]
            if not runs:
                return []
        for some in slices(histories.unfilled(), max(1, MAX_SAMPLES // (page.limit + 1))):
            if of_run:
                await self._read_pairs(histories, *grid_predicate(runs[: page.limit], some))
            else:
                runs = await self._read_newest(histories, page, some)
            await self._read_without_result(histories)
        return runs

    async def _read_newest(
        self, histories: "_Histories", page: Paging, tests: Sequence[int]
    ) -> list[int]:
        """The same of any runs, in one statement; the tests must exist."""
        has_test, parameters = key_predicate(tests, 1)
        rows = await self.snapshot.prepared_rows(
            page.parameters | parameters,
            _select_newest,
            page.shape,
            has_test,
            histories.with_status,
        )
        runs = sorted({row.run_id for row in rows}, reverse=not page.is_ascending)
        histories.add(rows, within={*runs[: page.limit]})
        return runs

    async def _read_pairs(
        self, histories: "_Histories", has_key: KeyPredicate, parameters: dict[str, Any]
    ) -> None:
        histories.add(
            await self.snapshot.prepared_rows(
                parameters, _select_pairs, has_key, histories.with_status
            )
        )

    async def _read_without_result(self, histories: "_Histories") -> None:
        lacking = histories.lacking()
        if lacking:
            has_key, parameters = key_predicate(lacking, 2)
            runs, tests = ({*ids} for ids in zip(*lacking, strict=True))
            reads_runs = len(runs) <= FEW_RUNS and len(tests) > FEW_TESTS
            histories.add(
                await self.snapshot.prepared_rows(
                    parameters, _select_without_result, has_key, reads_runs, histories.with_status
                )
            )


class _Histories:
    """The histories of several tests, as they are read."""

    def __init__(
        self,
        paging: Paging,
        conditions: HistoryConditions,
        test_ids: Iterable[int],
        *,
        with_status: bool,
    ) -> None:
        self.paging = paging
        self.conditions = conditions
        self._statuses = None if conditions.statuses is None else {*conditions.statuses}
        self.has_results_only = self._statuses is not None and self._statuses <= WITH_RESULT
        self.with_status = with_status or self._statuses is not None
        self.is_search = self._statuses is not None and self._statuses != WITH_RESULT
        self._rows: dict[int, dict[int, SampleRow]] = {test_id: {} for test_id in test_ids}
        self._lacking: list[tuple[int, int]] = []

    def sizes(self) -> Iterable[int]:
        """How many runs to look at, one slice after the other."""
        # A few runs have no result of most tests.
        first = self.paging.limit + self.paging.limit // 4 + 5
        return growing_slices(first, HISTORY_SCANNED if self.is_search else first + FURTHER_RUNS)

    def add(self, rows: Iterable[Any], within: Collection[int] | None = None) -> None:
        """Keep the samples among pairs; only those of certain runs, if they are given."""
        for row in rows:
            if within is not None and row.run_id not in within:
                continue
            if row.result_id is None:
                self._lacking.append((row.run_id, row.regression_id))
                continue
            is_wanted = self._statuses is None or row.status in self._statuses
            if is_wanted and row.regression_id in self._rows:
                self._rows[row.regression_id][row.run_id] = row

    def is_full(self) -> bool:
        """Whether no further runs are worth looking at: those of few tests are found at once."""
        return len(self.unfilled()) <= (0 if self.is_search else MAX_COMPILED_TESTS)

    def lacking(self) -> list[tuple[int, int]]:
        """The pairs added since that have no result, and that a page may have room for."""
        pairs, self._lacking = self._lacking, []
        if self.has_results_only:
            return []
        reached = {test: self._last_of_page(test) for test in self._rows}
        return [
            (run_id, test)
            for run_id, test in pairs
            if test in reached and self._is_within(run_id, reached[test])
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


def _select_newest(
    page: Paging, has_test: KeyPredicate, with_status: bool
) -> Select[*tuple[Any, ...]]:
    runs = page.select(select(Test.id)).subquery()
    is_wanted = has_test(RegressionTest.id)
    pairs = select_pairs(runs, runs.c.id, is_wanted, with_status=with_status)
    return pairs.add_columns(runs.c.key_0)


def _select_pairs(has_key: KeyPredicate, with_status: bool) -> Select[*tuple[Any, ...]]:
    is_wanted = has_key(Test.id, RegressionTest.id)
    pairs = select_pairs(Test.__table__, Test.id, is_wanted, with_status=with_status)
    return pairs.add_columns(_KEY)


def _select_without_result(
    has_key: KeyPredicate, reads_runs: bool, with_status: bool
) -> Select[*tuple[Any, ...]]:
    samples = select_without_result(has_key, reads_runs=reads_runs, with_status=with_status)
    return samples.add_columns(literal(0).label("result_id"), _KEY)
