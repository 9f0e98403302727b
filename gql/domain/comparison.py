"""Did a change break a test? The verdicts of a comparison, and how much it covers."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Generic, NamedTuple, Protocol, TypeVar

from gql.domain.base_selection import covers_enough


class ChangeVerdict(StrEnum):
    """What became of a test from the base to the head, in the words of the platform."""

    BROKEN_HERE = "broken_here"
    FIXED_HERE = "fixed_here"
    FAILING_DIFFERENTLY = "failing_differently"
    FAILING_IDENTICALLY = "failing_identically"
    NOT_RERUN = "not_rerun"
    NO_REFERENCE = "no_reference"
    UNCHANGED_PASS = "unchanged_pass"  # noqa: S105  (no password)


class ComparisonWarning(StrEnum):
    """Why a comparison may mislead."""

    NO_BASE = "no_base"
    LOW_COVERAGE = "low_coverage"
    HEAD_INCOMPLETE = "head_incomplete"
    BASE_INCOMPLETE = "base_incomplete"
    OTHER_PLATFORM = "other_platform"
    SAME_COMMIT = "same_commit"


PASSED = ""

Outcome = str
"""The outcome of a test that has a result: PASSED, or the fingerprint of its failure."""


def verdict_of(head: Outcome | None, base: Outcome | None) -> ChangeVerdict | None:
    """The verdict of a test by its outcome in both runs, None for one without a result there.

    None if neither has a result.
    """
    if head is None:
        return None if base is None else ChangeVerdict.NOT_RERUN
    if base is None:
        return ChangeVerdict.NO_REFERENCE
    if head == PASSED:
        return ChangeVerdict.UNCHANGED_PASS if base == PASSED else ChangeVerdict.FIXED_HERE
    if base == PASSED:
        return ChangeVerdict.BROKEN_HERE
    if head == base:
        return ChangeVerdict.FAILING_IDENTICALLY
    return ChangeVerdict.FAILING_DIFFERENTLY


class _Run(Protocol):
    @property
    def platform(self) -> str | None: ...

    @property
    def commit(self) -> str | None: ...


S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class RunResults(Generic[S]):
    """A run's samples, and the outcomes of those that have a result, by regression id."""

    samples: Mapping[int, S]
    outcomes: Mapping[int, Outcome]

    @property
    def is_complete(self) -> bool:
        """Whether all samples have a result."""
        return len(self.samples) == len(self.outcomes)


class Change(NamedTuple, Generic[S]):
    """A regression test that has a result in the head, the base or both."""

    regression_id: int
    verdict: ChangeVerdict
    head: S | None
    base: S | None


class Comparison(Generic[S]):
    """What two runs have of each test; every result of either is in exactly one change."""

    def __init__(self, head: RunResults[S], base: RunResults[S] | None) -> None:
        self._head = head
        self._base: RunResults[S] = RunResults({}, {}) if base is None else base

    @cached_property
    def changes(self) -> list[Change[S]]:
        """All tests that have a result in either run, by regression id."""
        head, base = self._head, self._base
        verdicts = (
            (test, verdict_of(head.outcomes.get(test), base.outcomes.get(test)))
            for test in sorted({*head.outcomes, *base.outcomes})
        )
        return [
            Change(test, verdict, head.samples.get(test), base.samples.get(test))
            for test, verdict in verdicts
            if verdict is not None
        ]

    @cached_property
    def counts(self) -> Mapping[ChangeVerdict, int]:
        """How many tests have each verdict."""
        return Counter(change.verdict for change in self.changes)

    def with_verdict(self, verdicts: Collection[ChangeVerdict]) -> list[Change[S]]:
        """The changes that have one of the verdicts."""
        return [change for change in self.changes if change.verdict in verdicts]

    @property
    def compared(self) -> list[Change[S]]:
        """The tests that have a result in both runs."""
        in_one_run = (ChangeVerdict.NOT_RERUN, ChangeVerdict.NO_REFERENCE)
        return [change for change in self.changes if change.verdict not in in_one_run]

    def with_other_output(
        self, head: Mapping[int, object], base: Mapping[int, object]
    ) -> list[Change[S]]:
        """The tests that have a result in both runs, which produced other files.

        What a test produced in each run is given by regression id.
        """
        return [
            change
            for change in self.compared
            if head.get(change.regression_id) != base.get(change.regression_id)
        ]

    @property
    def samples(self) -> int:
        """How many samples the head has."""
        return len(self._head.samples)

    @property
    def covered(self) -> int:
        """How many of the head's samples have a result in the base."""
        return len(self._head.samples.keys() & self._base.outcomes.keys())

    def warnings(self, head: _Run, base: _Run | None) -> Iterator[ComparisonWarning]:
        """What may mislead, for the two runs that are compared."""
        if base is None:
            yield ComparisonWarning.NO_BASE
        elif not covers_enough(self.covered, self.samples):
            yield ComparisonWarning.LOW_COVERAGE
        if not self._head.is_complete:
            yield ComparisonWarning.HEAD_INCOMPLETE
        if base is None:
            return
        if not self._base.is_complete:
            yield ComparisonWarning.BASE_INCOMPLETE
        if head.platform != base.platform:
            yield ComparisonWarning.OTHER_PLATFORM
        if head.commit == base.commit:
            yield ComparisonWarning.SAME_COMMIT
