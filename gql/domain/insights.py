"""What many runs say of each test: how often it fails, since when, and how long it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from gql.domain.failure import FLAKY_CHANGES, status_changes
from gql.domain.status import FAILURES, WITH_RESULT, SampleStatus


@dataclass(frozen=True, slots=True)
class RunOutcomes:
    """The statuses of a run's samples, and the runtimes of its results, by regression id."""

    run_id: int
    statuses: Mapping[int, SampleStatus]
    runtimes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The distribution of runtimes in milliseconds: each value is a runtime that occurred."""

    p50: int
    p90: int
    p95: int
    max: int
    slowdown: float | None = None


def distribution_of(runtimes: Sequence[int], latest: int | None = None) -> Distribution | None:
    """The distribution of runtimes by the nearest rank; None without any.

    `latest` is the one that the slowdown compares with the median.
    """
    if not runtimes:
        return None
    ordered = sorted(runtimes)

    def percentile(percent: int) -> int:
        return ordered[ceil(len(ordered) * percent / 100) - 1]

    p50 = percentile(50)
    slowdown = None if latest is None or not p50 else latest / p50
    return Distribution(p50, percentile(90), percentile(95), ordered[-1], slowdown)


def pass_rate(passes: int, results: int) -> float | None:
    """The share of results that passed, from 0 to 1; None without a result."""
    return passes / results if results else None


class TestInsight:
    """What runs, listed newest first, say of a test."""

    __test__ = False  # For pytest: it is no test.

    def __init__(self, regression_id: int, runs: Sequence[RunOutcomes]) -> None:
        self.regression_id = regression_id
        self.statuses = [run.statuses.get(regression_id) for run in runs]
        self._runs = runs
        self._fails = [status in FAILURES for status in self.statuses if status in WITH_RESULT]

    @property
    def results(self) -> int:
        """How many results it has."""
        return len(self._fails)

    @property
    def failures(self) -> int:
        """How many of them failed."""
        return sum(self._fails)

    @property
    def pass_rate(self) -> float | None:
        """The share of results that passed."""
        return pass_rate(self.results - self.failures, self.results)

    @cached_property
    def status_changes(self) -> int:
        """How often it changed between pass and failure."""
        return status_changes(self._fails)

    @property
    def is_flaky(self) -> bool:
        """Whether it changed so often that it neither broke nor was fixed."""
        return self.status_changes >= FLAKY_CHANGES

    @property
    def fails_now(self) -> bool:
        """Whether its newest result failed."""
        return bool(self._fails) and self._fails[0]

    @property
    def failing_since(self) -> int | None:
        """The run of the first failure after the last pass; None unless it fails now."""
        since = None
        for run, status in zip(self._runs, self.statuses, strict=True):
            if status is SampleStatus.PASS:
                break
            if status in FAILURES:
                since = run.run_id
        return since

    @property
    def last_pass(self) -> int | None:
        """The newest run in which it passed."""
        passes = (
            run.run_id
            for run, status in zip(self._runs, self.statuses, strict=True)
            if status is SampleStatus.PASS
        )
        return next(passes, None)

    @cached_property
    def runtime_ms(self) -> Distribution | None:
        """The distribution of its runtimes."""
        test = self.regression_id
        runtimes = [run.runtimes[test] for run in self._runs if test in run.runtimes]
        return distribution_of(runtimes, runtimes[0] if runtimes else None)
