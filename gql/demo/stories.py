"""What is the same in every data set: fixed runs, and the tests that fail in them.

Runs come in pairs of one commit: linux has the odd id, windows the even one that follows.
"""

from enum import Enum, auto
from typing import Final, NamedTuple

from gql.database.tables import Platform
from gql.demo.catalogue import DEACTIVATED_TEST, HARDSUBX_TEST, TESTS, RegressionTest, tests_of

# Runs. The docstring of the package tells what happens in them.
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
EMPTY_RUN: Final = 16
PASSING_RUN: Final = 17
CUSTOMIZED_RUN: Final = 18
REPORT_LINUX_2026: Final = 19
INCOMPLETE_RUN: Final = 20

LAST_FIXED_RUN: Final = INCOMPLETE_RUN
MINIMUM_RUNS: Final = LAST_FIXED_RUN + 3
"""Enough for every fixed run and the three that are under way."""


class LiveRuns(NamedTuple):
    """The newest runs, which are under way."""

    testing: int
    preparing: int
    queued: int


def live_runs(runs: int) -> LiveRuns:
    """The runs that are under way in a data set of so many runs."""
    return LiveRuns(testing=runs - 2, preparing=runs - 1, queued=runs)


def platform_of(run_id: int) -> Platform:
    return Platform.LINUX if run_id % 2 else Platform.WINDOWS


def pair_of(run_id: int) -> int:
    return (run_id + 1) // 2


# Regression tests.
ALWAYS_FAILING_TEST: Final = 16
REGRESSED_TEST: Final = 41
IGNORED_OUTPUT_TEST: Final = 66
FLAKY_TEST: Final = 84
MOVED_BASELINE_TEST: Final = 86
VARIANT_TEST: Final = 44
TESTS_BROKEN_BY_PR: Final = (118, 152)
TEST_FIXED_BY_PR: Final = 236


class Outcome(Enum):
    """How a test can end."""

    PASSES = auto()
    DIFFERS = auto()
    LACKS_OUTPUT = auto()
    EXITS_WRONGLY = auto()
    CRASHES = auto()


Failures = dict[int, Outcome]

KNOWN_FAILURES: Final[Failures] = {
    13: Outcome.CRASHES,
    **dict.fromkeys(range(16, 24), Outcome.DIFFERS),
    **dict.fromkeys(range(24, 26), Outcome.LACKS_OUTPUT),
    **dict.fromkeys(range(26, 28), Outcome.CRASHES),
    34: Outcome.LACKS_OUTPUT,
    IGNORED_OUTPUT_TEST: Outcome.DIFFERS,
    148: Outcome.DIFFERS,
    149: Outcome.LACKS_OUTPUT,
    150: Outcome.EXITS_WRONGLY,
    TEST_FIXED_BY_PR: Outcome.DIFFERS,
}
_KNOWN_WINDOWS_FAILURES: Final[Failures] = KNOWN_FAILURES | {
    **dict.fromkeys(range(143, 148), Outcome.DIFFERS),
    **dict.fromkeys(range(233, 236), Outcome.EXITS_WRONGLY),
}


def known_failures(platform: Platform) -> Failures:
    """What fails on master all the time."""
    return dict(KNOWN_FAILURES if platform is Platform.LINUX else _KNOWN_WINDOWS_FAILURES)


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

CUSTOMIZED: Final = {
    CANCELED_RUN: (*tests_of("Teletext"), *tests_of("XDS")),
    CUSTOMIZED_RUN: (*tests_of("CEA-708"), *tests_of("MP4"), *tests_of("MP4")[:1]),
    INCOMPLETE_RUN: (*tests_of("MP4"), *tests_of("NoCC"), *tests_of("Teletext")),
}
"""The tests that were chosen for a run, one of them twice."""

CUT_SHORT: Final[dict[int, tuple[int, ...]]] = {
    CANCELED_RUN: tuple(tests_of("Teletext")),
    EMPTY_RUN: (),
    INCOMPLETE_RUN: CUSTOMIZED[INCOMPLETE_RUN][:-3],
}
"""The tests that reported in a run that did not get through all of its tests."""


def suite_of(run_id: int) -> list[int]:
    """The tests that were active at the time of a run."""
    absent = HARDSUBX_TEST if run_id <= REPORT_WINDOWS_2023 else DEACTIVATED_TEST
    return sorted(TESTS.keys() - {absent})


def _failure_of(test: RegressionTest) -> Outcome:
    if not any(output.correct for output in test.reported):
        return Outcome.EXITS_WRONGLY
    kinds = (Outcome.DIFFERS, Outcome.LACKS_OUTPUT, Outcome.DIFFERS, Outcome.CRASHES)
    return kinds[test.id % len(kinds)]


FAILURE_OF: Final[Failures] = {test.id: _failure_of(test) for test in TESTS.values()}
"""How a test fails that is not known to."""


def _reported_failures(run_id: int) -> Failures:
    """As many failures per category as were reported: known ones first, then the last tests."""
    known = known_failures(platform_of(run_id))
    failures: Failures = {}
    for category, number in _REPORTED[run_id].items():
        tests = [test_id for test_id in tests_of(category) if test_id != DEACTIVATED_TEST]
        tests.sort(key=lambda test_id: (test_id not in known, -test_id))
        failures |= {test_id: (FAILURE_OF | known)[test_id] for test_id in tests[:number]}
    return failures


FAILURES: Final[dict[int, Failures]] = {
    PASSING_RUN: {},
    **{run_id: _reported_failures(run_id) for run_id in _REPORTED},
}
"""All that fails in a run that is not like master."""

FAILURES_OF_PAIR: Final[dict[int, Failures]] = {
    pair_of(REGRESSED_MASTER_LINUX): {REGRESSED_TEST: Outcome.DIFFERS},
    pair_of(REGRESSED_MASTER_LINUX) + 1: {REGRESSED_TEST: Outcome.DIFFERS},
    pair_of(BREAKING_PR_LINUX): dict(
        zip(TESTS_BROKEN_BY_PR, (Outcome.DIFFERS, Outcome.CRASHES), strict=True)
    ),
    pair_of(FIXING_PR_LINUX): {TEST_FIXED_BY_PR: Outcome.PASSES},
}
"""How the runs of a pair differ from master's known failures."""

PAIRS_OF_PULL_REQUESTS: Final = (1, 6, 7, 8, 9, 10)
PAIRS_WITH_FLAKY_FAILURE: Final = (2, 4)

STEADY_TESTS: Final = sorted(
    TESTS.keys()
    - _KNOWN_WINDOWS_FAILURES.keys()
    - {REGRESSED_TEST, FLAKY_TEST, VARIANT_TEST, MOVED_BASELINE_TEST, *TESTS_BROKEN_BY_PR}
    - {DEACTIVATED_TEST}
)
"""The tests that nothing is told about, which may fail now and then."""
