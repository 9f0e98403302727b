"""The runs that a run is compared with."""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)

from gql.database.tables import MAX_ID, CustomizedTest, Fork, RegressionTest, Test, TestResult
from gql.domain.base_selection import (
    MAX_CANDIDATES,
    BaseSelection,
    Origin,
    candidates_of,
    covers_enough,
    is_candidate,
    is_main_repository,
    is_of_pull_request,
    origin_of_base,
    position_of_base,
    previous_commit_run_id,
)
from gql.domain.status import RUNS, is_finished
from gql.domain.status_counts import tests_of_run
from gql.loaders.base import KeyPredicate, Loader, Scope, key_predicate
from gql.loaders.id_lists import as_text, ids_of, listed
from gql.loaders.run import RUN, RunRow
from gql.pacing import pause


class PreviousRunIdByRunIdLoader(Loader[int, int | None]):
    """Loads the id of the run before a run: of its pull request, or of its fork and branch."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[int]) -> dict[int, int | None]:
        statement = select(
            Test.id, _PLATFORM, Test.pr_nr, is_of_pull_request, previous_commit_run_id
        ).where(Test.id.in_(keys))
        previous: dict[int, int | None] = dict.fromkeys(keys)
        of_pull_requests = {}
        for run_id, platform, number, is_of_one, commit_run_id in await self.snapshot.rows(
            statement
        ):
            previous[run_id] = commit_run_id
            if is_of_one:
                of_pull_requests[run_id] = (number, platform)
        if of_pull_requests:
            previous |= await self._of_pull_requests(of_pull_requests)
        return previous

    async def _of_pull_requests(
        self, pull_requests: dict[int, tuple[int, str]]
    ) -> dict[int, int | None]:
        # No index helps with pull requests: one scan for all of them.
        numbers = {number for number, _ in pull_requests.values()}
        statement = (
            select(Test.id, Test.pr_nr, _PLATFORM)
            .where(is_of_pull_request, Test.pr_nr.in_(numbers), Test.id <= max(pull_requests))
            .order_by(Test.id)
        )
        previous: dict[int, int | None] = {}
        latest: dict[tuple[int, str], int] = {}
        for run_id, *pull_request in await self.snapshot.rows(statement):
            previous[run_id] = latest.get(tuple(pull_request))
            latest[tuple(pull_request)] = run_id
        return {run_id: previous[run_id] for run_id in pull_requests}


@dataclass(frozen=True, slots=True)
class PickedBase:
    """The base that was picked for a run, and what it covers of the run's samples."""

    run: RunRow
    covered: int
    samples: int

    @property
    def covers_enough(self) -> bool:
        return covers_enough(self.covered, self.samples)


# An enum would make None of a platform or trigger that the schema does not know.
_PLATFORM = type_coerce(Test.platform, String).label("platform")
_TRIGGER = type_coerce(Test.test_type, String).label("trigger")

_results = listed(
    as_text(TestResult.regression_test_id), TestResult, TestResult.test_id == Test.id
).label("results")

_HEADS = select(
    Test.id,
    _PLATFORM,
    _TRIGGER,
    Test.fork_id,
    Test.branch,
    is_finished.label("is_finished"),
    _results,
    listed(
        as_text(func.coalesce(CustomizedTest.regression_id, 0)),
        CustomizedTest,
        CustomizedTest.test_id == Test.id,
    ).label("customized"),
    listed(as_text(RegressionTest.id), RegressionTest).label("tests"),
    listed(as_text(RegressionTest.id), RegressionTest, RegressionTest.active.is_(True)).label(
        "active"
    ),
    listed(as_text(Fork.id), Fork, is_main_repository).label("main_repository"),
).select_from(RUNS)


class _Head(NamedTuple):
    """A run that needs a base."""

    id: int
    samples: AbstractSet[str]
    origin: Origin


class _Candidate(NamedTuple):
    id: int
    run: RunRow
    results: AbstractSet[str]


class _Window(NamedTuple):
    """Which runs of an origin hold the candidates of several heads."""

    origin: Origin
    newest: int
    limit: int

    @property
    def parameters(self) -> dict[str, Any]:
        forks = self.origin.fork_ids
        return {
            "fork": forks[0],
            "other_fork": forks[-1],
            "branch": self.origin.branch,
            "platform": self.origin.platform,
            "newest": self.newest,
            "limit": self.limit,
        }


class BaseByRunIdLoader(Loader[tuple[int, BaseSelection], PickedBase | None]):
    """Loads the base of a run, by the run's id and how the base is selected.

    Two statements, however many runs: one for them, and one for all their candidates.
    """

    scope = Scope.ALL_RUNS

    async def read(
        self, keys: list[tuple[int, BaseSelection]]
    ) -> dict[tuple[int, BaseSelection], PickedBase | None]:
        bases: dict[tuple[int, BaseSelection], PickedBase | None] = dict.fromkeys(keys)
        heads = await self._heads({run_id for run_id, _ in keys})
        groups: dict[tuple[Origin, BaseSelection], list[_Head]] = defaultdict(list)
        for run_id, selection in keys:
            head = heads.get(run_id)
            if head is not None and head.origin.fork_ids:
                groups[head.origin, selection].append(head)
        candidates = await self._candidates([_window(*key, of) for key, of in groups.items()])
        for ((_, selection), of), runs in zip(groups.items(), candidates, strict=True):
            for head in of:
                await pause()
                bases[head.id, selection] = _pick(head, selection, runs)
        return bases

    async def _heads(self, run_ids: set[int]) -> dict[int, _Head]:
        has_key, parameters = key_predicate(run_ids, 1)
        rows = await self.snapshot.prepared_rows(parameters, _heads, has_key)
        return {
            row.id: _Head(
                row.id,
                tests_of_run(
                    ids_of(row.results),
                    ids_of(row.customized),
                    tests=ids_of(row.tests),
                    active=ids_of(row.active),
                    is_finished=row.is_finished,
                ),
                origin_of_base(
                    platform=row.platform,
                    trigger=row.trigger,
                    fork_id=row.fork_id,
                    branch=row.branch,
                    main_repository=tuple(map(int, ids_of(row.main_repository))),
                ),
            )
            for row in rows
        }

    async def _candidates(self, windows: list[_Window]) -> list[list[_Candidate]]:
        """The runs of each window, newest first."""
        candidates: list[list[_Candidate]] = [[] for _ in windows]
        if not windows:
            return candidates
        # Padded to a power of 2, so that few statements differ.
        size = 1 << (len(windows) - 1).bit_length()
        parameters = {
            f"{name}_{number}": value
            for number, window in enumerate(windows + windows[-1:] * (size - len(windows)))
            for name, value in window.parameters.items()
        }
        results = cache(ids_of)  # Most runs have the same.
        for row in await self.snapshot.prepared_rows(parameters, _runs_of_windows, size):
            if row.window < len(windows):
                candidates[row.window].append(_Candidate(row.id, row, results(row.results)))
        for runs in candidates:
            runs.sort(key=attrgetter("id"), reverse=True)
        return candidates


def _heads(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    return _HEADS.where(has_key(Test.id))


def _window(origin: Origin, selection: BaseSelection, heads: list[_Head]) -> _Window:
    ids = [head.id for head in heads]
    if selection is BaseSelection.LATEST:
        # None of them is its own base.
        return _Window(origin, MAX_ID, MAX_CANDIDATES + len(ids))
    return _Window(origin, max(ids) - 1, MAX_CANDIDATES + max(ids) - min(ids))


def _runs_of_windows(windows: int) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*map(_runs_of_window, range(windows)))


def _runs_of_window(number: int) -> Select[*tuple[Any, ...]]:
    def parameter(name: str, type_: Any) -> BindParameter[Any]:
        return bindparam(f"{name}_{number}", type_=type_, required=False)

    runs = (
        RUN.add_columns(_results, literal(number).label("window"))
        .where(
            Test.fork_id.in_([parameter("fork", Integer), parameter("other_fork", Integer)]),
            Test.branch == parameter("branch", Test.branch.type),
            Test.platform == parameter("platform", Test.platform.type),
            Test.id <= parameter("newest", Integer),
            is_candidate,
        )
        .order_by(Test.id.desc())
        .limit(parameter("limit", Integer))
    )
    # SQLite takes an order and a limit within a union only in a subquery.
    return select(runs.subquery())


def _pick(head: _Head, selection: BaseSelection, runs: list[_Candidate]) -> PickedBase | None:
    candidates = candidates_of(head.id, selection, runs)
    position = position_of_base(head.samples, [each.results for each in candidates])
    if position is None:
        return None
    base = candidates[position]
    return PickedBase(base.run, len(head.samples & base.results), len(head.samples))
