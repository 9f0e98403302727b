"""The runs and tests that have a story, the same in every data set.

Runs come in pairs: linux has the odd id, windows the even one that follows. The docstring of the
package says what happens in them.
"""

from typing import Final, NamedTuple

from gql.database.tables import Platform

REPORT_LINUX_2023: Final = 1
REPORT_WINDOWS_2023: Final = 2
GOOD_MASTER_LINUX: Final = 3
REGRESSED_MASTER_LINUX: Final = 5
REPAIRED_MASTER_LINUX: Final = 9
REPAIRED_MASTER_WINDOWS: Final = 10
BREAKING_PR_LINUX: Final = 11
BREAKING_PR_WINDOWS: Final = 12
FIXING_PR_LINUX: Final = 13
FIXING_PR_WINDOWS: Final = 14
CANCELED_RUN: Final = 15
STUCK_RUN: Final = 16
PASSING_RUN: Final = 17
CUSTOMIZED_RUN: Final = 18
REPORT_LINUX_2026: Final = 19
CHANGED_MASTER_LINUX: Final = 21
CHANGED_MASTER_WINDOWS: Final = 22
SINGLE_TEST_RUN: Final = 23
INCOMPLETE_RUN: Final = 24
DIED_RUN: Final = 25
EMPTY_RUN: Final = 26
VERDICTS_PR_LINUX: Final = 27
VERDICTS_PR_WINDOWS: Final = 28
SECOND_PUSH_LINUX: Final = 29
RESTARTED_RUN: Final = 31
DUPLICATE_RUN: Final = 32
RESTARTED_WITH_RESULTS: Final = 33
TIMED_OUT_RUN: Final = 34
FORK_RUN: Final = 35
SYSTEMS_PR_LINUX: Final = 37
SYSTEMS_PR_WINDOWS: Final = 38
CORRECTED_MASTER_LINUX: Final = 39

LAST_FIXED_RUN: Final = 40

REGRESSED_TEST: Final = 41
VARIANT_TEST: Final = 44
LATE_VARIANT_TEST: Final = 53
FLAKY_TEST: Final = 84
MOVED_BASELINE_TEST: Final = 86
CORRECTED_BASELINE_TEST: Final = 120
FAILING_SINCE_TEST: Final = 130
SLOWER_TEST: Final = 215
TESTS_BROKEN_BY_PR: Final = (118, 152)

TESTS_BROKEN_BY_KIND: Final = (45, 58, 70, 89, 110, 160)
"""The pull request of `VERDICTS_PR_LINUX` breaks them: each in another way."""

TESTS_FAILING_DIFFERENTLY: Final = (17, 24)
TESTS_NOT_RERUN: Final = (200, 201, 202)
TESTS_WITHOUT_REFERENCE: Final = (190, 191)
TESTS_OF_ONE_SYSTEM: Final = (60, 61, 62)
"""They fail on windows only, in another way on each, and with other bytes on each."""

FLAKY_FAULT: Final = "flaky"
SHARED_FAULT: Final = "shared library"
"""The fault of a library, which leaves the same bytes in several pull requests."""


class LiveRuns(NamedTuple):
    """Runs that are under way, or wait."""

    testing: int
    preparing: int
    queued: range
    """All that wait, but for the one that is stuck."""


_QUEUED: Final = 11
_NOT_FINISHED: Final = _QUEUED + 2
MINIMUM_RUNS: Final = LAST_FIXED_RUN + _NOT_FINISHED
"""Enough for every fixed run and those that are not finished."""

_RECENT: Final = 16


def live_runs(runs: int) -> LiveRuns:
    """The runs that are not finished in a data set of so many runs."""
    testing = runs - _NOT_FINISHED + 1
    return LiveRuns(testing, testing + 1, range(testing + 2, runs + 1))


def moving_runs(runs: int) -> list[int]:
    """The queued runs that the live demo takes up: those on windows, oldest first."""
    queued = live_runs(runs).queued
    return [run_id for run_id in queued if platform_of(run_id) is Platform.WINDOWS]


def is_recent(run_id: int, runs: int) -> bool:
    """Whether a run is one of the last that finished."""
    return run_id > max(LAST_FIXED_RUN, runs - _NOT_FINISHED - _RECENT)


def platform_of(run_id: int) -> Platform:
    return Platform.LINUX if run_id % 2 else Platform.WINDOWS


def pair_of(run_id: int) -> int:
    return (run_id + 1) // 2


LAST_FIXED_PAIR: Final = pair_of(LAST_FIXED_RUN)
