"""The rule of every status, once: SQL expressions for selecting, filtering and counting.

`RUNS` and `SAMPLES` are what they are evaluated over: each run with its latest progress, and
each run with every regression test and its result there. `is_in_run` says which of those
are samples of the run. Numbers and filters that use these cannot disagree.
"""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import StrEnum
from functools import lru_cache
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

from gql.database.tables import (
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

S = TypeVar("S", bound=StrEnum)


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


# A rule is a list of branches, the first that holds decides. Its conditions are columns, or
# truths about one thing: SQL and Python cannot differ.

Branches = Iterator[tuple[Any, S]]


def _case(branches: Branches[S], otherwise: S) -> ColumnElement[S]:
    return case(*((holds, _is(status)) for holds, status in branches), else_=_is(otherwise))


def _first(branches: Branches[S], otherwise: S) -> S:
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


def _branches_of_run(
    state: Any, *, has_no_results: Any, has_failures: Any, has_skipped: Any
) -> Branches[RunStatus]:
    yield state == None, RunStatus.QUEUED  # noqa: E711  (of a column: IS NULL)
    yield (state == "preparation") | (state == "testing"), RunStatus.RUNNING
    yield state == "canceled", RunStatus.CANCELED
    yield state != "completed", RunStatus.INCOMPLETE
    yield has_no_results, RunStatus.ERROR
    yield has_failures, RunStatus.FAIL
    yield has_skipped, RunStatus.INCOMPLETE


def status_of_counts(state: str | None, counts: "Counts") -> RunStatus:
    """The status of a run in a state whose samples have these statuses."""
    branches = _branches_of_run(
        state,
        has_no_results=not counts.results,
        has_failures=any(counts[status] for status in FAILURES),
        has_skipped=counts[SampleStatus.SKIPPED] > 0,
    )
    return _first(branches, RunStatus.PASS)


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


def _branches_of_sample(
    state: Any, *, has_no_result: Any, lacks_output: Any, exit_differs: Any, output_differs: Any
) -> Branches[SampleStatus]:
    is_not_testing = (state == None) | (state == "preparation")  # noqa: E711  (as above)
    yield has_no_result & is_not_testing, SampleStatus.NOT_STARTED
    yield has_no_result & (state == "testing"), SampleStatus.RUNNING
    yield has_no_result, SampleStatus.SKIPPED
    yield lacks_output, SampleStatus.MISSING_OUTPUT
    yield exit_differs, SampleStatus.FAIL
    yield output_differs, SampleStatus.FAIL


sample_status: ColumnElement[SampleStatus] = _case(
    _branches_of_sample(
        _state,
        has_no_result=not_(has_result),
        lacks_output=_lacks_output,
        exit_differs=exit_differs,
        output_differs=_any_file(differs),
    ),
    SampleStatus.PASS,
)


class Counts(Counter[SampleStatus]):
    """How many samples have each status, from the ids of those for which something holds.

    What takes a statement a lookup for every output of every sample, sets of what a run has
    give in a tenth of the time.
    """

    def __init__(
        self,
        state: str | None,
        *,
        results: AbstractSet[Any],
        without_result: AbstractSet[Any],
        lacking_output: AbstractSet[Any],
        exit_differing: AbstractSet[Any],
        output_differing: AbstractSet[Any],
    ) -> None:
        super().__init__()
        self.results = len(results)

        wrong = results & (lacking_output | exit_differing | output_differing)
        facts = Counter(
            (test in lacking_output, test in exit_differing, test in output_differing)
            for test in wrong
        )
        facts[False, False, False] += len(results) - len(wrong)
        for (lacks_output, exit_differs, output_differs), number in facts.items():
            status = _status_of_facts(
                state,
                has_no_result=False,
                lacks_output=lacks_output,
                exit_differs=exit_differs,
                output_differs=output_differs,
            )
            self[status] += number
        self[_status_of_facts(state, has_no_result=True)] += len(without_result)


@lru_cache
def _status_of_facts(
    state: str | None,
    *,
    has_no_result: bool,
    lacks_output: bool = False,
    exit_differs: bool = False,
    output_differs: bool = False,
) -> SampleStatus:
    branches = _branches_of_sample(
        state,
        has_no_result=has_no_result,
        lacks_output=lacks_output,
        exit_differs=exit_differs,
        output_differs=output_differs,
    )
    return _first(branches, SampleStatus.PASS)


# Runs again: the same status as a condition, for which a server stops at the first failure.


def _has_sample(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .select_from(outerjoin(RegressionTest, TestResult, _is_result_of_sample))
        .where(is_in_run, *conditions)
        .correlate(Test, LatestProgress)
    )


status_of_run: ColumnElement[RunStatus] = _case(
    _branches_of_run(
        _state,
        has_no_results=not_(_has_sample(has_result)),
        has_failures=_has_sample(has_result, sample_status.in_(FAILURES)),
        has_skipped=_has_sample(not_(has_result)),
    ),
    RunStatus.PASS,
)
