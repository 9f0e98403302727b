"""How many samples of a run have each status."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, select

from gql.database.tables import (
    Base,
    CustomizedTest,
    RegressionTest,
    RegressionTestOutput,
    Test,
    TestResult,
    TestResultFile,
)
from gql.domain.status import (
    RUNS,
    Counts,
    LatestProgress,
    RunStatus,
    SampleStatus,
    differs,
    exit_differs,
    is_dummy,
    is_expected_output,
    is_finished,
    is_reported_output,
    status_of_counts,
)
from gql.loaders.base import KeyedLoader


@dataclass(frozen=True, slots=True)
class RunSummary:
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


def _text(number: Any) -> ColumnElement[str]:
    return cast(number, String(20))


def _listed(
    value: ColumnElement[str], table: type[Base], *conditions: ColumnElement[bool]
) -> ScalarSelect[str]:
    return (
        select(func.aggregate_strings(value, ","))
        .where(*conditions)
        .correlate_except(table)
        .scalar_subquery()
    )


_test_of_result = _text(TestResult.regression_test_id)
_test_of_file = _text(TestResultFile.regression_test_id)
_output_of_file = _test_of_file + ":" + _text(TestResultFile.regression_test_output_id)
_is_result_of_run = TestResult.test_id == Test.id
_is_file_of_run = TestResultFile.test_id == Test.id

_CATALOGUE = select(
    _text(RegressionTest.id).label("test"),
    RegressionTest.active,
    (_text(RegressionTest.id) + ":" + _text(RegressionTestOutput.id)).label("output"),
).outerjoin(
    RegressionTestOutput,
    (RegressionTestOutput.regression_id == RegressionTest.id) & is_expected_output,
)


class RunSummaryByRunIdLoader(KeyedLoader[int, RunSummary | None]):
    """Gives the summary of a run, or None if there is no such run."""

    statement = select(
        LatestProgress.status.label("state"),
        is_finished.label("is_finished"),
        _listed(_test_of_result, TestResult, _is_result_of_run).label("results"),
        _listed(_test_of_result, TestResult, _is_result_of_run, exit_differs).label("exits"),
        _listed(_output_of_file, TestResultFile, _is_file_of_run, is_reported_output).label(
            "outputs"
        ),
        _listed(_test_of_file, TestResultFile, _is_file_of_run, is_dummy).label("dummies"),
        _listed(_test_of_file, TestResultFile, _is_file_of_run, differs).label("differing"),
        # A run with a choice of no test at all is not one without a choice.
        _listed(
            _text(func.coalesce(CustomizedTest.regression_id, 0)),
            CustomizedTest,
            CustomizedTest.test_id == Test.id,
        ).label("customized"),
    ).select_from(RUNS)
    key = (Test.id,)

    async def read(self, keys: list[int]) -> dict[int, RunSummary | None]:
        catalogue = _Catalogue(await self.snapshot.prepared_rows(_CATALOGUE, {}))
        return {
            run_id: catalogue.summary(run_id, rows[0]) if rows else None
            for run_id, rows in (await self.rows_by_key(keys)).items()
        }


class _Catalogue:
    """All regression tests, those that are active, and the outputs they are expected to give."""

    def __init__(self, rows: list[Any]) -> None:
        self.tests = {row.test for row in rows}
        self.active = {row.test for row in rows if row.active}
        self.test_by_output = {row.output: row.test for row in rows if row.output is not None}
        # Most runs list the same.
        self.results = cache(self._results)
        self.lacking = cache(self._lacking)

    def _results(self, listed: str | None) -> set[str]:
        return _ids(listed) & self.tests

    def _lacking(self, listed: str | None) -> set[str]:
        missing = self.test_by_output.keys() - _ids(listed)
        return {self.test_by_output[output] for output in missing}

    def summary(self, run_id: int, run: Any) -> RunSummary:
        results = self.results(run.results)
        customized = _ids(run.customized)
        chosen = customized or (set() if run.is_finished else self.active)
        counts = Counts(
            run.state,
            results=results,
            without_result=(chosen & self.tests) - results,
            lacking_output=self.lacking(run.outputs) | _ids(run.dummies),
            exit_differing=_ids(run.exits),
            output_differing=_ids(run.differing),
        )
        return RunSummary(
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


def _ids(listed: str | None) -> set[str]:
    return set(listed.split(",")) if listed else set()
