"""What failed: the identity of a failure, its kind, and what its history says of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol

from sqlalchemy import ColumnElement, literal_column

from gql.database.tables import TestResult
from gql.domain.status import (
    Branches,
    SampleStatus,
    case_of,
    exit_differs,
    first_branch,
    lacks_output,
)


class FailureKind(StrEnum):
    """How a sample failed, as the platform's command line names it."""

    SEGFAULT = "segfault"
    ABORT = "abort"
    TIMEOUT = "timeout"
    MISSING_OUTPUT = "missing_output"
    EXIT_CODE_MISMATCH = "exit_code_mismatch"
    OUTPUT_DIFF = "output_diff"


class Triage(StrEnum):
    """What the history of a test says of its failure, as the platform's command line says it."""

    FLAKY = "flaky"
    NO_HISTORY = "no_history"
    NEW_REGRESSION = "new_regression"
    NEVER_PASSED = "never_passed"
    STILL_FAILING = "still_failing"


# The codes of Linux and Windows, the latter signed and unsigned.
EXIT_CODES = {
    FailureKind.SEGFAULT: (139, -11, -1073741819, 3221225477),
    FailureKind.ABORT: (134, -6),
    FailureKind.TIMEOUT: (124, 143, -15),
}


class _Sample(Protocol):
    @property
    def status(self) -> SampleStatus: ...

    @property
    def exit_code(self) -> int | None: ...

    @property
    def expected_exit_code(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything that is wrong with a result.

    `exit_codes` has its exit code if it is not the expected one. `defects` has the produced hash of
    every output that is not accepted, None if it is missing, by output id; the platform's legacy
    row for a missing output has the id -1.
    """

    exit_codes: tuple[int | None, ...]
    defects: Mapping[int, str | None]

    @property
    def fingerprint(self) -> str:
        """A text that two failures of a test share exactly if they are the same failure."""
        identity = (self.exit_codes, sorted(self.defects.items()))
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]

    @property
    def kind(self) -> FailureKind:
        """The kind of the failure."""
        exit_differs = bool(self.exit_codes)
        return first_branch(
            failure_kind_branches(
                exit_differs=exit_differs,
                has_exit_code=lambda codes: exit_differs and self.exit_codes[0] in codes,
                lacks_output=None in self.defects.values(),
            ),
            FailureKind.OUTPUT_DIFF,
        )


def failure_kind_branches(
    *, exit_differs: Any, has_exit_code: Any, lacks_output: Any
) -> Branches[FailureKind]:
    """The rule of a failure's kind; `has_exit_code` says whether the exit code is one of several.

    Exit codes count only where they are not the expected one.
    """
    for kind, codes in EXIT_CODES.items():
        yield exit_differs & has_exit_code(codes), kind
    yield lacks_output, FailureKind.MISSING_OUTPUT
    yield exit_differs, FailureKind.EXIT_CODE_MISMATCH


failure_kind: ColumnElement[FailureKind] = case_of(
    failure_kind_branches(
        exit_differs=exit_differs,
        # Written out: one of them is beyond what a parameter of the column's type may be.
        has_exit_code=lambda codes: TestResult.exit_code.in_(
            [literal_column(f"{c}") for c in codes]
        ),
        lacks_output=lacks_output,
    ),
    FailureKind.OUTPUT_DIFF,
)
"""The kind of the failure of a sample of `SAMPLES` that failed."""


def failure_kind_of(sample: _Sample) -> FailureKind:
    """The kind of the failure of a sample that failed."""
    branches = failure_kind_branches(
        exit_differs=sample.exit_code != sample.expected_exit_code,
        has_exit_code=lambda codes: sample.exit_code in codes,
        lacks_output=sample.status is SampleStatus.MISSING_OUTPUT,
    )
    return first_branch(branches, FailureKind.OUTPUT_DIFF)


def status_changes(fails: Sequence[bool]) -> int:
    """How often results changed between pass and failure."""
    return sum(one != next_one for one, next_one in pairwise(fails))


FLAKY_CHANGES = 2


def triage_of(results: list[bool]) -> Triage:
    """What a test's results before its failure say of it: whether each failed, the newest first."""
    if status_changes(results) >= FLAKY_CHANGES:
        return Triage.FLAKY
    if not results:
        return Triage.NO_HISTORY
    if not results[0]:
        return Triage.NEW_REGRESSION
    return Triage.NEVER_PASSED if all(results) else Triage.STILL_FAILING
