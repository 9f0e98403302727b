"""The verdicts of whole runs, each against the base that is picked for it."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, bindparam, false, or_

from gql.database import Snapshot
from gql.database.tables import RegressionTest, Test
from gql.domain.base_selection import BaseSelection
from gql.domain.comparison import ChangeVerdict
from gql.loaders.base import Loader, Scope
from gql.loaders.base_run import BaseByRunIdLoader
from gql.loaders.comparison import ComparisonByRunIdsLoader


class VerdictsByRunIdLoader(Loader[int, Mapping[int, ChangeVerdict]]):
    """Loads the verdicts of a run against the base before it, by regression id.

    Four statements, however many runs.
    """

    scope = Scope.ALL_RUNS

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._bases = BaseByRunIdLoader(snapshot)
        self._comparisons = ComparisonByRunIdsLoader(snapshot)

    async def read(self, keys: list[int]) -> dict[int, Mapping[int, ChangeVerdict]]:
        bases = await self._bases.load_many((run_id, BaseSelection.BEFORE) for run_id in keys)
        comparisons = await self._comparisons.load_many(
            (run_id, None if base is None else base.run.id)
            for run_id, base in zip(keys, bases, strict=True)
        )
        return {
            run_id: {change.regression_id: change.verdict for change in comparison.changes}
            for run_id, comparison in zip(keys, comparisons, strict=True)
        }


async def has_verdict(
    snapshot: Snapshot, run_ids: Collection[int], verdicts: Collection[ChangeVerdict]
) -> ColumnElement[bool]:
    """The condition that a sample of these runs has one of the verdicts."""
    of_runs = await VerdictsByRunIdLoader(snapshot).load_many(run_ids)
    tests_by_run_id = {
        run_id: [test for test, verdict in of_run.items() if verdict in verdicts]
        for run_id, of_run in zip(run_ids, of_runs, strict=True)
    }
    # Written out: all tests of many runs are more than a statement takes as parameters.
    return or_(
        false(),
        *(
            and_(
                Test.id == run_id,
                RegressionTest.id.in_(
                    bindparam(f"tests_of_{run_id}", tests, expanding=True, literal_execute=True)
                ),
            )
            for run_id, tests in tests_by_run_id.items()
            if tests
        ),
    )
