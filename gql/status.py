"""The rule of every status, once: SQL expressions that select, filter and count alike.

`RUNS` and `SAMPLES` are what they are evaluated over: each run with its latest progress, and
each run with every regression test and its result there. `is_in_run` tells which of those
are samples of the run. Numbers and filters that use these cannot disagree.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    FromClause,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased, join, outerjoin

from gql.tables import (
    Base,
    CustomizedTest,
    LenientEnum,
    RegressionTest,
    RegressionTestOutput,
    RegressionTestOutputFiles,
    Test,
    TestProgress,
    TestResult,
    TestResultFile,
)


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    CANCELED = "canceled"
    ERROR = "error"
    INCOMPLETE = "incomplete"


class SampleStatus(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SKIPPED = "skipped"
    MISSING_OUTPUT = "missing_output"
    RUNNING = "running"
    NOT_STARTED = "not_started"


class OutputStatus(StrEnum):
    MATCH = "match"
    DIFF_MISMATCH = "diff_mismatch"
    MISSING_OUTPUT = "missing_output"
    MISSING_EXPECTED = "missing_expected"


FAILURES = (SampleStatus.FAIL, SampleStatus.MISSING_OUTPUT)


def _is(status: StrEnum) -> ColumnElement[Any]:
    # Inlined, so that grouping by a status sees one and the same expression.
    return literal(status, LenientEnum(type(status)), literal_execute=True)


def _any(table: type[Base], *conditions: ColumnElement[bool]) -> Exists:
    """Whether the table has a row for which all holds, however deep in a statement this is."""
    return exists().where(*conditions).correlate_except(table)


# Runs

LatestProgress = aliased(TestProgress, name="latest_progress")

RUNS: FromClause = outerjoin(
    Test,
    LatestProgress,
    LatestProgress.id
    == select(func.max(TestProgress.id)).where(TestProgress.test_id == Test.id).scalar_subquery(),
)

_state = LatestProgress.status
is_queued = LatestProgress.id.is_(None)
is_finished = and_(not_(is_queued), _state.in_(("completed", "canceled")))


def run_status(
    *,
    has_results: ColumnElement[bool],
    has_failures: ColumnElement[bool],
    has_skipped: ColumnElement[bool],
) -> ColumnElement[RunStatus]:
    """The status of a run that has any results, failing samples, skipped samples or not."""
    return case(
        (_state.is_(None), _is(RunStatus.QUEUED)),
        (_state.in_(("preparation", "testing")), _is(RunStatus.RUNNING)),
        (_state == "canceled", _is(RunStatus.CANCELED)),
        (_state != "completed", _is(RunStatus.INCOMPLETE)),
        (not_(has_results), _is(RunStatus.ERROR)),
        (has_failures, _is(RunStatus.FAIL)),
        (has_skipped, _is(RunStatus.INCOMPLETE)),
        else_=_is(RunStatus.PASS),
    )


# Outputs


def is_blank(text: Any) -> ColumnElement[bool]:
    return func.coalesce(text, "") == ""


is_dummy = and_(
    TestResultFile.regression_test_output_id == -1,
    TestResultFile.got == "error",
)

is_reported_output = TestResultFile.regression_test_output_id >= 1

is_variant = _any(
    RegressionTestOutputFiles,
    RegressionTestOutputFiles.regression_test_output_id == TestResultFile.regression_test_output_id,
    RegressionTestOutputFiles.file_hashes == TestResultFile.got,
)

is_accepted = or_(
    is_blank(TestResultFile.got),
    TestResultFile.got.is_not_distinct_from(TestResultFile.expected),
    is_variant,
)

reported_output_status: ColumnElement[OutputStatus] = case(
    (is_blank(TestResultFile.expected), _is(OutputStatus.MISSING_EXPECTED)),
    (is_accepted, _is(OutputStatus.MATCH)),
    else_=_is(OutputStatus.DIFF_MISMATCH),
)

unreported_output_status: ColumnElement[OutputStatus] = case(
    (is_blank(RegressionTestOutput.correct), _is(OutputStatus.MISSING_EXPECTED)),
    else_=_is(OutputStatus.MISSING_OUTPUT),
)


def is_unreported(run_id: Any) -> ColumnElement[bool]:
    """Whether an expected output that counts has no row in a run."""
    return and_(
        RegressionTestOutput.ignore.is_not(true()),
        RegressionTestOutput.id >= 1,
        not_(
            _any(
                TestResultFile,
                TestResultFile.test_id == run_id,
                TestResultFile.regression_test_id == RegressionTestOutput.regression_id,
                TestResultFile.regression_test_output_id == RegressionTestOutput.id,
            )
        ),
    )


# Samples

_is_result_of_sample = and_(
    TestResult.test_id == Test.id, TestResult.regression_test_id == RegressionTest.id
)

SAMPLES: FromClause = join(RUNS, RegressionTest, true()).outerjoin(TestResult, _is_result_of_sample)

has_result = TestResult.test_id.is_not(None)

_is_customized = _any(CustomizedTest, CustomizedTest.test_id == Test.id)

is_in_run = or_(
    has_result,
    _any(
        CustomizedTest,
        CustomizedTest.test_id == Test.id,
        CustomizedTest.regression_id == RegressionTest.id,
    ),
    and_(RegressionTest.active.is_(true()), not_(is_finished), not_(_is_customized)),
)


def _any_file(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return _any(
        TestResultFile,
        TestResultFile.test_id == Test.id,
        TestResultFile.regression_test_id == RegressionTest.id,
        *conditions,
    )


_lacks_output = or_(
    _any(
        RegressionTestOutput,
        RegressionTestOutput.regression_id == RegressionTest.id,
        is_unreported(Test.id),
    ),
    _any_file(is_dummy),
)

sample_status: ColumnElement[SampleStatus] = case(
    (
        not_(has_result),
        case(
            (or_(is_queued, _state == "preparation"), _is(SampleStatus.NOT_STARTED)),
            (_state == "testing", _is(SampleStatus.RUNNING)),
            else_=_is(SampleStatus.SKIPPED),
        ),
    ),
    (_lacks_output, _is(SampleStatus.MISSING_OUTPUT)),
    (TestResult.exit_code.is_distinct_from(TestResult.expected_rc), _is(SampleStatus.FAIL)),
    (_any_file(is_reported_output, not_(is_accepted)), _is(SampleStatus.FAIL)),
    else_=_is(SampleStatus.PASS),
)


# Runs again: the same status as a condition, for which a server stops at the first failure.


def _has_sample(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .select_from(outerjoin(RegressionTest, TestResult, _is_result_of_sample))
        .where(is_in_run, *conditions)
        .correlate(Test, LatestProgress)
    )


status_of_run = run_status(
    has_results=_has_sample(has_result),
    has_failures=_has_sample(has_result, sample_status.in_(FAILURES)),
    has_skipped=_has_sample(not_(has_result)),
)
