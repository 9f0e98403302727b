"""The rule of every status, once: SQL expressions for selecting, filtering and counting.

`RUNS` and `SAMPLES` are what they are evaluated over: each run with its latest progress, and
each run with every regression test and its result there. `is_in_run` says which of those
are samples of the run. Numbers and filters that use these cannot disagree.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, TypeVar

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

from gql.database.column_types import LenientEnum
from gql.database.tables import (
    Base,
    CustomizedTest,
    RegressionTest,
    RegressionTestOutput,
    RegressionTestOutputFiles,
    Test,
    TestProgress,
    TestResult,
    TestResultFile,
)

S = TypeVar("S", bound=StrEnum)


class RunStatus(StrEnum):
    """A run's status, which no table stores."""

    QUEUED = "queued"
    RUNNING = "running"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    CANCELED = "canceled"
    ERROR = "error"
    INCOMPLETE = "incomplete"


class SampleStatus(StrEnum):
    """A sample's status, which no table stores."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SKIPPED = "skipped"
    MISSING_OUTPUT = "missing_output"
    RUNNING = "running"
    NOT_STARTED = "not_started"


class OutputStatus(StrEnum):
    """An output's status, which no table stores."""

    MATCH = "match"
    DIFF_MISMATCH = "diff_mismatch"
    MISSING_OUTPUT = "missing_output"
    MISSING_EXPECTED = "missing_expected"


FAILURES = (SampleStatus.FAIL, SampleStatus.MISSING_OUTPUT)


def _is(status: StrEnum) -> ColumnElement[Any]:
    # Inlined, so that grouping by a status sees one and the same expression.
    return literal(status, LenientEnum(type(status)), literal_execute=True)


def _any(table: type[Base], *conditions: ColumnElement[bool]) -> Exists:
    """Whether the table has a row that meets the conditions, however deep in a statement."""
    return exists().where(*conditions).correlate_except(table)


# A rule is a list of branches, the first that holds decides. Its conditions are columns, or
# truths about one thing: SQL and Python cannot differ.

Branches = Iterator[tuple[Any, S]]


def _case(branches: Branches[S], otherwise: S) -> ColumnElement[S]:
    return case(*((holds, _is(status)) for holds, status in branches), else_=_is(otherwise))


def first_branch(branches: Branches[S], otherwise: S) -> S:
    """The status of the first branch that holds."""
    return next((status for holds, status in branches if holds), otherwise)


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


def run_branches(
    state: Any, *, has_no_results: Any, has_failures: Any, has_skipped: Any
) -> Branches[RunStatus]:
    """The rule for the status of a run; if no branch holds, it is PASS."""
    yield state == None, RunStatus.QUEUED  # noqa: E711  (of a column: IS NULL)
    yield (state == "preparation") | (state == "testing"), RunStatus.RUNNING
    yield state == "canceled", RunStatus.CANCELED
    yield state != "completed", RunStatus.INCOMPLETE
    yield has_no_results, RunStatus.ERROR
    yield has_failures, RunStatus.FAIL
    yield has_skipped, RunStatus.INCOMPLETE


# Outputs


def is_blank(text: Any) -> ColumnElement[bool]:
    """Whether a text is NULL or empty."""
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


is_expected_output = and_(RegressionTestOutput.ignore.is_not(true()), RegressionTestOutput.id >= 1)


def is_unreported(run_id: Any) -> ColumnElement[bool]:
    """Whether an expected output that counts has no row in a run."""
    return and_(
        is_expected_output,
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

exit_differs = TestResult.exit_code.is_distinct_from(TestResult.expected_rc)

differs = and_(is_reported_output, not_(is_accepted))


def sample_branches(
    state: Any, *, has_no_result: Any, lacks_output: Any, exit_differs: Any, output_differs: Any
) -> Branches[SampleStatus]:
    """The rule for the status of a sample; if no branch holds, it is PASS."""
    is_not_testing = (state == None) | (state == "preparation")  # noqa: E711  (as above)
    yield has_no_result & is_not_testing, SampleStatus.NOT_STARTED
    yield has_no_result & (state == "testing"), SampleStatus.RUNNING
    yield has_no_result, SampleStatus.SKIPPED
    yield lacks_output, SampleStatus.MISSING_OUTPUT
    yield exit_differs, SampleStatus.FAIL
    yield output_differs, SampleStatus.FAIL


sample_status: ColumnElement[SampleStatus] = _case(
    sample_branches(
        _state,
        has_no_result=not_(has_result),
        lacks_output=_lacks_output,
        exit_differs=exit_differs,
        output_differs=_any_file(differs),
    ),
    SampleStatus.PASS,
)


# The same status of runs as a condition, for which a server stops at the first failure.


def _has_sample(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .select_from(outerjoin(RegressionTest, TestResult, _is_result_of_sample))
        .where(is_in_run, *conditions)
        .correlate(Test, LatestProgress)
    )


status_of_run: ColumnElement[RunStatus] = _case(
    run_branches(
        _state,
        has_no_results=not_(_has_sample(has_result)),
        has_failures=_has_sample(has_result, sample_status.in_(FAILURES)),
        has_skipped=_has_sample(not_(has_result)),
    ),
    RunStatus.PASS,
)
