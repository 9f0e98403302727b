from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from gql.domain.insights import RunOutcomes, distribution_of, pass_rate
from gql.domain.status import FAILURES, SampleStatus
from gql.loaders.run import RunRow
from gql.schema.filters.insight import Interval

if TYPE_CHECKING:
    from gql.schema.types.run import Run

LazyRun = Annotated["Run", strawberry.lazy("gql.schema.types.run")]


@strawberry.type(
    description="The distribution of runtimes in milliseconds, by the nearest rank: each value is "
    "a runtime that occurred."
)
class RuntimeDistribution:
    p50: int = strawberry.field(description="The median.")
    p90: int = strawberry.field(description="90 % take this long or less.")
    p95: int = strawberry.field(description="95 % take this long or less.")
    max: int = strawberry.field(description="The longest.")
    slowdown: float | None = strawberry.field(
        description="The newest runtime of a test, divided by its median; null for a point."
    )


@strawberry.type(description="A point of a plot over time.")
class InsightPoint:
    started_at: datetime | None = strawberry.field(
        description="When its run or its interval started; null for a run that has no report."
    )
    runs: int = strawberry.field(description="The number of runs.")
    run: LazyRun | None = strawberry.field(
        description="The run; null where a point stands for an interval."
    )
    results: int = strawberry.field(description="The number of results.")
    failures: int = strawberry.field(description="The number of results that failed.")
    pass_rate: float | None = strawberry.field(
        description="The share of results that passed, from 0 to 1; null without a result."
    )
    runtime_ms: RuntimeDistribution | None = strawberry.field(
        description="The distribution of the runtimes of all results; null without any."
    )


def points_of(
    runs: Sequence[RunRow], outcomes: Sequence[RunOutcomes], interval: Interval
) -> list[InsightPoint]:
    """The points of a plot of runs, which are listed newest first; the oldest point first."""
    groups: dict[Any, list[tuple[RunRow, RunOutcomes]]] = defaultdict(list)
    for run, of_run in zip(reversed(runs), reversed(outcomes), strict=True):
        key = run.id if interval is Interval.RUN else _start_of(interval, run.started_at)
        if key is not None:
            groups[key].append((run, of_run))
    return [_point(interval, key, groups[key]) for key in sorted(groups)]


def _start_of(interval: Interval, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day


def _point(
    interval: Interval, key: Any, runs: Sequence[tuple[RunRow, RunOutcomes]]
) -> InsightPoint:
    outcomes = [of_run for _, of_run in runs]
    statuses = [status for of_run in outcomes for status in of_run.statuses.values()]
    failures = sum(status in FAILURES for status in statuses)
    passes = statuses.count(SampleStatus.PASS)
    first = runs[0][0]
    is_run = interval is Interval.RUN
    return InsightPoint(
        started_at=first.started_at if is_run else key,
        runs=len(runs),
        run=first if is_run else None,  # type: ignore[arg-type]
        results=passes + failures,
        failures=failures,
        pass_rate=pass_rate(passes, passes + failures),
        runtime_ms=distribution_of(  # type: ignore[arg-type]
            [runtime for of_run in outcomes for runtime in of_run.runtimes.values()]
        ),
    )
