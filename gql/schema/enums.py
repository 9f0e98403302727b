"""The enums of the schema: those of the tables and statuses, with their documentation."""

from enum import StrEnum
from typing import TYPE_CHECKING, cast

import strawberry

from gql.database.tables import Platform, RunTrigger
from gql.domain.status import OutputStatus, RunStatus, SampleStatus

if TYPE_CHECKING:
    from strawberry.types.enum import StrawberryEnumDefinition


def document(enum: type[StrEnum], description: str, members: dict[StrEnum, str]) -> None:
    """Make an enum one of the schema, and say what it and each of its members mean."""
    strawberry.enum(enum, description=description)
    definition = cast("StrawberryEnumDefinition", enum.__strawberry_definition__)  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = members[enum(value.value)]


document(
    Platform,
    "The operating system that a run's tests are executed on.",
    {
        Platform.LINUX: "A Linux worker.",
        Platform.WINDOWS: "A Windows worker.",
    },
)
document(
    RunTrigger,
    "What a run was started for.",
    {
        RunTrigger.COMMIT: "A commit on a branch.",
        RunTrigger.PULL_REQUEST: "A pull request; `Run.pullRequest` is its number.",
    },
)
document(
    RunStatus,
    "How a run stands, or how it ended.",
    {
        RunStatus.QUEUED: "Waiting for a worker: nothing was reported yet.",
        RunStatus.RUNNING: "A worker is preparing or testing.",
        RunStatus.PASS: "Completed, and every sample passes.",
        RunStatus.FAIL: "Completed, and at least one sample fails or misses an output.",
        RunStatus.CANCELED: "Stopped by a user or by an error of the infrastructure.",
        RunStatus.ERROR: "Completed without a single result.",
        RunStatus.INCOMPLETE: (
            "Completed with no failure, but some tests never reported. "
            "Also a run whose recorded state is unknown."
        ),
    },
)
document(
    SampleStatus,
    "How a regression test fares in a run, by the first of these that applies: no result, "
    "missing output, exit code, differing output.",
    {
        SampleStatus.PASS: "The exit code and every output are as expected.",
        SampleStatus.FAIL: (
            "The exit code is not the expected one, or an output matches no accepted baseline."
        ),
        SampleStatus.SKIPPED: "The run ended without a result of this test.",
        SampleStatus.MISSING_OUTPUT: "An expected output file was not produced.",
        SampleStatus.RUNNING: "The run is testing and has no result of this test yet.",
        SampleStatus.NOT_STARTED: "The run is queued or in preparation.",
    },
)
document(
    OutputStatus,
    "How an output file compares with its accepted baselines.",
    {
        OutputStatus.MATCH: "Equal to the baseline, or to an accepted variant of it.",
        OutputStatus.DIFF_MISMATCH: "Produced, but equal to no accepted baseline.",
        OutputStatus.MISSING_OUTPUT: "Expected, but not produced.",
        OutputStatus.MISSING_EXPECTED: "There is no baseline to compare with.",
    },
)
