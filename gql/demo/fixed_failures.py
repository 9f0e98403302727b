"""What fails in the fixed runs."""

from typing import Final

from gql.database.tables import Platform
from gql.demo.catalogue import DEACTIVATED_TEST, TESTS, tests_of
from gql.demo.outcomes import (
    KNOWN_WINDOWS_FAILURES,
    TEST_FIXED_BY_PR,
    Failure,
    Failures,
    Outcome,
    known_failures,
    usual_failure,
)
from gql.demo.stories import (
    BREAKING_PR_LINUX,
    CORRECTED_BASELINE_TEST,
    FAILING_SINCE_TEST,
    FIXING_PR_LINUX,
    FLAKY_FAULT,
    FLAKY_TEST,
    FORK_RUN,
    LATE_VARIANT_TEST,
    MOVED_BASELINE_TEST,
    PASSING_RUN,
    REGRESSED_MASTER_LINUX,
    REGRESSED_TEST,
    REPORT_LINUX_2023,
    REPORT_LINUX_2026,
    REPORT_WINDOWS_2023,
    SECOND_PUSH_LINUX,
    SHARED_FAULT,
    SLOWER_TEST,
    SYSTEMS_PR_LINUX,
    SYSTEMS_PR_WINDOWS,
    TESTS_BROKEN_BY_KIND,
    TESTS_BROKEN_BY_PR,
    TESTS_FAILING_DIFFERENTLY,
    TESTS_NOT_RERUN,
    TESTS_OF_ONE_SYSTEM,
    TESTS_WITHOUT_REFERENCE,
    VARIANT_TEST,
    VERDICTS_PR_LINUX,
    VERDICTS_PR_WINDOWS,
    pair_of,
    platform_of,
)

# Tests that did not pass, by the reports that the platform posted in public.
_REPORTED: Final = {
    REPORT_LINUX_2023: {
        "Broken": 1, "CEA-708": 12, "DVB": 3, "General": 3, "Options": 2, "XDS": 3,
    },
    REPORT_WINDOWS_2023: {
        "Broken": 1, "CEA-708": 12, "DVB": 3, "General": 3, "Options": 5, "WTV": 12, "XDS": 8,
    },
    REPORT_LINUX_2026: {
        "Broken": 13, "CEA-708": 12, "DVB": 7, "DVR-MS": 2, "General": 19, "Options": 14,
        "Teletext": 1, "WTV": 1, "XDS": 3,
    },
}  # fmt: skip


def _reported_failures(run_id: int) -> Failures:
    """As many failures per category as were reported: known ones first, then the last tests."""
    known = known_failures(platform_of(run_id), era=0)
    failures: Failures = {}
    for category, number in _REPORTED[run_id].items():
        tests = [test_id for test_id in tests_of(category) if test_id != DEACTIVATED_TEST]
        tests.sort(key=lambda test_id: (test_id not in known, -test_id))
        failures |= {
            test_id: known.get(test_id) or usual_failure(test_id, "report")
            for test_id in tests[:number]
        }
    return failures


ALL_FAILURES: Final[dict[int, Failures]] = {
    PASSING_RUN: {},
    **{run_id: _reported_failures(run_id) for run_id in _REPORTED},
    REPORT_LINUX_2026 + 1: known_failures(Platform.WINDOWS, era=0)
    | _reported_failures(REPORT_LINUX_2026),
}
"""All that fails in a run that is not like master."""


_REGRESSED: Final[Failures] = {REGRESSED_TEST: Failure(Outcome.DIFFERS, "regression")}
_SHARED: Final = Failure(Outcome.DIFFERS, SHARED_FAULT)
_CRASHED, _ABORTED, _TIMED_OUT, _LACKING, _EXITED, _DIFFERED = TESTS_BROKEN_BY_KIND
_OF_1556: Final = Failure(Outcome.DIFFERS, "garbled by pull request 1556")
_OF_1564: Final = Failure(Outcome.DIFFERS, "pull request 1564")
_OF_1569: Final = Failure(Outcome.DIFFERS, "pull request 1569")
_ONE, _IN_ANOTHER_WAY, _WITH_OTHER_BYTES = TESTS_OF_ONE_SYSTEM

FAILURES_OF_PAIR: Final[dict[int, Failures]] = {
    pair_of(REGRESSED_MASTER_LINUX): _REGRESSED,
    pair_of(REGRESSED_MASTER_LINUX) + 1: _REGRESSED,
    pair_of(BREAKING_PR_LINUX): dict(
        zip(TESTS_BROKEN_BY_PR, (_OF_1556, Failure(Outcome.CRASHES)), strict=True)
    ),
    pair_of(FIXING_PR_LINUX): {TEST_FIXED_BY_PR: None},
    pair_of(VERDICTS_PR_LINUX): {
        _CRASHED: Failure(Outcome.CRASHES),
        _ABORTED: Failure(Outcome.ABORTS),
        _TIMED_OUT: Failure(Outcome.TIMES_OUT),
        _LACKING: Failure(Outcome.LACKS_OUTPUT),
        _EXITED: Failure(Outcome.EXITS_WRONGLY),
        _DIFFERED: _SHARED,
        **dict.fromkeys(TESTS_FAILING_DIFFERENTLY, _OF_1564),
        TESTS_WITHOUT_REFERENCE[1]: _OF_1564,
        TEST_FIXED_BY_PR: None,
    },
    pair_of(SECOND_PUSH_LINUX): {
        _EXITED: Failure(Outcome.EXITS_WRONGLY),
        _DIFFERED: _SHARED,
        TEST_FIXED_BY_PR: None,
    },
    pair_of(FORK_RUN): {71: Failure(Outcome.DIFFERS, "fork")},
    pair_of(SYSTEMS_PR_LINUX): {_DIFFERED: _SHARED},
}
"""How the runs of a pair differ from master's known failures."""

FAILURES_OF_RUN: Final[dict[int, Failures]] = {
    VERDICTS_PR_LINUX: {FLAKY_TEST: Failure(Outcome.DIFFERS, FLAKY_FAULT)},
    VERDICTS_PR_WINDOWS: {_CRASHED: _OF_1564, _ABORTED: None},
    SYSTEMS_PR_LINUX: {_IN_ANOTHER_WAY: _OF_1569, _WITH_OTHER_BYTES: _OF_1569},
    SYSTEMS_PR_WINDOWS: {
        _ONE: _OF_1569,
        _IN_ANOTHER_WAY: Failure(Outcome.CRASHES),
        _WITH_OTHER_BYTES: Failure(Outcome.DIFFERS, "pull request 1569 on windows"),
    },
}
"""How a run differs from the other one of its pair."""

STEADY_TESTS: Final = sorted(
    TESTS.keys()
    - {*KNOWN_WINDOWS_FAILURES, *TESTS_BROKEN_BY_PR, *TESTS_BROKEN_BY_KIND}
    - {*TESTS_NOT_RERUN, *TESTS_WITHOUT_REFERENCE, *TESTS_OF_ONE_SYSTEM, DEACTIVATED_TEST}
    - {REGRESSED_TEST, VARIANT_TEST, LATE_VARIANT_TEST, FLAKY_TEST, MOVED_BASELINE_TEST}
    - {CORRECTED_BASELINE_TEST, FAILING_SINCE_TEST, SLOWER_TEST}
)
"""The tests without a story, which may fail now and then."""
