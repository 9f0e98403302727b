"""What shows that a run has changed, read for all runs that may have."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    func,
    join,
    literal,
    select,
    union_all,
)

from gql.database import Snapshot
from gql.database.tables import RegressionTest, Test, TestProgress, TestResult
from gql.domain.status import RUNS, LatestProgress, is_finished
from gql.loaders.base import KeyPredicate, key_predicate

# Ids of transactions that end late are smaller than those that were seen.
_LATE_IDS = 50

_NEWEST_RUNS = 500


class RunMark(NamedTuple):
    """A run's latest report, and how many results it has of which tests, as the sum of their ids.

    Two marks of a run are equal if nothing was reported between.
    """

    report_id: int | None
    is_finished: bool
    results: int
    sum_of_tests: int


@dataclass(frozen=True, slots=True)
class Horizon:
    """The largest ids of runs and of reports that were seen."""

    run_id: int
    report_id: int


@dataclass(frozen=True, slots=True)
class RunMarks:
    """The marks of runs, those that are new or have a new report, and what was seen by then."""

    of_runs: dict[int, RunMark]
    recent: frozenset[int]
    horizon: Horizon


async def first_horizon(snapshot: Snapshot) -> Horizon:
    """The horizon before the newest runs, which may change."""
    newest = select(select(func.max(Test.id)).scalar_subquery(), func.max(TestProgress.id))
    [(run_id, report_id)] = await snapshot.rows(newest)
    return Horizon((run_id or 0) - _NEWEST_RUNS, report_id or 0)


async def run_marks(
    snapshot: Snapshot, horizon: Horizon, tracked: Collection[int], watched: Collection[int]
) -> RunMarks:
    """The marks of all runs beyond a horizon, and of those that are tracked or watched.

    Two statements that look up rows by keys.
    """
    has_key, parameters = key_predicate({*tracked, *watched} or {0}, 1)
    parameters |= {
        "run": horizon.run_id - _LATE_IDS,
        "report": horizon.report_id - _LATE_IDS,
    }
    rows = await snapshot.prepared_rows(parameters, _select_reports, has_key)
    may_have_results = {
        row.run_id
        for row in rows
        if row.run_id in watched or (row.report_id is not None and not row.is_finished)
    }
    results = {}
    if may_have_results:
        has_key, parameters = key_predicate(may_have_results, 1)
        for row in await snapshot.prepared_rows(parameters, _select_results, has_key):
            results[row.test_id] = row.results, int(row.sum_of_tests)
    return RunMarks(
        {
            row.run_id: RunMark(
                row.report_id, bool(row.is_finished), *results.get(row.run_id, (0, 0))
            )
            for row in rows
        },
        frozenset(row.run_id for row in rows if row.is_recent),
        Horizon(
            max(horizon.run_id, *(row.run_id for row in rows), 0),
            max(horizon.report_id, *(row.report_id or 0 for row in rows), 0),
        ),
    )


def _select_reports(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    runs = _run_ids(has_key).subquery("runs")
    return select(
        runs.c.run_id,
        runs.c.is_recent,
        LatestProgress.id.label("report_id"),
        is_finished.label("is_finished"),
    ).select_from(join(runs, RUNS, runs.c.run_id == Test.id))


def _run_ids(has_key: KeyPredicate) -> CompoundSelect[*tuple[Any, ...]]:
    run_id = Test.id.label("run_id")
    run, report = (bindparam(name, type_=Integer, required=False) for name in ("run", "report"))
    return union_all(
        select(run_id, literal(1).label("is_recent")).where(Test.id > run),
        select(TestProgress.test_id, literal(1)).where(TestProgress.id > report),
        select(run_id, literal(0)).where(has_key(Test.id)),
    )


def _select_results(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    return (
        select(
            TestResult.test_id,
            func.count().label("results"),
            func.sum(TestResult.regression_test_id).label("sum_of_tests"),
        )
        .join(RegressionTest, RegressionTest.id == TestResult.regression_test_id)
        .where(has_key(TestResult.test_id))
        .group_by(TestResult.test_id)
    )
