"""What many runs say of each test, read as lists of ids."""

from typing import Any

from sqlalchemy import Select, func

from gql.database.tables import TestResult
from gql.domain.insights import RunOutcomes
from gql.domain.status import differs
from gql.loaders.base import KeyPredicate, Loader, Scope, key_predicate
from gql.loaders.id_lists import as_text
from gql.loaders.run_lists import CATALOGUE, catalogue_of, select_lists, test_of_result
from gql.pacing import pause


def _select_outcomes(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    runtime = as_text(func.coalesce(TestResult.runtime, -1))
    # The catalogue is the same for each run, so that the whole matrix is one statement.
    lists = select_lists(has_key, test_of_result + ":" + runtime, differs)
    return lists.add_columns(*CATALOGUE)


class OutcomesByRunIdLoader(Loader[int, RunOutcomes]):
    """Loads the statuses and runtimes of all tests in a run; one statement for all runs."""

    scope = Scope.RUN

    async def read(self, keys: list[int]) -> dict[int, RunOutcomes]:
        has_key, parameters = key_predicate(keys, 1)
        outcomes = {run_id: RunOutcomes(run_id, {}, {}) for run_id in keys}
        for row in await self.snapshot.prepared_rows(parameters, _select_outcomes, has_key):
            await pause()
            catalogue = catalogue_of(row.tests, row.active, row.outputs)
            outcomes[row.id] = catalogue.outcomes(row)
        return outcomes
