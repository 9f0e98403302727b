"""What many runs say of each test, read as lists of ids."""

from functools import cache
from typing import Any, cast

from sqlalchemy import Select, func

from gql.database.tables import RegressionTest, RegressionTestOutput, Test, TestResult
from gql.domain.insights import RunOutcomes
from gql.domain.status import is_expected_output
from gql.domain.status_counts import statuses_of_tests, tests_of_run
from gql.loaders.base import KeyPredicate, Loader, Scope, key_predicate
from gql.loaders.id_lists import as_text, ids_of, listed
from gql.loaders.run_summary import RunSummaryByRunIdLoader
from gql.pacing import pause


def _select_outcomes(has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
    runtime = func.coalesce(TestResult.runtime, -1)
    output = as_text(RegressionTestOutput.regression_id) + ":" + as_text(RegressionTestOutput.id)
    lists = cast("Select[*tuple[Any, ...]]", RunSummaryByRunIdLoader.build(has_key))
    return lists.add_columns(
        listed(
            as_text(TestResult.regression_test_id) + ":" + as_text(runtime),
            TestResult,
            TestResult.test_id == Test.id,
        ).label("runtimes"),
        # The same for each run, so that the whole matrix is one statement.
        listed(as_text(RegressionTest.id), RegressionTest).label("tests"),
        listed(output, RegressionTestOutput, is_expected_output).label("expected"),
    )


class OutcomesByRunIdLoader(Loader[int, RunOutcomes]):
    """Loads the statuses and runtimes of all tests in a completed run; one statement for all."""

    scope = Scope.RUN

    async def read(self, keys: list[int]) -> dict[int, RunOutcomes]:
        has_key, parameters = key_predicate(keys, 1)
        ids = cache(ids_of)  # Most runs have the same lists.
        pairs = cache(_pairs)
        outcomes = {run_id: RunOutcomes(run_id, {}, {}) for run_id in keys}
        for row in await self.snapshot.prepared_rows(parameters, _select_outcomes, has_key):
            await pause()
            tests, results = ids(row.tests), ids(row.results)
            results &= tests
            samples = tests_of_run(
                results, ids(row.customized), tests=tests, active=tests, is_finished=row.is_finished
            )
            expected = pairs(row.expected)
            statuses = statuses_of_tests(
                row.state,
                results=results,
                without_result=samples - results,
                lacking_output={expected[each] for each in expected.keys() - ids(row.outputs)}
                | ids(row.dummies),
                exit_differing=ids(row.exits),
                output_differing=ids(row.differing),
            )
            runtimes = (pair.split(":") for pair in ids_of(row.runtimes))
            outcomes[row.id] = RunOutcomes(
                row.id,
                {int(test): status for test, status in statuses.items()},
                {
                    int(test): int(runtime)
                    for test, runtime in runtimes
                    if test in results and not runtime.startswith("-")
                },
            )
        return outcomes


def _pairs(listed: str | None) -> dict[str, str]:
    """The test of each output, which is listed as both ids."""
    return {output: output.partition(":")[0] for output in ids_of(listed)}
