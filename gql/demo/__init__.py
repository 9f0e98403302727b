"""A made-up platform database to explore, to test against and to measure with.

It comes from the seed alone. Whatever the seed and the number of runs, these are in it:

====== ======== ==================================================================================
run    platform what happens
====== ======== ==================================================================================
1      linux    the report of August 2023, as the platform posted it
2      windows  likewise
3, 4   both     master; `KNOWN_FAILURES` fail here and in all later runs of master, windows has
                eight more
5-8    both     master; `REGRESSED_TEST` fails from here on, ...
9, 10  both     ... and passes again; `MOVED_BASELINE_TEST` has a new baseline from here on
11, 12 both     a pull request on top of 9 and 10 that breaks `TESTS_BROKEN_BY_PR`
13, 14 both     a pull request that fixes `TEST_FIXED_BY_PR`
15     linux    canceled: 21 of the 55 tests that were chosen have a result, 34 are skipped
16     windows  completed without any result
17     linux    all 237 tests pass, also those that fail everywhere else
18     windows  17 chosen tests, one of them chosen twice
19     linux    the report of July 2026, as the platform posted it
20     windows  incomplete: 31 of 34 chosen tests pass, three never reported
N - 2           testing: 118 tests have a result, test 119 has reported outputs but no result yet
N - 1           preparing
N               queued
====== ======== ==================================================================================

Between 20 and N - 2 lies everyday life: two commits of master, then a pull request, and so on.
Up to two tests per run fail by chance, up to four by a pull request, and now and then a run is
canceled. N is the number of runs; `live_runs` gives the ids of those under way.

Of the 238 regression tests these are special:

==== =============================================================================================
test
==== =============================================================================================
16   always fails on master, with the same hash
41   failed in 5-8
44   passes on windows because a variant is accepted
66   fails although its one output that counts matches: an ignored output was reported, and differs
84   flaky: fails in every other linux run of master, first in 3
86   had another baseline until 8
118  breaks in 11 and 12: a difference
152  breaks in 11 and 12: a crash without output
164  has no baseline
236  is fixed in 13 and 14
237  deactivated, in two categories; has results in 1 and 2 only
238  was defined after 1 and 2
==== =============================================================================================

Media file 251 is read by several tests, 265 by test 238 alone; no test has either id.
"""

from gql.demo.build import DatabaseNotEmpty, build
from gql.demo.catalogue import DEACTIVATED_TEST, HARDSUBX_TEST, SHARED_MEDIA, UNSHARED_MEDIA
from gql.demo.people import DEMO_TOKEN, EXPIRED_TOKEN, REVOKED_TOKEN, UNSCOPED_TOKEN
from gql.demo.stories import (
    ALWAYS_FAILING_TEST,
    BREAKING_PR_LINUX,
    BREAKING_PR_WINDOWS,
    CANCELED_RUN,
    CUSTOMIZED_RUN,
    EMPTY_RUN,
    FIXING_PR_LINUX,
    FIXING_PR_WINDOWS,
    FLAKY_TEST,
    GOOD_MASTER_LINUX,
    IGNORED_OUTPUT_TEST,
    INCOMPLETE_RUN,
    KNOWN_FAILURES,
    MINIMUM_RUNS,
    MOVED_BASELINE_TEST,
    PASSING_RUN,
    REGRESSED_MASTER_LINUX,
    REGRESSED_TEST,
    REPAIRED_MASTER_LINUX,
    REPAIRED_MASTER_WINDOWS,
    REPORT_LINUX_2023,
    REPORT_LINUX_2026,
    REPORT_WINDOWS_2023,
    TEST_FIXED_BY_PR,
    TESTS_BROKEN_BY_PR,
    VARIANT_TEST,
    LiveRuns,
    live_runs,
)

__all__ = [
    "ALWAYS_FAILING_TEST",
    "BREAKING_PR_LINUX",
    "BREAKING_PR_WINDOWS",
    "CANCELED_RUN",
    "CUSTOMIZED_RUN",
    "DEACTIVATED_TEST",
    "DEMO_TOKEN",
    "EMPTY_RUN",
    "EXPIRED_TOKEN",
    "FIXING_PR_LINUX",
    "FIXING_PR_WINDOWS",
    "FLAKY_TEST",
    "GOOD_MASTER_LINUX",
    "HARDSUBX_TEST",
    "IGNORED_OUTPUT_TEST",
    "INCOMPLETE_RUN",
    "KNOWN_FAILURES",
    "MINIMUM_RUNS",
    "MOVED_BASELINE_TEST",
    "PASSING_RUN",
    "REGRESSED_MASTER_LINUX",
    "REGRESSED_TEST",
    "REPAIRED_MASTER_LINUX",
    "REPAIRED_MASTER_WINDOWS",
    "REPORT_LINUX_2023",
    "REPORT_LINUX_2026",
    "REPORT_WINDOWS_2023",
    "REVOKED_TOKEN",
    "SHARED_MEDIA",
    "TESTS_BROKEN_BY_PR",
    "TEST_FIXED_BY_PR",
    "UNSCOPED_TOKEN",
    "UNSHARED_MEDIA",
    "VARIANT_TEST",
    "DatabaseNotEmpty",
    "LiveRuns",
    "build",
    "live_runs",
]
