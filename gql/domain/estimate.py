"""When a run will end, from how long its tests took in the runs before it."""

import heapq
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

PAST_RUNS = 10
"""So many completed runs before a run are considered."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How far a run is: its tests, and the runtimes in milliseconds of those with a result.

    `reported_at` is the time of the latest report.
    """

    run_id: int
    platform: str
    state: str | None
    started_at: datetime | None
    testing_at: datetime | None
    reported_at: datetime | None
    tests: Collection[str]
    runtimes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Averages:
    """What the platform itself knows of its runs, in seconds: from the first report to the end."""

    preparation: float | None = None
    whole: float | None = None


def average_of(value: str | None) -> float | None:
    """The seconds that the platform keeps as a text; None if they are no duration."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


class Experience:
    """How long preparation and tests usually took: in these runs, else by the averages."""

    def __init__(self, past: Sequence[Execution], averages: Averages) -> None:
        runtimes_of: dict[str, list[int]] = {}
        for run in past:
            for test, runtime in run.runtimes.items():
                if runtime is not None:
                    runtimes_of.setdefault(test, []).append(runtime)
        self._usual = {test: median(runtimes) for test, runtimes in runtimes_of.items()}
        self.preparation_seconds = _median_of(
            (_seconds(run.started_at, run.testing_at) for run in past),
            otherwise=averages.preparation or 0,
        )
        # Between tests, media files are fetched and outputs are sent.
        self._overhead = _median_of(map(_overhead, past), otherwise=1)
        whole = averages.whole
        self._otherwise = None if whole is None else max(0, whole - self.preparation_seconds)

    def testing_seconds(
        self, tests: Collection[str], runtimes: Mapping[str, int | None]
    ) -> float | None:
        """How long a run of these tests takes after its preparation; None if nothing is known.

        `runtimes` are those of its results so far, in milliseconds. They show its pace, too.
        """
        measured = {test: runtime for test, runtime in runtimes.items() if runtime is not None}
        known = self._usual.values() or measured.values()
        if not known:
            return self._otherwise
        of_other_tests = fmean(known)
        usual = {test: self._usual.get(test, of_other_tests) for test in tests}
        pace = _median_of(
            (runtime / usual[test] for test, runtime in measured.items() if usual.get(test)),
            otherwise=1,
        )
        milliseconds = sum(measured.get(test, pace * time) for test, time in usual.items())
        return milliseconds / 1000 * self._overhead

    def seconds(self, run: Execution) -> float | None:
        """How long a run takes from its first report; None if nothing is known."""
        # A run that is started again may still have results.
        testing = self.testing_seconds(run.tests, {})
        return None if testing is None else self.preparation_seconds + testing

    def finish(self, run: Execution) -> datetime | None:
        """When a run in progress will be completed; None if nothing is known."""
        if run.state == "testing":
            return _after(run.testing_at, self.testing_seconds(run.tests, run.runtimes))
        return _after(run.started_at, self.seconds(run))


def finish_of_waiting(
    durations: Iterable[float | None], busy_until: Sequence[datetime], now: datetime
) -> Iterator[datetime | None]:
    """When each run of a queue will be completed, by how long each takes in seconds.

    They are taken up in their order, by as many workers as are busy, or by one that is free.
    """
    workers = [max(now, each) for each in busy_until] or [now]
    heapq.heapify(workers)
    for seconds in durations:
        finish = _after(workers[0], seconds)
        if finish is not None:
            heapq.heapreplace(workers, finish)
        yield finish


def _median_of(values: Iterable[float | None], *, otherwise: float) -> float:
    known = [value for value in values if value is not None]
    return median(known) if known else otherwise


def _after(start: datetime | None, seconds: float | None) -> datetime | None:
    return None if start is None or seconds is None else start + timedelta(seconds=round(seconds))


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def _overhead(past: Execution) -> float | None:
    """How much longer a completed run executed its tests than the sum of their runtimes."""
    seconds = _seconds(past.testing_at, past.reported_at)
    runtimes = sum(runtime or 0 for runtime in past.runtimes.values())
    return seconds * 1000 / runtimes if seconds and runtimes else None
