"""The enums of the schema: those of the tables and statuses, with their documentation."""

from enum import StrEnum

import strawberry

from gql.compat.strawberry import enum_definition
from gql.database.tables import Platform, RunTrigger
from gql.domain.base_selection import ENOUGH_PERCENT, MAX_CANDIDATES, BaseSelection
from gql.domain.comparison import ChangeVerdict, ComparisonWarning
from gql.domain.failure import FailureKind, Triage
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME
from gql.domain.status import OutputStatus, RunStatus, SampleStatus
from gql.files.diff import DiffStatus
from gql.files.hunks import DiffLineKind


def document(enum: type[StrEnum], description: str, members: dict[StrEnum, str]) -> None:
    """Make an enum one of the schema, and say what it and each of its members mean."""
    strawberry.enum(enum, description=description)
    for value in enum_definition(enum).values:
        value.description = members[enum(value.value)]


document(
    Platform,
    "The operating system that a run's tests are executed on.",
    {
        Platform.LINUX: "Linux.",
        Platform.WINDOWS: "Windows.",
    },
)
document(
    RunTrigger,
    "What started a run.",
    {
        RunTrigger.COMMIT: "A commit on a branch.",
        RunTrigger.PULL_REQUEST: "A pull request; `Run.pullRequest` is its number.",
    },
)
document(
    RunStatus,
    "The state of a run, or its result.",
    {
        RunStatus.QUEUED: "Waiting for a worker: nothing was reported yet.",
        RunStatus.RUNNING: "A worker is preparing or testing.",
        RunStatus.PASS: "Completed, and every sample passed.",
        RunStatus.FAIL: "Completed, and at least one sample failed or missed an output.",
        RunStatus.CANCELED: "Stopped by a user or by an infrastructure error.",
        RunStatus.ERROR: "Completed without any result.",
        RunStatus.INCOMPLETE: (
            "Completed without a failure, but some tests never reported: the "
            "platform's own API calls this `error` since August 2026. Also a "
            "run whose recorded state is unknown."
        ),
    },
)
document(
    SampleStatus,
    "The status of a sample. The first that applies decides: no result, "
    "missing output, exit code, different output.",
    {
        SampleStatus.PASS: "The exit code and every output are as expected.",
        SampleStatus.FAIL: (
            "The exit code is not the expected one, or an output differs from "
            "every accepted baseline."
        ),
        SampleStatus.SKIPPED: "The run ended without a result of this test.",
        SampleStatus.MISSING_OUTPUT: "An expected output file was not produced.",
        SampleStatus.RUNNING: "The run is testing and has no result of this test yet.",
        SampleStatus.NOT_STARTED: "The run is queued or in preparation.",
    },
)
document(
    OutputStatus,
    "The result of comparing an output file with its accepted baselines.",
    {
        OutputStatus.MATCH: "The file equals the baseline or an accepted variant. In runs before "
        "15 August 2026 it may equal the file of the previous run of `master` instead: the "
        "platform compared with that where it had differed, and recorded no difference.",
        OutputStatus.DIFF_MISMATCH: "The file differs from the baseline and all variants.",
        OutputStatus.MISSING_OUTPUT: "The file is expected, and the test did not produce it.",
        OutputStatus.MISSING_EXPECTED: "There is no baseline to compare with.",
    },
)
document(
    ChangeVerdict,
    "What became of a regression test, from the base of a comparison to its head. A sample fails "
    "if its status is `FAIL` or `MISSING_OUTPUT`.",
    {
        ChangeVerdict.BROKEN_HERE: "It passed in the base and fails in the head.",
        ChangeVerdict.FIXED_HERE: "It failed in the base and passes in the head.",
        ChangeVerdict.FAILING_DIFFERENTLY: (
            "It fails in both, and not in the same way: `Sample.failureFingerprint` differs."
        ),
        ChangeVerdict.FAILING_IDENTICALLY: "It fails in both with the same failure.",
        ChangeVerdict.NOT_RERUN: (
            "It has a result in the base and none in the head: the worker may have died before it "
            "came to this test."
        ),
        ChangeVerdict.NO_REFERENCE: "It has a result in the head and none in the base.",
        ChangeVerdict.UNCHANGED_PASS: "It passes in both.",
    },
)
document(
    ComparisonWarning,
    "Why a comparison may mislead you.",
    {
        ComparisonWarning.NO_BASE: "There is no base: no test has a verdict but `NO_REFERENCE`.",
        ComparisonWarning.LOW_COVERAGE: (
            "The base has results of less than 90 % of the head's samples."
        ),
        ComparisonWarning.HEAD_INCOMPLETE: "The head lacks results of some of its samples.",
        ComparisonWarning.BASE_INCOMPLETE: "The base lacks results of some of its samples.",
        ComparisonWarning.OTHER_PLATFORM: "The two runs are on different platforms.",
        ComparisonWarning.SAME_COMMIT: "The two runs tested the same commit.",
    },
)
document(
    FailureKind,
    "How a sample failed: the first that applies. Exit codes count only where they are not the "
    "expected one. They are those of the platform's command line, on Linux and Windows.",
    {
        FailureKind.SEGFAULT: "The exit code is 139, -11, -1073741819 or 3221225477.",
        FailureKind.ABORT: "The exit code is 134 or -6.",
        FailureKind.TIMEOUT: "The exit code is 124, 143 or -15.",
        FailureKind.MISSING_OUTPUT: "An expected output file was not produced.",
        FailureKind.EXIT_CODE_MISMATCH: "Any other exit code that was not expected.",
        FailureKind.OUTPUT_DIFF: "An output differs from every accepted baseline.",
    },
)
document(
    Triage,
    "What the results of a test before its failure say of it: the first that applies.",
    {
        Triage.FLAKY: "They changed between pass and failure twice or more.",
        Triage.NO_HISTORY: "The test has no result before it.",
        Triage.NEW_REGRESSION: "The last one passed.",
        Triage.NEVER_PASSED: "All of them failed.",
        Triage.STILL_FAILING: "The last one failed, and an earlier one passed.",
    },
)
document(
    BaseSelection,
    "How the gateway picks the base of a comparison: always a completed run on the same platform. "
    f"For a pull request it is a run of `{MAIN_BRANCH}` of {MAIN_REPOSITORY_NAME}, otherwise one "
    f"of the same fork and branch. Of the newest {MAX_CANDIDATES} it is the newest that has "
    f"results of {ENOUGH_PERCENT} % of the run's samples, else the one that has most of them.",
    {
        BaseSelection.BEFORE: "Among the runs before it. The database records no parent commits: "
        "the run need not start from its base.",
        BaseSelection.LATEST: "Among all runs, even those after it.",
    },
)
document(
    DiffStatus,
    "What the comparison of an expected and a produced file says.",
    {
        DiffStatus.IDENTICAL: "Both files have the same bytes.",
        DiffStatus.DIFFERENT: "At least one line differs.",
        DiffStatus.BINARY: "The files differ, and at least one of them is not text.",
        DiffStatus.TOO_LARGE: (
            "The files differ. They are too large to show where: a file has more than 10 MiB or "
            "300000 lines, or the comparison takes more than a second."
        ),
        DiffStatus.MISSING_EXPECTED: "There is no expected file in the platform's storage.",
        DiffStatus.MISSING_ACTUAL: "There is no produced file in the platform's storage.",
    },
)
document(
    DiffLineKind,
    "Which of two files has a line.",
    {
        DiffLineKind.CONTEXT: "Both files have the line.",
        DiffLineKind.ADDED: "Only the produced file has the line.",
        DiffLineKind.REMOVED: "Only the expected file has the line.",
    },
)
