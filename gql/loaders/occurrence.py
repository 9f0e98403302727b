"""Where else a failure occurs: in the newest completed runs on its platform."""

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    case,
    false,
    literal,
    select,
    type_coerce,
    union_all,
)

from gql.database import Snapshot
from gql.database.tables import Platform, RunTrigger, Test
from gql.domain.base_selection import is_main_run
from gql.domain.failure import Failure
from gql.domain.status import RUNS, LatestProgress
from gql.loaders.base import KeyPredicate, Loader, Row, Scope, grid_predicate, key_predicate
from gql.loaders.failure import FailuresByRunIdLoader, failures_by, select_failures
from gql.pacing import pause

RUNS_FOR_ONLY_HERE = 200
"""So many of the newest completed runs decide whether a failure is only in one pull request."""

RUNS_READ_FIRST = 16


class _RunRow(Row):
    id: int
    platform: str
    pull_request: int | None
    is_main: bool
    is_head: bool


_RUN = select(
    Test.id,
    type_coerce(Test.platform, String).label("platform"),
    case((Test.test_type == RunTrigger.PULL_REQUEST, Test.pr_nr)).label("pull_request"),
    is_main_run.label("is_main"),
).select_from(RUNS)


def _newest_of(platform: BindParameter[Any]) -> Select[*tuple[Any, ...]]:
    newest = (
        _RUN.add_columns(false().label("is_head"))
        .where(Test.platform == platform, LatestProgress.status == "completed")
        .order_by(Test.id.desc())
        .limit(bindparam("last", type_=Integer, required=False))
    )
    # SQLite takes an order and a limit within a union only in a subquery.
    return select(newest.subquery())


def _newest_of_one() -> Select[*tuple[Any, ...]]:
    return _newest_of(bindparam("platform", type_=Test.platform.type, required=False))


def _heads_and_newest(has_key: KeyPredicate) -> CompoundSelect[*tuple[Any, ...]]:
    heads = _RUN.add_columns(literal(value=True).label("is_head")).where(has_key(Test.id))
    platforms = (literal(str(each), Test.platform.type) for each in Platform)
    return union_all(heads, *map(_newest_of, platforms))


class _Runs(NamedTuple):
    """Some runs, and the newest completed ones of each platform."""

    platforms: Mapping[int, str]
    pull_requests: Mapping[int, int | None]
    newest: Mapping[str, list[_RunRow]]

    def beside(self, run_id: int) -> list[_RunRow]:
        """The newest completed runs on the platform of a run, newest first."""
        return self.newest[self.platforms[run_id]]

    def is_other(self, run: _RunRow, run_id: int) -> bool:
        """Whether a run is another one, and not of the same pull request."""
        # A run of a commit is no pull request's, so every other run counts.
        number = self.pull_requests[run_id]
        return run.id != run_id and (number is None or run.pull_request != number)

    def ids(self) -> set[int]:
        """The runs, and the newest ones beside them."""
        beside = (self.newest[platform] for platform in {*self.platforms.values()})
        return {*self.platforms, *(run.id for runs in beside for run in runs)}


async def _runs(snapshot: Snapshot, run_ids: Collection[int], last: int) -> _Runs:
    has_key, parameters = key_predicate(run_ids, 1)
    rows = await snapshot.prepared_rows(parameters | {"last": last}, _heads_and_newest, has_key)
    heads = [row for row in rows if row.is_head]
    newest: dict[str, list[_RunRow]] = {str(platform): [] for platform in Platform}
    for row in rows:
        if not row.is_head:
            newest[row.platform].append(row)
    for platform in {row.platform for row in heads} - newest.keys():
        parameters = {"platform": platform, "last": last}
        newest[platform] = await snapshot.prepared_rows(parameters, _newest_of_one)
    for of_platform in newest.values():
        of_platform.sort(key=attrgetter("id"), reverse=True)
    return _Runs(
        {row.id: row.platform for row in heads},
        {row.id: row.pull_request for row in heads},
        newest,
    )


async def _failures(
    snapshot: Snapshot, run_ids: Collection[int], test_ids: Collection[int]
) -> dict[tuple[int, int], Failure]:
    """The failures of tests in runs, by the ids of both."""
    if not run_ids or not test_ids:
        return {}
    has_key, parameters = grid_predicate(list(run_ids), list(test_ids))
    rows = await snapshot.prepared_rows(parameters, select_failures, has_key, 2)
    return failures_by(rows, lambda row: (row.test_id, row.regression_id))


class Occurrences(NamedTuple):
    """Where else a failure occurs; the first and the latest by the ids of run and test."""

    runs: int
    pull_requests: list[int]
    on_master: bool
    first_key: tuple[int, int] | None
    latest_key: tuple[int, int] | None


class OccurrencesBySampleLoader(Loader[tuple[int, int, int], Occurrences | None]):
    """Loads where else the failure of a sample occurs; None unless it fails.

    The key is a run's and a regression test's id, and the number of newest completed runs on the
    run's platform that are considered. Two statements for all samples with the same number.
    """

    scope = Scope.ALL_RUNS

    async def read(
        self, keys: list[tuple[int, int, int]]
    ) -> dict[tuple[int, int, int], Occurrences | None]:
        occurrences: dict[tuple[int, int, int], Occurrences | None] = dict.fromkeys(keys)
        for last in {last for _, _, last in keys}:
            samples = [(run_id, test) for run_id, test, its_last in keys if its_last == last]
            runs = await _runs(self.snapshot, {run_id for run_id, _ in samples}, last)
            tests = {test for _, test in samples}
            failures = await _failures(self.snapshot, runs.ids(), tests)
            for run_id, test in samples:
                await pause()
                failure = failures.get((run_id, test))
                if failure is not None:
                    others = (
                        run
                        for run in runs.beside(run_id)
                        if run.id != run_id and failures.get((run.id, test)) == failure
                    )
                    occurrences[run_id, test, last] = _occurrences(others, test)
        return occurrences


def _occurrences(runs: Iterable[_RunRow], test: int) -> Occurrences:
    listed = sorted(runs, key=lambda run: run.id)
    return Occurrences(
        runs=len(listed),
        pull_requests=sorted({run.pull_request for run in listed if run.pull_request}),
        on_master=any(run.is_main for run in listed),
        first_key=(listed[0].id, test) if listed else None,
        latest_key=(listed[-1].id, test) if listed else None,
    )


class TestsFailingOnlyHereByRunIdLoader(Loader[int, Collection[int]]):
    """Loads the tests whose failure in a run no commit run and no other pull request has.

    The newest RUNS_FOR_ONLY_HERE completed runs on the platform are considered. Four statements,
    however many runs: most failures are found in the newest few runs, and the others in the rest.
    """

    scope = Scope.ALL_RUNS

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._failures = FailuresByRunIdLoader(snapshot)

    async def read(self, keys: list[int]) -> dict[int, Collection[int]]:
        only_here = {
            run_id: dict(failures)
            for run_id, failures in zip(keys, await self._failures.load_many(keys), strict=True)
        }
        runs = await _runs(self.snapshot, keys, RUNS_FOR_ONLY_HERE)
        for some in (slice(RUNS_READ_FIRST), slice(RUNS_READ_FIRST, None)):
            others = {
                run_id: [run for run in runs.beside(run_id)[some] if runs.is_other(run, run_id)]
                for run_id, failures in only_here.items()
                if failures
            }
            tests = {test for failures in only_here.values() for test in failures}
            elsewhere = await _failures(
                self.snapshot, {run.id for beside in others.values() for run in beside}, tests
            )
            for run_id, beside in others.items():
                await pause()
                only_here[run_id] = {
                    test: failure
                    for test, failure in only_here[run_id].items()
                    if not any(elsewhere.get((run.id, test)) == failure for run in beside)
                }
        return dict(only_here)
