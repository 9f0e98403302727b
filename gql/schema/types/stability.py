from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
from sqlalchemy import ColumnElement

from gql.database.pagination import Paging
from gql.database.tables import Platform, Test
from gql.domain.failure import status_changes
from gql.domain.status import FAILURES, WITH_RESULT, SampleStatus
from gql.errors import BadInput
from gql.execution.field_cost import cost
from gql.loaders.history import HISTORY_NEWEST_FIRST, HistoryPageByRegressionIdLoader
from gql.loaders.sample import SampleRow
from gql.request import queries
from gql.request.context import Context
from gql.schema.arguments import number
from gql.schema.filters.insight import InsightFilter
from gql.schema.info import Info

if TYPE_CHECKING:
    from gql.schema.types.sample import Sample

MAX_RESULTS = 100

STABILITY_COST = cost(extra_rows=10, rows_per_last=0.5)

LastResults = Annotated[
    int,
    number(
        1,
        MAX_RESULTS,
        description=f"The number of latest results to consider, from 1 to {MAX_RESULTS}.",
    ),
]
LazySample = Annotated["Sample", strawberry.lazy("gql.schema.types.sample")]


@strawberry.type(description="The passes and failures of a test over its latest results.")
class Stability:
    results: strawberry.Private[list[SampleRow]]

    @strawberry.field(description="The number of results considered.")
    def runs(self) -> int:
        return len(self.results)

    @strawberry.field(description="The number of results that passed.")
    def passes(self) -> int:
        return sum(result.status is SampleStatus.PASS for result in self.results)

    @strawberry.field(description="The number of results that failed or missed an output.")
    def failures(self) -> int:
        return sum(result.status in FAILURES for result in self.results)

    @strawberry.field(
        description="The number of changes between pass and failure: 0 for a stable test, "
        "1 for a test that broke or was fixed, more for a flaky test. Before 15 August 2026 the "
        "results of a failing test can alternate without a change of the extractor."
    )
    def status_changes(self) -> int:
        return status_changes([result.status in FAILURES for result in self.results])

    @strawberry.field(
        graphql_type=LazySample | None,
        description="The first failure after the last pass: when the test broke. Null if "
        "the latest result passed.",
    )
    def first_failure(self) -> SampleRow | None:
        failing = None
        for result in self.results:
            if result.status not in FAILURES:
                break
            failing = result
        return failing

    @strawberry.field(
        graphql_type=LazySample | None,
        description="The latest result that passed; null if all of them failed.",
    )
    def last_pass(self) -> SampleRow | None:
        passing = (result for result in self.results if result.status is SampleStatus.PASS)
        return next(passing, None)

    @strawberry.field(
        graphql_type=str | None,
        description="The `Sample.failureFingerprint` of the latest failure; null without one.",
    )
    def signature(self, info: Info) -> Awaitable[str | None] | None:
        failing = (result for result in self.results if result.status in FAILURES)
        latest = next(failing, None)
        return None if latest is None else queries.failure_fingerprint(info.context, latest)


@dataclass(frozen=True)
class ResultsInCompletedRuns:
    """Asks for results in the runs that insights with this filter look at."""

    runs: InsightFilter

    statuses: ClassVar[Collection[SampleStatus]] = WITH_RESULT

    def conditions(self) -> list[ColumnElement[bool]]:
        return self.runs.conditions()


@dataclass(frozen=True)
class ResultsUntil:
    """Asks for results on a platform up to a run."""

    platform: Platform
    run_id: int

    statuses: ClassVar[Collection[SampleStatus]] = WITH_RESULT

    def conditions(self) -> list[ColumnElement[bool]]:
        return [Test.platform == self.platform, Test.id <= self.run_id]


def check_last(last: int, maximum: int) -> None:
    """Reject an argument `last` that is not from 1 to the maximum."""
    if not 1 <= last <= maximum:
        raise BadInput(f"last is {last}, and must be from 1 to {maximum}.", argument="last")


async def stability_of(
    context: Context, test_id: int, results: ResultsInCompletedRuns | ResultsUntil, *, last: int
) -> Stability:
    """The stability of a test over its latest results of these."""
    check_last(last, MAX_RESULTS)
    paging = Paging(HISTORY_NEWEST_FIRST, limit=last)
    page = await context.load(HistoryPageByRegressionIdLoader, (test_id, paging, results, True))
    return Stability(results=page.rows)
