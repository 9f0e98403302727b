"""How a test can end, and the tests that do not pass on master."""

from enum import Enum, auto
from typing import Final, NamedTuple

from gql.database.tables import Platform
from gql.demo.catalogue import TESTS, RegressionTest


class Outcome(Enum):
    DIFFERS = auto()
    LACKS_OUTPUT = auto()
    EXITS_WRONGLY = auto()
    CRASHES = auto()
    ABORTS = auto()
    TIMES_OUT = auto()


class Failure(NamedTuple):
    """How a test fails; the same `fault` always leaves the same bytes in the output."""

    outcome: Outcome
    fault: str = ""


Failures = dict[int, Failure | None]
"""Failures by regression test; None is for a test that passes although it fails on master."""

ALWAYS_FAILING_TEST: Final = 16
IGNORED_OUTPUT_TEST: Final = 66
TEST_FIXED_BY_PR: Final = 236

_CHANGED_IN: Final = (17, 18, 19)
"""Tests whose output changes with every change of master, and is as wrong as before."""


def _known_failures(era: int) -> Failures:
    differing = Failure(Outcome.DIFFERS, "master")
    return {
        13: Failure(Outcome.CRASHES),
        ALWAYS_FAILING_TEST: differing,
        **dict.fromkeys(_CHANGED_IN, Failure(Outcome.DIFFERS, f"master {era}")),
        **dict.fromkeys(range(20, 24), differing),
        **dict.fromkeys((24, 25, 34, 149), Failure(Outcome.LACKS_OUTPUT)),
        **dict.fromkeys((26, 27), Failure(Outcome.CRASHES)),
        IGNORED_OUTPUT_TEST: differing,
        148: differing,
        150: Failure(Outcome.EXITS_WRONGLY),
        TEST_FIXED_BY_PR: differing,
    }


_ON_WINDOWS_ONLY: Final[Failures] = {
    **dict.fromkeys(range(143, 148), Failure(Outcome.DIFFERS, "windows")),
    **dict.fromkeys(range(233, 236), Failure(Outcome.EXITS_WRONGLY)),
}

KNOWN_FAILURES: Final = tuple(sorted(_known_failures(0)))
"""The tests that always fail on master, on both systems."""

KNOWN_WINDOWS_FAILURES: Final = tuple(sorted({*KNOWN_FAILURES, *_ON_WINDOWS_ONLY}))


def known_failures(platform: Platform, era: int) -> Failures:
    """What fails on master all the time; an era ends when a change of master changes outputs."""
    failures = _known_failures(era)
    return failures if platform is Platform.LINUX else failures | _ON_WINDOWS_ONLY


def usual_failure(test_id: int, fault: str) -> Failure:
    """How a test fails that is not known to."""
    test: RegressionTest = TESTS[test_id]
    if not any(output.has_baseline for output in test.reported):
        return Failure(Outcome.EXITS_WRONGLY)
    outcomes = (Outcome.DIFFERS, Outcome.LACKS_OUTPUT, Outcome.DIFFERS, Outcome.CRASHES)
    return Failure(outcomes[test_id % len(outcomes)], fault)
