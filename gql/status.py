"""The rule of every status, once: SQL expressions that select, filter and count alike.

`RUNS` and `SAMPLES` are what they are evaluated over: each run with its latest progress, and
each run with every regression test and its result there. `is_in_run` tells which of those
are samples of the run. Numbers and filters that use these cannot disagree.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
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
    *, results: ColumnElement[int], failures: ColumnElement[int], skipped: ColumnElement[int]
) -> ColumnElement[RunStatus]:
    """The status of a run with so many results, failing samples and skipped samples."""
    return case(
        (_state.is_(None), _is(RunStatus.QUEUED)),
        (_state.in_(("preparation", "testing")), _is(RunStatus.RUNNING)),
        (_state == "canceled", _is(RunStatus.CANCELED)),
        (_state != "completed", _is(RunStatus.INCOMPLETE)),
        (results == 0, _is(RunStatus.ERROR)),
        (failures > 0, _is(RunStatus.FAIL)),
        (skipped > 0, _is(RunStatus.INCOMPLETE)),
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

is_accepted = or_(
    is_blank(TestResultFile.got),
    TestResultFile.got.is_not_distinct_from(TestResultFile.expected),
    exists().where(
        RegressionTestOutputFiles.regression_test_output_id
        == TestResultFile.regression_test_output_id,
        RegressionTestOutputFiles.file_hashes == TestResultFile.got,
    ),
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
            exists()
            .where(
                TestResultFile.test_id == run_id,
                TestResultFile.regression_test_id == RegressionTestOutput.regression_id,
                TestResultFile.regression_test_output_id == RegressionTestOutput.id,
            )
            .correlate_except(TestResultFile)
        ),
    )


# Samples

SAMPLES: FromClause = join(RUNS, RegressionTest, true()).outerjoin(
    TestResult,
    and_(TestResult.test_id == Test.id, TestResult.regression_test_id == RegressionTest.id),
)

has_result = TestResult.test_id.is_not(None)

_customized = exists().where(CustomizedTest.test_id == Test.id)

is_in_run = or_(
    has_result,
    _customized.where(CustomizedTest.regression_id == RegressionTest.id),
    and_(RegressionTest.active.is_(true()), not_(is_finished), not_(_customized)),
)


def _files_of_sample(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        TestResultFile.test_id == Test.id,
        TestResultFile.regression_test_id == RegressionTest.id,
        *conditions,
    )


_lacks_output = or_(
    exists().where(RegressionTestOutput.regression_id == RegressionTest.id, is_unreported(Test.id)),
    _files_of_sample(is_dummy),
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
    (_files_of_sample(is_reported_output, not_(is_accepted)), _is(SampleStatus.FAIL)),
    else_=_is(SampleStatus.PASS),
)
