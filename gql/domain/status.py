"""The rule of every status, once: SQL expressions for selecting, filtering and counting.

`RUNS` and `SAMPLES` are what they are evaluated over: each run with its latest progress, and
each run with every regression test and its result there. `is_in_run` says which of those
are samples of the run. Numbers and filters that use these cannot disagree.
"""

from collections.abc import Callable, Iterator
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
    tuple_,
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
WITH_RESULT = frozenset({SampleStatus.PASS, *FAILURES})


def _is(status: StrEnum) -> ColumnElement[Any]:
    # Inlined, so that grouping by a status sees one and the same expression.
    return literal(status, LenientEnum(type(status)), literal_execute=True)


def _any(table: type[Base], *conditions: ColumnElement[bool]) -> Exists:
    """Whether the table has a row that meets the conditions, however deep in a statement."""
    return exists().where(*conditions).correlate_except(table)


# A rule is a list of branches, the first that holds decides. Its conditions are columns, or
# truths about one thing: SQL and Python cannot differ.

Branches = Iterator[tuple[Any, S]]


def case_of(branches: Branches[S], otherwise: S) -> ColumnElement[S]:
    """The rule as an expression."""
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


def is_finished_state(state: Any) -> ColumnElement[bool]:
    """Whether a run in this state has ended."""
    condition: ColumnElement[bool] = state.in_(("completed", "canceled"))
    return condition


_state = LatestProgress.status
is_queued = LatestProgress.id.is_(None)
is_finished = and_(not_(is_queued), is_finished_state(_state))


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
    # Most are NULL, and the test for that takes MariaDB a tenth of a comparison.
    return or_(text.is_(None), text == "")


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


def _is_what_was_produced(hash_: Any) -> ColumnElement[bool]:
    return or_(
        and_(is_blank(TestResultFile.got), hash_.is_not_distinct_from(TestResultFile.expected)),
        and_(not_(is_blank(TestResultFile.got)), hash_ == TestResultFile.got),
    )


is_accepted_today = or_(
    _any(
        RegressionTestOutput,
        RegressionTestOutput.id == TestResultFile.regression_test_output_id,
        _is_what_was_produced(RegressionTestOutput.correct),
    ),
    _any(
        RegressionTestOutputFiles,
        RegressionTestOutputFiles.regression_test_output_id
        == TestResultFile.regression_test_output_id,
        _is_what_was_produced(RegressionTestOutputFiles.file_hashes),
    ),
)
"""Whether the produced file is a baseline of today, whatever it was compared with."""

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

is_result_of_sample = and_(
    TestResult.test_id == Test.id, TestResult.regression_test_id == RegressionTest.id
)

SAMPLES: FromClause = join(RUNS, RegressionTest, true()).outerjoin(TestResult, is_result_of_sample)

has_result = TestResult.test_id.is_not(None)


def is_in_run(
    of_runs: Callable[[Any], ColumnElement[bool]],
    of_samples: Callable[[Any, Any], ColumnElement[bool]] | None = None,
) -> ColumnElement[bool]:
    """Whether a row of `SAMPLES` is a sample, in a statement about certain runs or samples.

    `of_runs` is the condition of a run's id, `of_samples` that of a run's and a test's. Of
    `customized_test`, which has a row for every test of every run, only the rows of these are read,
    and once: servers make of an EXISTS for each sample what reads the whole table.
    """
    run_id, test_id = CustomizedTest.test_id, CustomizedTest.regression_id
    chosen = select(run_id, test_id).where(
        of_samples(run_id, test_id) if of_samples else of_runs(run_id), test_id.is_not(None)
    )
    customized = select(run_id).where(of_runs(run_id))
    return or_(
        has_result,
        tuple_(Test.id, RegressionTest.id).in_(chosen),
        and_(RegressionTest.active.is_(true()), not_(is_finished), Test.id.not_in(customized)),
    )


_is_file_of_result = and_(
    TestResultFile.test_id == TestResult.test_id,
    TestResultFile.regression_test_id == TestResult.regression_test_id,
)

lacks_output = or_(
    _any(
        RegressionTestOutput,
        RegressionTestOutput.regression_id == RegressionTest.id,
        is_unreported(TestResult.test_id),
    ),
    _any(TestResultFile, _is_file_of_result, is_dummy),
)

exit_differs = TestResult.exit_code.is_distinct_from(TestResult.expected_rc)

differs = and_(is_reported_output, not_(is_accepted))


# PostgreSQL may evaluate an EXISTS for all files of the database, where a statement reads few runs.
_first_differing = select(TestResultFile.test_id).where(_is_file_of_result, differs).limit(1)
_has_differing = _first_differing.correlate_except(TestResultFile).scalar_subquery().is_not(None)

result_fails = or_(lacks_output, exit_differs, _has_differing)
"""Whether the sample of a `TestResult` and its `RegressionTest` fails."""


differs_today = and_(is_reported_output, not_(is_accepted_today))


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


def status_today(sample: Any, *, output_differs: bool) -> SampleStatus:
    """The status of a sample by today's baselines: whether an output is none of them decides."""
    status: SampleStatus = sample.status
    if status not in WITH_RESULT:
        return status
    branches = sample_branches(
        None,
        has_no_result=False,
        lacks_output=sample.status is SampleStatus.MISSING_OUTPUT,
        exit_differs=sample.exit_code != sample.expected_exit_code,
        output_differs=output_differs,
    )
    return first_branch(branches, SampleStatus.PASS)


result_status: ColumnElement[SampleStatus] = case_of(
    (
        (holds, status)
        for holds, status in sample_branches(
            None,
            has_no_result=False,
            lacks_output=lacks_output,
            exit_differs=exit_differs,
            output_differs=_has_differing,
        )
        if holds is not False
    ),
    SampleStatus.PASS,
)
"""The status of the sample of a `TestResult` and its `RegressionTest`."""

sample_status: ColumnElement[SampleStatus] = case_of(
    sample_branches(
        _state,
        has_no_result=not_(has_result),
        lacks_output=lacks_output,
        exit_differs=exit_differs,
        output_differs=_has_differing,
    ),
    SampleStatus.PASS,
)
