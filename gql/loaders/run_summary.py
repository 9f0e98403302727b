"""How many samples of a run have each status."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

import orjson
from cachetools import LRUCache
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    func,
    or_,
    select,
    true,
)
from typing_extensions import override

from gql.database.prepared_statements import Statement
from gql.database.tables import (
    Category,
    CustomizedTest,
    RegressionTest,
    RegressionTestCategory,
    RegressionTestOutput,
    Test,
    TestResult,
    TestResultFile,
)
from gql.domain.status import (
    RUNS,
    SAMPLES,
    LatestProgress,
    RunStatus,
    SampleStatus,
    differs,
    differs_today,
    exit_differs,
    is_dummy,
    is_expected_output,
    is_finished,
    is_in_run,
    is_reported_output,
    sample_status,
)
from gql.domain.status_counts import StatusCounts, status_of_counts, tests_of_run
from gql.loaders.base import KeyedLoader, KeyPredicate, Row, RowListLoader, Scope
from gql.loaders.id_lists import as_text, ids_of, listed, marked, marked_ids_of
from gql.loaders.names import sorted_by_name


@dataclass(frozen=True, slots=True)
class RunSummaryRow:
    """A run's status, and how many of its samples have each status."""

    run_id: int
    status: RunStatus
    total: int
    passed: int
    fail: int
    missing_output: int
    skipped: int
    running: int
    not_started: int


class SampleCountsRow(Row):
    total: int
    passed: int
    fail: int
    missing_output: int
    skipped: int
    running: int
    not_started: int


class CategorySummaryRow(SampleCountsRow):
    category_id: int
    name: str | None


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


def _select_catalogue() -> Select[*tuple[Any, ...]]:
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


class RunSummaryByRunIdLoader(KeyedLoader[int, RunSummaryRow | None]):
    """Loads the summary of a run, or None if there is no such run."""

    scope = Scope.RUN
    differs: ClassVar[ColumnElement[bool]] = differs
    key = (Test.id,)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        return select_lists(has_key, test_of_result, cls.differs)

    async def read(self, keys: list[int]) -> dict[int, RunSummaryRow | None]:
        [lists] = await self.snapshot.prepared_rows({}, _select_catalogue)
        catalogue = catalogue_of(lists.tests, lists.active, lists.outputs)
        return {
            run_id: catalogue.summary(run_id, rows[0]) if rows else None
            for run_id, rows in (await self.rows_by_key(keys)).items()
        }


class RunSummaryTodayByRunIdLoader(RunSummaryByRunIdLoader):
    """Loads the summary of a run by today's baselines."""

    scope = Scope.RUN
    differs = differs_today


_MAX_REMEMBERED = 10_000


class Catalogue:
    """All regression tests, which are active, and the outputs that they are expected to produce.

    It remembers the counts of the runs that were counted last, by all that decides them.
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
        self._counts: LRUCache[bytes, StatusCounts] = LRUCache(_MAX_REMEMBERED)

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
        lists = run.state, run.is_finished, run.results, run.files, run.customized
        key = sha256(orjson.dumps(lists)).digest()
        counts = self._counts.get(key)
        if counts is None:
            facts = self.facts(run, *self._results(run.results))
            counts = self._counts[key] = StatusCounts(run.state, **facts)
        return counts

    def summary(self, run_id: int, run: Any) -> RunSummaryRow:
        """The summary of a run, from its lists."""
        counts = self.counts(run)
        return RunSummaryRow(
            run_id=run_id,
            status=status_of_counts(run.state, counts),
            total=counts.total(),
            passed=counts[SampleStatus.PASS],
            fail=counts[SampleStatus.FAIL],
            missing_output=counts[SampleStatus.MISSING_OUTPUT],
            skipped=counts[SampleStatus.SKIPPED],
            running=counts[SampleStatus.RUNNING],
            not_started=counts[SampleStatus.NOT_STARTED],
        )


@lru_cache(1)
def catalogue_of(tests: str | None, active: str | None, outputs: str | None) -> Catalogue:
    """The catalogue of the lists that CATALOGUE selects; the same as before if they are equal."""
    return Catalogue(ids_of(tests), ids_of(active), ids_of(outputs))


def _total(count: Any) -> Any:
    # MariaDB and PostgreSQL sum integers to decimals.
    return cast(func.coalesce(func.sum(count), 0), Integer)


def _counts(tally: Subquery) -> list[Any]:
    """The columns of a summary, from a tally of `samples` by `sample_status`."""

    def having(status: SampleStatus) -> Any:
        return _total(case((tally.c.sample_status == status, tally.c.samples), else_=0))

    return [
        _total(tally.c.samples).label("total"),
        having(SampleStatus.PASS).label("passed"),
        having(SampleStatus.FAIL).label("fail"),
        having(SampleStatus.SKIPPED).label("skipped"),
        having(SampleStatus.MISSING_OUTPUT).label("missing_output"),
        having(SampleStatus.RUNNING).label("running"),
        having(SampleStatus.NOT_STARTED).label("not_started"),
    ]


class CategorySummariesByRunIdLoader(RowListLoader[int, CategorySummaryRow]):
    """Loads the counts of a run's samples in each of their categories, by the category's name."""

    scope = Scope.RUN
    key = (Test.id,)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Select[*tuple[Any, ...]]:
        membership = (
            select(RegressionTestCategory.regression_id, RegressionTestCategory.category_id)
            .distinct()
            .subquery()
        )
        tally = (
            select(
                Test.id.label("run_id"),
                membership.c.category_id,
                sample_status.label("sample_status"),
                func.count().label("samples"),
            )
            .select_from(SAMPLES.join(membership, membership.c.regression_id == RegressionTest.id))
            .where(is_in_run(has_key.of_first), has_key(Test.id))
            .group_by(Test.id, membership.c.category_id, "sample_status")
            .subquery()
        )
        return (
            select(*_counts(tally), Category.id.label("category_id"), Category.name, tally.c.run_id)
            .join_from(tally, Category, Category.id == tally.c.category_id)
            .group_by(tally.c.run_id, Category.id, Category.name)
        )

    @override
    async def read(self, keys: list[int]) -> dict[int, list[CategorySummaryRow]]:
        rows_by_key = await self.rows_by_key(keys)
        return {run_id: sorted_by_name(rows) for run_id, rows in rows_by_key.items()}
