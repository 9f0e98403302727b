"""A made-up platform database to explore, to test against and to measure with.

It has the rows that the real platform writes, from the seed alone. Runs come in pairs of one
commit, linux with the odd id and windows with the even one that follows, unless a user queued
them. These are in it whatever the seed and the number of runs:

====== ======== ==================================================================================
run    platform what happens
====== ======== ==================================================================================
1      linux    the report of August 2023, as the platform posted it
2      windows  likewise
3, 4   both     master; `KNOWN_FAILURES` fail here and in all later runs, windows has eight more
5-8    both     master; `REGRESSED_TEST` fails from here on, ...
9, 10  both     ... and passes again; `MOVED_BASELINE_TEST` has a new baseline from here on
11, 12 both     pull request 1556 breaks `TESTS_BROKEN_BY_PR`
13, 14 both     pull request 1557 fixes `TEST_FIXED_BY_PR`
15     linux    a fork's commit: canceled, 21 of the 55 tests that a user chose have a result
16     windows  likewise, and queued ever since July 2025
17     linux    a fork's commit: all 237 tests pass, also those that fail everywhere else
18     windows  a fork's commit: 17 chosen tests, one of them chosen twice
19     linux    the report of July 2026, as the platform posted it
20     windows  the other run of that pull request
21, 22 both     master; the outputs of 17, 18 and 19 change, and stay wrong;
                `CORRECTED_BASELINE_TEST` fails; two tests never reported
23     linux    a maintainer's run of `REGRESSED_TEST` alone, on master of the main repository
24     windows  a fork's commit, incomplete: 31 of 34 chosen tests pass, three never reported
25     linux    master; the worker died after 60 of 237 tests, and the run is completed
26     windows  master; completed without any result
27, 28 both     pull request 1564: a test for each verdict, against 21 and 22 (see below)
29, 30 both     the second push of 1564: `TESTS_BROKEN_BY_KIND` pass again but for 110 and 160
31     linux    pull request 1566, restarted three days later
32     windows  likewise; `Duplicate Entries` was reported after all tests had been run
33     linux    pull request 1567: 100 results, although it was restarted and is in preparation
34     windows  likewise: canceled at the time limit, with 150 results
35, 36 both     a commit of teletextual's fork, on a branch that is called master too; 71 fails
37, 38 both     pull request 1569: `TESTS_OF_ONE_SYSTEM` fail on windows only, in another way and
                with other bytes; 160 fails with the same bytes as in 27 to 30
39, 40 both     master, released as 0.96; `CORRECTED_BASELINE_TEST` has the baseline that 21 to 38
                produced
N - 12          testing: 118 tests have a result, test 119 has reported outputs but no result yet
N - 11          preparing
N - 10          queued, and so are all further ones up to N
====== ======== ==================================================================================

Between 40 and N - 12 lies everyday life: commits of master, pull requests with a few pushes each,
commits of forks, runs of a single test. Failures of master leave the same bytes in the runs of
pull requests until master changes; some pull requests break tests of their own. Workers die, runs
are canceled and restarted. In the last 16 runs before N - 12 and in the live ones
`FAILING_SINCE_TEST` fails, and `SLOWER_TEST` takes three times as long. N is the number of runs;
`live_runs` gives the ids of those that are not finished.

In 27 and 28 against 21 and 22, with the failure on linux where windows has another one:

==================== =============================================================================
BROKEN_HERE          45 SEGFAULT (windows: OUTPUT_DIFF), 58 ABORT (windows: passes), 70 TIMEOUT,
                     89 MISSING_OUTPUT, 110 EXIT_CODE_MISMATCH, 160 OUTPUT_DIFF
FIXED_HERE           236
FAILING_DIFFERENTLY  17, 24
FAILING_IDENTICALLY  `KNOWN_FAILURES` but for these, and 120
NOT_RERUN            200, 201, 202
NO_REFERENCE         190 passes, 191 fails
UNCHANGED_PASS       all others
==================== =============================================================================

The history of a failure in 27 is FLAKY for 84, NEW_REGRESSION for what is broken there,
STILL_FAILING for 120 and NEVER_PASSED for `KNOWN_FAILURES`; it is NO_HISTORY for whatever fails
in 3 and 4.

Of the 238 regression tests these are special:

==== =============================================================================================
test
==== =============================================================================================
16   always fails on master, with the same hash
41   failed in 5-8
44   passes on windows because a variant is accepted
53   likewise, and on linux up to 10
66   fails although its one output that counts matches: an ignored output was reported, and
     differs; it has more than 10 MiB
84   flaky: fails in every other linux run of master, first in 3, always with the same bytes
86   had another baseline until 8
118  breaks in 11 and 12: a difference
120  had another baseline until 38; produces what is expected today from 21 on
130  fails in the newest runs, and never before
152  breaks in 11 and 12: a crash without output
164  has no baseline
215  has become slow in the newest runs
236  is fixed in 13 and 14, and in 27 to 30
237  deactivated, in two categories; has results in 1 and 2 only
238  was defined after 1 and 2
==== =============================================================================================

Media file 251 is read by several tests, 265 by test 238 alone; no test has either id. No test
reads those from 266 on, and the category Matroska has no test yet.

The outputs that these runs produced and expected, their logs and what MediaInfo says of the media
are files, if the demo is given a folder for them. Linux is being maintained: its queued runs wait.
"""

from gql.demo.build import DEFAULT_RUNS, DEFAULT_SEED, DatabaseNotEmpty, build
from gql.demo.catalogue import DEACTIVATED_TEST, HARDSUBX_TEST, SHARED_MEDIA, UNSHARED_MEDIA
from gql.demo.made_by import MadeBy, TablesNotPossible
from gql.demo.outcomes import (
    ALWAYS_FAILING_TEST,
    IGNORED_OUTPUT_TEST,
    KNOWN_FAILURES,
    TEST_FIXED_BY_PR,
)
from gql.demo.people import DEMO_TOKEN, EXPIRED_TOKEN, REVOKED_TOKEN, UNSCOPED_TOKEN
from gql.demo.stories import (
    BREAKING_PR_LINUX,
    BREAKING_PR_WINDOWS,
    CANCELED_RUN,
    CHANGED_MASTER_LINUX,
    CHANGED_MASTER_WINDOWS,
    CORRECTED_BASELINE_TEST,
    CORRECTED_MASTER_LINUX,
    CUSTOMIZED_RUN,
    DIED_RUN,
    DUPLICATE_RUN,
    EMPTY_RUN,
    FAILING_SINCE_TEST,
    FIXING_PR_LINUX,
    FIXING_PR_WINDOWS,
    FLAKY_TEST,
    FORK_RUN,
    GOOD_MASTER_LINUX,
    INCOMPLETE_RUN,
    LATE_VARIANT_TEST,
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
    RESTARTED_RUN,
    RESTARTED_WITH_RESULTS,
    SECOND_PUSH_LINUX,
    SINGLE_TEST_RUN,
    SLOWER_TEST,
    STUCK_RUN,
    SYSTEMS_PR_LINUX,
    SYSTEMS_PR_WINDOWS,
    TESTS_BROKEN_BY_KIND,
    TESTS_BROKEN_BY_PR,
    TESTS_FAILING_DIFFERENTLY,
    TESTS_NOT_RERUN,
    TESTS_OF_ONE_SYSTEM,
    TESTS_WITHOUT_REFERENCE,
    TIMED_OUT_RUN,
    VARIANT_TEST,
    VERDICTS_PR_LINUX,
    VERDICTS_PR_WINDOWS,
    LiveRuns,
    live_runs,
    moving_runs,
)

__all__ = [
    "ALWAYS_FAILING_TEST",
    "BREAKING_PR_LINUX",
    "BREAKING_PR_WINDOWS",
    "CANCELED_RUN",
    "CHANGED_MASTER_LINUX",
    "CHANGED_MASTER_WINDOWS",
    "CORRECTED_BASELINE_TEST",
    "CORRECTED_MASTER_LINUX",
    "CUSTOMIZED_RUN",
    "DEACTIVATED_TEST",
    "DEFAULT_RUNS",
    "DEFAULT_SEED",
    "DEMO_TOKEN",
    "DIED_RUN",
    "DUPLICATE_RUN",
    "EMPTY_RUN",
    "EXPIRED_TOKEN",
    "FAILING_SINCE_TEST",
    "FIXING_PR_LINUX",
    "FIXING_PR_WINDOWS",
    "FLAKY_TEST",
    "FORK_RUN",
    "GOOD_MASTER_LINUX",
    "HARDSUBX_TEST",
    "IGNORED_OUTPUT_TEST",
    "INCOMPLETE_RUN",
    "KNOWN_FAILURES",
    "LATE_VARIANT_TEST",
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
    "RESTARTED_RUN",
    "RESTARTED_WITH_RESULTS",
    "REVOKED_TOKEN",
    "SECOND_PUSH_LINUX",
    "SHARED_MEDIA",
    "SINGLE_TEST_RUN",
    "SLOWER_TEST",
    "STUCK_RUN",
    "SYSTEMS_PR_LINUX",
    "SYSTEMS_PR_WINDOWS",
    "TESTS_BROKEN_BY_KIND",
    "TESTS_BROKEN_BY_PR",
    "TESTS_FAILING_DIFFERENTLY",
    "TESTS_NOT_RERUN",
    "TESTS_OF_ONE_SYSTEM",
    "TESTS_WITHOUT_REFERENCE",
    "TEST_FIXED_BY_PR",
    "TIMED_OUT_RUN",
    "UNSCOPED_TOKEN",
    "UNSHARED_MEDIA",
    "VARIANT_TEST",
    "VERDICTS_PR_LINUX",
    "VERDICTS_PR_WINDOWS",
    "DatabaseNotEmpty",
    "LiveRuns",
    "MadeBy",
    "TablesNotPossible",
    "build",
    "live_runs",
    "moving_runs",
]
