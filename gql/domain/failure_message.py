"""Why a sample did not pass, in a message for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gql.domain.status import FAILURES, SampleStatus

MAX_LENGTH = 500


class _Sample(Protocol):
    status: SampleStatus
    exit_code: int | None
    expected_exit_code: int | None


class _Output(Protocol):
    output_id: int
    ignored: bool
    is_reported: bool
    is_accepted: bool


class _Run(Protocol):
    state: str | None
    last_message: str | None


@dataclass(frozen=True, slots=True)
class FailureSummary:
    """Everything that is wrong with a result, not only what decided its status."""

    exit_codes: tuple[int | None, int | None] | None
    misses_output: bool
    missing: list[int]
    expected: int
    differing: list[int]

    @property
    def message(self) -> str:
        """Every reason for the failure, with ids and numbers."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterable[str]:
        if self.exit_codes:
            yield "Exit code {}, expected {}.".format(*map(_or_none, self.exit_codes))
        if self.missing:
            yield (
                f"{len(self.missing)} of {self.expected} expected outputs missing: "
                f"{_listed(self.missing)}."
            )
        elif self.misses_output:
            yield "An expected output was reported as missing."
        if self.differing:
            verb = "output differs" if len(self.differing) == 1 else "outputs differ"
            yield (
                f"{len(self.differing)} {verb} from every accepted baseline: "
                f"{_listed(self.differing)}."
            )


def failure_summary(sample: _Sample, outputs: Sequence[_Output]) -> FailureSummary | None:
    """The failure summary of a sample that has these outputs; None unless it failed."""
    if sample.status not in FAILURES:
        return None
    exit_codes = (sample.exit_code, sample.expected_exit_code)
    return FailureSummary(
        exit_codes=exit_codes if exit_codes[0] != exit_codes[1] else None,
        misses_output=sample.status is SampleStatus.MISSING_OUTPUT,
        missing=[output.output_id for output in outputs if not output.is_reported],
        expected=sum(not output.ignored for output in outputs),
        differing=[o.output_id for o in outputs if o.is_reported and not o.is_accepted],
    )


def failure_message(sample: _Sample, outputs: Sequence[_Output]) -> str | None:
    """Why a sample failed, in up to MAX_LENGTH characters; None unless it failed."""
    failure = failure_summary(sample, outputs)
    return _shorten(failure.message) if failure else None


def skip_message(run: _Run) -> str:
    """Why a sample of a run was skipped, in up to MAX_LENGTH characters."""
    return _shorten(_skip_reason(run))


def _skip_reason(run: _Run) -> str:
    if run.state == "canceled":
        return f"Run canceled: {run.last_message}" if run.last_message else "Run canceled."
    if run.state == "completed":
        return "The run completed without a result of this test."
    return f"The run has no result of this test and is in an unknown state: {run.state}"


def _or_none(exit_code: int | None) -> str:
    return "none" if exit_code is None else str(exit_code)


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


def _shorten(message: str) -> str:
    return message if len(message) <= MAX_LENGTH else message[: MAX_LENGTH - 1] + "…"
