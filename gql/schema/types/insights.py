from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import strawberry
from sqlalchemy import Float, Integer, column, select

from gql.database import tables
from gql.database.pagination import Order
from gql.database.tables import MAX_ID
from gql.domain.insights import (
    RunOutcomes,
    TestInsight,
    pass_rate,
)
from gql.domain.status import SampleStatus
from gql.execution.field_cost import CATEGORIES, cost
from gql.loaders.category import CategoriesByRegressionTestIdLoader, CategoryRow
from gql.loaders.insight import OutcomesByRunIdLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunRow
from gql.pacing import pause
from gql.schema.connection import Connection, PageArguments, connection_field
from gql.schema.filters.insight import InsightOrder, InsightTestFilter, Interval
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.types.category import Category
from gql.schema.types.insight_points import (
    InsightPoint,
    LazyRun,
    RuntimeDistribution,
    points_of,
)
from gql.schema.types.regression_test import RegressionTest

if TYPE_CHECKING:
    from gql.schema.types.run import Run

MAX_RUNS_OF_INSIGHTS = 100
MAX_TESTS = 500


@strawberry.type(description="What the runs say of a regression test.")
class InsightTest:
    regression_id: strawberry.Private[int]
    key_0: strawberry.Private[Any]
    key_1: strawberry.Private[int]

    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The definition of the test."
    )
    statuses: list[SampleStatus | None] = strawberry.field(
        description="Its status in each of `Insights.runs`; null where it is not part of the run."
    )
    results: int = strawberry.field(description="The number of runs that have a result of it.")
    failures: int = strawberry.field(description="The number of results that failed.")
    pass_rate: float | None = strawberry.field(
        description="The share of results that passed, from 0 to 1; null without a result."
    )
    status_changes: int = strawberry.field(
        description="The number of changes between pass and failure, from one result to the next."
    )
    is_flaky: bool = strawberry.field(description="Whether it has two status changes or more.")
    fails_now: bool = strawberry.field(description="Whether its newest result failed.")
    failing_since: LazyRun | None = strawberry.field(
        description="The run of its first failure after its last pass, among these runs; null "
        "unless it fails now.",
    )
    last_pass: LazyRun | None = strawberry.field(
        description="The newest of these runs in which it passed; null without one.",
    )
    runtime_ms: RuntimeDistribution | None = strawberry.field(
        description="The distribution of its runtimes; null without any."
    )


@strawberry.type(description="A page of the tests of insights.")
class InsightTestConnection(Connection[InsightTest]):
    @strawberry.field(description="The number of tests that match the filter.")
    async def total_count(self) -> int | None:
        return await self.count_rows()


@strawberry.type(
    description="What the runs say of the tests of a category. A test counts in each of its "
    "categories."
)
class InsightCategory:
    category: Category = strawberry.field(description="The category.")
    tests: int = strawberry.field(description="The number of its tests that the runs have.")
    results: int = strawberry.field(description="The number of their results.")
    failures: int = strawberry.field(description="The number of results that failed.")
    pass_rate: float | None = strawberry.field(
        description="The share of results that passed, from 0 to 1; null without a result."
    )
    fails_now: int = strawberry.field(description="The number of tests whose newest result failed.")
    flaky: int = strawberry.field(description="The number of flaky tests.")


@strawberry.type(description="What many runs on a platform say of each test.")
class Insights:
    run_rows: strawberry.Private[list[RunRow]]

    @strawberry.field(
        graphql_type=list[LazyRun],
        description="The runs that are looked at, the newest first.",
        metadata=cost(list_size=30),
    )
    def runs(self) -> list[RunRow]:
        return self.run_rows

    @connection_field(
        maximum=MAX_TESTS,
        description="The tests that any of the runs has.",
    )
    async def tests(
        self,
        info: Info,
        *,
        page: PageArguments,
        order_by: Annotated[
            InsightOrder, strawberry.argument(description="The order of the tests.")
        ] = InsightOrder.REGRESSION_ID,
        filter: Annotated[
            InsightTestFilter | None, strawberry.argument(description="Only tests that match.")
        ] = None,
    ) -> InsightTestConnection | None:
        tests = await _matching(info, await self._tests(info), filter)
        ranking = _RANKINGS[order_by]
        ranked = sorted(map(ranking.ranked, tests), key=itemgetter(0, 1))

        async def count() -> int:
            return len(ranked)

        of_tests = page.paging(ranking.order).page_of(ranked)
        runs = {run.id: run for run in self.run_rows}
        rows: Any = [_insight_of_test(each, runs) for each in of_tests.rows]
        return InsightTestConnection(page=replace(of_tests, rows=rows), count=count)

    @strawberry.field(
        description="The same for each category that one of the tests is in, by name.",
        metadata=cost(list_size=CATEGORIES),
    )
    async def categories(self, info: Info) -> list[InsightCategory]:
        tests = await self._tests(info)
        categories = await info.context.load_many(
            CategoriesByRegressionTestIdLoader, [test.regression_id for test in tests]
        )
        tests_of: dict[int, list[TestInsight]] = defaultdict(list)
        rows: dict[int, CategoryRow] = {}
        for test, of_test in zip(tests, categories, strict=True):
            for category in of_test:
                rows[category.id] = category
                tests_of[category.id].append(test)
        ordered = sorted(rows.values(), key=lambda category: (category.name, category.id))
        return [_insight_of_category(category, tests_of[category.id]) for category in ordered]

    @strawberry.field(
        description="The points of a plot, the oldest first.",
        metadata=cost(list_size=30),
    )
    async def points(
        self,
        info: Info,
        interval: Annotated[
            Interval, strawberry.argument(description="What a point stands for.")
        ] = Interval.RUN,
    ) -> list[InsightPoint]:
        return points_of(self.run_rows, await self._outcomes(info), interval)

    async def _outcomes(self, info: Info) -> list[RunOutcomes]:
        ids = [run.id for run in self.run_rows]
        return await info.context.load_many(OutcomesByRunIdLoader, ids)

    async def _tests(self, info: Info) -> list[TestInsight]:
        outcomes = await self._outcomes(info)
        insights = []
        for test in sorted({test for run in outcomes for test in run.statuses}):
            await pause()
            insights.append(TestInsight(test, outcomes))
        return insights


class _Ranking:
    """An order of tests by a value, and for equal ones by regression id."""

    def __init__(self, name: InsightOrder, type_: Any, value: Callable[[TestInsight], Any]) -> None:
        self.order = Order(f"insight {name}", (column("value", type_), column("id", Integer)))
        self._value = value

    def ranked(self, test: TestInsight) -> "_Ranked":
        """The test with what it is ordered by."""
        return _Ranked(self._value(test), test.regression_id, test)


class _Ranked(NamedTuple):
    key_0: Any
    key_1: int
    test: TestInsight


def _slowness(test: TestInsight) -> int:
    return 1 if test.runtime_ms is None else -test.runtime_ms.p50


def _slowdown(test: TestInsight) -> float:
    slowdown = None if test.runtime_ms is None else test.runtime_ms.slowdown
    return 1.0 if slowdown is None else -slowdown


_RANKINGS = {
    order: _Ranking(order, type_, value)
    for order, type_, value in (
        (InsightOrder.REGRESSION_ID, Integer(), lambda _test: 0),
        (InsightOrder.MOST_FAILURES, Integer(), lambda test: -test.failures),
        (
            InsightOrder.LOWEST_PASS_RATE,
            Float(),
            lambda test: 2.0 if test.pass_rate is None else float(test.pass_rate),
        ),
        (InsightOrder.MOST_STATUS_CHANGES, Integer(), lambda test: -test.status_changes),
        (InsightOrder.SLOWEST, Integer(), _slowness),
        (InsightOrder.LARGEST_SLOWDOWN, Float(), _slowdown),
        (InsightOrder.LONGEST_FAILING, Integer(), lambda test: test.failing_since or MAX_ID),
    )
}


async def _matching(
    info: Info, tests: list[TestInsight], wanted: InsightTestFilter | None
) -> list[TestInsight]:
    if wanted is None:
        return tests
    chosen = set(wanted.regression_ids) if wanted.regression_ids is not None else None
    if conditions := wanted.conditions():
        rows = await info.context.snapshot_for_lists().rows(
            select(tables.RegressionTest.id).where(*conditions)
        )
        ids = {row.id for row in rows}
        chosen = ids if chosen is None else chosen & ids
    return [
        test
        for test in tests
        if (chosen is None or test.regression_id in chosen)
        and wanted.fails_now in (None, test.fails_now)
        and wanted.is_flaky in (None, test.is_flaky)
    ]


def _insight_of_test(ranked: _Ranked, runs: Mapping[int, RunRow]) -> InsightTest:
    test = ranked.test
    return InsightTest(
        regression_id=test.regression_id,
        key_0=ranked.key_0,
        key_1=ranked.key_1,
        statuses=test.statuses,
        results=test.results,
        failures=test.failures,
        pass_rate=test.pass_rate,
        status_changes=test.status_changes,
        is_flaky=test.is_flaky,
        fails_now=test.fails_now,
        failing_since=cast("Run | None", runs.get(test.failing_since or 0)),
        last_pass=cast("Run | None", runs.get(test.last_pass or 0)),
        runtime_ms=cast("RuntimeDistribution | None", test.runtime_ms),
    )


def _insight_of_category(category: CategoryRow, tests: Sequence[TestInsight]) -> InsightCategory:
    results = sum(test.results for test in tests)
    failures = sum(test.failures for test in tests)
    return InsightCategory(
        category=category,  # type: ignore[arg-type]
        tests=len(tests),
        results=results,
        failures=failures,
        pass_rate=pass_rate(results - failures, results),
        fails_now=sum(test.fails_now for test in tests),
        flaky=sum(test.is_flaky for test in tests),
    )
