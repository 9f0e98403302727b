"""What the fixed runs test, when they began, and which tests they cover."""

from datetime import datetime
from typing import Final

from gql.demo.catalogue import DEACTIVATED_TEST, HARDSUBX_TEST, TESTS, tests_of
from gql.demo.steps import DUPLICATED, PREPARING, QUEUED, RESTARTED, canceled
from gql.demo.stories import (
    CANCELED_RUN,
    CHANGED_MASTER_LINUX,
    CHANGED_MASTER_WINDOWS,
    CUSTOMIZED_RUN,
    DIED_RUN,
    DUPLICATE_RUN,
    EMPTY_RUN,
    FORK_RUN,
    INCOMPLETE_RUN,
    PASSING_RUN,
    REGRESSED_TEST,
    REPORT_WINDOWS_2023,
    RESTARTED_RUN,
    RESTARTED_WITH_RESULTS,
    SINGLE_TEST_RUN,
    STUCK_RUN,
    TESTS_NOT_RERUN,
    TESTS_WITHOUT_REFERENCE,
    TIMED_OUT_RUN,
    VERDICTS_PR_LINUX,
    VERDICTS_PR_WINDOWS,
)

PULL_REQUESTS: Final = {
    1: 1551,
    6: 1556,
    7: 1557,
    10: 1560,
    14: 1564,
    15: 1564,
    16: 1566,
    17: 1567,
    19: 1569,
}
"""The number of the pull request that a pair tests; the other pairs test commits."""

FORKS: Final = {
    CANCELED_RUN: "teletextual",
    STUCK_RUN: "teletextual",
    PASSING_RUN: "line21",
    CUSTOMIZED_RUN: "dvb-regions",
    INCOMPLETE_RUN: "xds-parser",
    FORK_RUN: "teletextual",
    FORK_RUN + 1: "teletextual",
}
"""Runs of a commit of a contributor's own fork."""

_DATES: Final = (
    "2023-08-14",
    "2023-08-21",
    "2023-08-28",
    "2023-09-04",
    "2023-09-11",
    "2023-09-13",
    "2024-02-06",
    "2025-07-10",
    "2026-06-15",
    "2026-07-01",
    "2026-07-02",
    "2026-07-03",
    "2026-07-04",
    "2026-07-05",
    "2026-07-06",
    "2026-07-07",
    "2026-07-08",
    "2026-07-09",
    "2026-07-10",
    "2026-07-11",
)
DATES: Final = {
    pair: datetime.fromisoformat(f"{date}T09:30Z") for pair, date in enumerate(_DATES, 1)
}
"""When the runs of a pair began."""

COURSES: Final = {
    CANCELED_RUN: canceled("Tests canceled", 0.5),
    STUCK_RUN: QUEUED,
    RESTARTED_RUN: RESTARTED,
    DUPLICATE_RUN: DUPLICATED,
    RESTARTED_WITH_RESULTS: PREPARING,
    TIMED_OUT_RUN: canceled("Could not complete test, time limit exceeded", 0.5),
}
"""How the fixed runs went that were not reported whole."""

SUITE_SIZE: Final = 237


def suite_of(run_id: int) -> list[int]:
    """The tests that were active when a run was queued."""
    absent = HARDSUBX_TEST if run_id <= REPORT_WINDOWS_2023 else DEACTIVATED_TEST
    return sorted(TESTS.keys() - {absent})


CHOSEN: Final = {
    CANCELED_RUN: (*tests_of("Teletext"), *tests_of("XDS")),
    STUCK_RUN: (*tests_of("Teletext"), *tests_of("XDS")),
    CUSTOMIZED_RUN: (*tests_of("CEA-708"), *tests_of("MP4"), *tests_of("MP4")[:1]),
    SINGLE_TEST_RUN: (REGRESSED_TEST,),
    INCOMPLETE_RUN: (*tests_of("MP4"), *tests_of("NoCC"), *tests_of("Teletext")),
}
"""The tests that a user chose for a run, one of them twice; the others run the whole suite."""

_DIED_AFTER: Final = 60

WITH_RESULT: Final[dict[int, tuple[int, ...]]] = {
    CANCELED_RUN: tuple(tests_of("Teletext")),
    STUCK_RUN: (),
    INCOMPLETE_RUN: CHOSEN[INCOMPLETE_RUN][:-3],
    DIED_RUN: tuple(suite_of(DIED_RUN)[:_DIED_AFTER]),
    EMPTY_RUN: (),
    RESTARTED_WITH_RESULTS: tuple(suite_of(RESTARTED_WITH_RESULTS)[:100]),
    TIMED_OUT_RUN: tuple(suite_of(TIMED_OUT_RUN)[:150]),
    **{
        run_id: tuple(sorted({*suite_of(run_id)} - {*lacking}))
        for run_id, lacking in (
            (CHANGED_MASTER_LINUX, TESTS_WITHOUT_REFERENCE),
            (CHANGED_MASTER_WINDOWS, TESTS_WITHOUT_REFERENCE),
            (VERDICTS_PR_LINUX, TESTS_NOT_RERUN),
            (VERDICTS_PR_WINDOWS, TESTS_NOT_RERUN),
        )
    },
}
"""The tests that reported in a run that did not get through all of its tests."""
