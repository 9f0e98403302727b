"""What decides the statuses of the samples of runs, as lists, and what follows from them."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from cachetools import LRUCache
from sqlalchemy import ColumnElement, Select, func, or_, select, true

from gql.database.tables import (
    CustomizedTest,
    RegressionTest,
    RegressionTestOutput,
    Test,
    TestResult,
    TestResultFile,
)
from gql.domain.insights import RunOutcomes
from gql.domain.status import (
    RUNS,
    LatestProgress,
    exit_differs,
    is_dummy,
    is_expected_output,
    is_finished,
    is_reported_output,
)
from gql.domain.status_counts import StatusCounts, statuses_of_tests, tests_of_run
from gql.loaders.base import KeyPredicate
from gql.loaders.id_lists import as_text, ids_of, listed, marked, marked_ids_of

test_of_result = as_text(TestResult.regression_test_id)
_output_of_file = (
    as_text(TestResultFile.regression_test_id)
    + ":"
    + as_text(TestResultFile.regression_test_output_id)
)
_DUMMY = ":-1"


_test = as_text(RegressionTest.id)
_output = as_text(RegressionTestOutput.regression_id) + ":" + as_text(RegressionTestOutput.id)

CATALOGUE = (
    listed(_test, RegressionTest).label("tests"),
    listed(_test, RegressionTest, RegressionTest.active.is_(true())).label("active"),
    listed(_output, RegressionTestOutput, is_expected_output).label("outputs"),
)
"""What `catalogue_of` takes, as columns."""


def select_catalogue() -> Select[*tuple[Any, ...]]:
    return select(*CATALOGUE)


def select_lists(
    has_key: KeyPredicate, of_result: ColumnElement[str], differs: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """What runs have, as lists: one pass over the results of a run, and one over its files.

    `of_result` is what is listed of each result, with a mark if its exit code differs. Files are
    listed by their test and output, with a mark if they differ as `differs` says.
    """
    # Read once for all runs: not every engine has an index for looking up those of one.
    customized = (
        select(
            CustomizedTest.test_id,
            # A run customized to no test at all differs from one that is not customized.
            func.aggregate_strings(
                as_text(func.coalesce(CustomizedTest.regression_id, 0)), ","
            ).label("listed"),
        )
        .where(has_key(CustomizedTest.test_id))
        .group_by(CustomizedTest.test_id)
        .subquery()
    )
    return (
        select(
            LatestProgress.status.label("state"),
            is_finished.label("is_finished"),
            listed(
                marked(of_result, exit_differs), TestResult, TestResult.test_id == Test.id
            ).label("results"),
            listed(
                marked(_output_of_file, differs),
                TestResultFile,
                TestResultFile.test_id == Test.id,
                or_(is_reported_output, is_dummy),
            ).label("files"),
            customized.c.listed.label("customized"),
            Test.id,
        )
        .select_from(RUNS.outerjoin(customized, customized.c.test_id == Test.id))
        .where(has_key(Test.id))
    )


class Files(NamedTuple):
    """The output files of a run: of which outputs, and which tests have what is wrong."""

    outputs: AbstractSet[str]
    of_dummies: AbstractSet[str]
    differing: AbstractSet[str]


def files_of(listed: str | None) -> Files:
    """The files of a list."""
    files = marked_ids_of(listed)
    dummies = frozenset(each for each in files.ids if each.endswith(_DUMMY))
    return Files(files.ids, tests_of(dummies), tests_of(files.marked))


def tests_of(outputs: AbstractSet[str]) -> AbstractSet[str]:
    """The tests of outputs, which are listed as the ids of both."""
    return frozenset(each.partition(":")[0] for each in outputs)


_MAX_COUNTS = 10_000
MAX_BYTES_OF_OUTCOMES = 8 * 2**20
_BYTES_PER_OUTCOME = 80


class Catalogue:
    """All regression tests, which are active, and the outputs that they are expected to produce.

    It remembers the counts and outcomes of the runs that were read last, by all that decides them.
    """

    def __init__(
        self, tests: AbstractSet[str], active: AbstractSet[str], outputs: AbstractSet[str]
    ) -> None:
        self.tests = tests
        self.active = active
        self._outputs = outputs
        # Most runs have the same lists.
        self._ids = lru_cache(16)(ids_of)
        self._results = lru_cache(16)(marked_ids_of)
        self.files = lru_cache(16)(files_of)
        self._lacking = lru_cache(16)(self._tests_lacking_output)
        self._counts: LRUCache[bytes, StatusCounts] = LRUCache(_MAX_COUNTS)
        self._outcomes: LRUCache[bytes, RunOutcomes] = LRUCache(
            MAX_BYTES_OF_OUTCOMES, getsizeof=bytes_of_outcomes
        )

    def _tests_lacking_output(self, files: str | None) -> AbstractSet[str]:
        of_run = self.files(files)
        return tests_of(self._outputs - of_run.outputs) | of_run.of_dummies

    def facts(self, run: Any, results: AbstractSet[str], exits: AbstractSet[str]) -> dict[str, Any]:
        """What decides the statuses of the samples of a run, from its lists."""
        results &= self.tests
        samples = tests_of_run(
            results,
            self._ids(run.customized),
            tests=self.tests,
            active=self.active,
            is_finished=run.is_finished,
        )
        return {
            "results": results,
            "without_result": samples - results,
            "lacking_output": self._lacking(run.files),
            "exit_differing": exits,
            "output_differing": self.files(run.files).differing,
        }

    def counts(self, run: Any) -> StatusCounts:
        """How many samples of a run have each status, from its lists."""
        key = _digest_of(run)
        counts = self._counts.get(key)
        if counts is None:
            facts = self.facts(run, *self._results(run.results))
            counts = self._counts[key] = StatusCounts(run.state, **facts)
        return counts

    def outcomes(self, run: Any) -> RunOutcomes:
        """The statuses and runtimes of a run, from its lists, in which results have runtimes."""
        key = _digest_of(run)
        outcomes = self._outcomes.get(key)
        if outcomes is None:
            outcomes = self._outcomes_of(run)
            with suppress(ValueError):  # They alone are larger than the cache.
                self._outcomes[key] = outcomes
        return outcomes if outcomes.run_id == run.id else replace(outcomes, run_id=run.id)

    def _outcomes_of(self, run: Any) -> RunOutcomes:
        results = marked_ids_of(run.results)
        tests, runtimes = _columns_of(results.ids)
        exits = {each.partition(":")[0] for each in results.marked}
        statuses = statuses_of_tests(run.state, **self.facts(run, frozenset(tests), exits))
        by_test = dict(zip(map(int, statuses), statuses.values(), strict=True))
        return RunOutcomes(
            run.id,
            by_test,
            {
                test: runtime
                for test, runtime in zip(map(int, tests), map(int, runtimes), strict=True)
                if runtime >= 0 and test in by_test
            },
        )


def bytes_of_outcomes(outcomes: RunOutcomes) -> int:
    """About the memory that they take."""
    return _BYTES_PER_OUTCOME * (1 + len(outcomes.statuses) + len(outcomes.runtimes))


def _digest_of(run: Any) -> bytes:
    """Stands for all that decides what a run's samples are, but for the catalogue."""
    lists = run.state, run.is_finished, run.results, run.files, run.customized
    return sha256(orjson.dumps(lists)).digest()


def _columns_of(pairs: Collection[str]) -> tuple[list[str], list[str]]:
    """The first and the second parts of pairs."""
    parts = ":".join(pairs).split(":") if pairs else []
    return parts[::2], parts[1::2]


@lru_cache(1)
def catalogue_of(tests: str | None, active: str | None, outputs: str | None) -> Catalogue:
    """The catalogue of the lists that CATALOGUE selects; the same as before if they are equal."""
    return Catalogue(ids_of(tests), ids_of(active), ids_of(outputs))
