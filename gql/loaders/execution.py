"""How runs were executed, and which runs are not finished."""

from collections import defaultdict
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from gql.database.tables import CustomizedTest, RegressionTest, Test, TestProgress, TestResult
from gql.domain.estimate import PAST_RUNS, Execution
from gql.domain.status import RUNS, LatestProgress, is_finished
from gql.domain.status_counts import tests_of_run
from gql.loaders.base import KeyPredicate, Loader, Scope, key_predicate
from gql.loaders.id_lists import as_text, ids_of, listed
from gql.loaders.queue import is_waiting
from gql.loaders.run import started_at
from gql.pacing import pause

# An enum would make None of a platform that the schema does not know.
_PLATFORM = type_coerce(Test.platform, String).label("platform")

_testing_at = (
    select(func.min(TestProgress.timestamp))
    .where(TestProgress.test_id == Test.id, TestProgress.status == "testing")
    .correlate_except(TestProgress)
    .scalar_subquery()
)


def _select_executions(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    runtime = as_text(func.coalesce(TestResult.runtime, -1))
    customized = as_text(func.coalesce(CustomizedTest.regression_id, 0))
    is_active = RegressionTest.active.is_(True)
    return (
        select(
            Test.id,
            _PLATFORM,
            LatestProgress.status.label("state"),
            is_finished.label("is_finished"),
            started_at.label("started_at"),
            _testing_at.label("testing_at"),
            LatestProgress.timestamp.label("reported_at"),
            listed(
                as_text(TestResult.regression_test_id) + ":" + runtime,
                TestResult,
                TestResult.test_id == Test.id,
            ).label("runtimes"),
            listed(customized, CustomizedTest, CustomizedTest.test_id == Test.id).label(
                "customized"
            ),
            listed(as_text(RegressionTest.id), RegressionTest).label("tests"),
            listed(as_text(RegressionTest.id), RegressionTest, is_active).label("active"),
        )
        .select_from(RUNS)
        .where(has_key(Test.id))
    )


class ExecutionByRunIdLoader(Loader[int, Execution | None]):
    """Loads how far a run is; None if there is no such run."""

    scope = Scope.RUN

    async def read(self, keys: list[int]) -> dict[int, Execution | None]:
        ids = cache(ids_of)  # Most runs have the same lists.
        has_key, parameters = key_predicate(keys, 1)
        executions: dict[int, Execution | None] = dict.fromkeys(keys)
        for row in await self.snapshot.prepared_rows(parameters, _select_executions, has_key):
            await pause()
            pairs = (pair.split(":") for pair in ids_of(row.runtimes))
            runtimes = {test: None if time.startswith("-") else int(time) for test, time in pairs}
            tests = tests_of_run(
                runtimes.keys(),
                ids(row.customized),
                tests=ids(row.tests),
                active=ids(row.active),
                is_finished=row.is_finished,
            )
            executions[row.id] = Execution(
                row.id,
                row.platform,
                row.state,
                row.started_at,
                row.testing_at,
                row.reported_at,
                tests,
                {test: time for test, time in runtimes.items() if test in tests},
            )
        return executions


class PastRunIdsLoader(Loader[tuple[str, int], list[int]]):
    """Loads the newest completed runs with a result on a platform before a run id."""

    scope = Scope.ALL_RUNS

    max_batch_size = 64

    async def read(self, keys: list[tuple[str, int]]) -> dict[tuple[str, int], list[int]]:
        # Padded to a power of 2, so that few statements differ.
        size = 1 << (len(keys) - 1).bit_length()
        parameters = {
            f"{name}_{number}": value
            for number, key in enumerate(keys + keys[-1:] * (size - len(keys)))
            for name, value in zip(("platform", "before"), key, strict=True)
        }
        run_ids: dict[int, list[int]] = defaultdict(list)
        for row in await self.snapshot.prepared_rows(parameters, _past_runs, size):
            run_ids[row.number].append(row.id)
        return {key: run_ids[number] for number, key in enumerate(keys)}


def _past_runs(keys: int) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*map(_past_runs_of, range(keys)))


def _past_runs_of(number: int) -> Select[*tuple[Any, ...]]:
    def parameter(name: str, type_: Any) -> BindParameter[Any]:
        return bindparam(f"{name}_{number}", type_=type_, required=False)

    newest = (
        select(Test.id, literal(number).label("number"))
        .select_from(RUNS)
        .where(
            Test.platform == parameter("platform", Test.platform.type),
            Test.id < parameter("before", Integer),
            LatestProgress.status == "completed",
            exists().where(TestResult.test_id == Test.id).correlate(Test),
        )
        .order_by(Test.id.desc())
        .limit(PAST_RUNS)
    )
    # SQLite takes an order and a limit within a union only in a subquery.
    return select(newest.subquery())


class UnfinishedRunsByPlatformLoader(Loader[str, tuple[list[int], list[int]]]):
    """Loads the runs in progress on a platform, and those that wait, the oldest first."""

    scope = Scope.ALL_RUNS

    async def read(self, keys: list[str]) -> dict[str, tuple[list[int], list[int]]]:
        in_progress = LatestProgress.status.in_(("preparation", "testing"))
        statement = (
            select(
                Test.id,
                _PLATFORM,
                LatestProgress.id.is_(None).label("waits"),
            )
            .select_from(RUNS)
            .where(or_(is_waiting, in_progress))
            .order_by(Test.id)
        )
        runs: dict[str, tuple[list[int], list[int]]] = {key: ([], []) for key in keys}
        for row in await self.snapshot.rows(statement):
            if row.platform in runs:
                runs[row.platform][bool(row.waits)].append(row.id)
        return runs
