from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from gql.domain.base_selection import BaseSelection
from gql.domain.comparison import Change, ChangeVerdict, Comparison, ComparisonWarning
from gql.errors import BadInput
from gql.execution.field_cost import CHANGES_OF_A_RUN, cost
from gql.loaders.base_run import BaseByRunIdLoader
from gql.loaders.comparison import ComparisonByRunIdsLoader
from gql.loaders.occurrence import RUNS_FOR_ONLY_HERE, TestsFailingOnlyHereByRunIdLoader
from gql.loaders.output import ProducedHashesByRunIdLoader
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader, RunRow
from gql.loaders.sample import SampleRow
from gql.pacing import pause
from gql.request.base_reason import reason_of_named_base, reason_of_picked_base
from gql.request.context import Context
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.sample import Sample

if TYPE_CHECKING:
    from gql.schema.types.run import Run

BaseRun = Annotated[
    int | None,
    strawberry.argument(
        description="The number of the run to compare with. Without it, the gateway picks one."
    ),
]
Against = Annotated[
    BaseSelection, strawberry.argument(description="How to pick the base if you do not name one.")
]


@strawberry.type(description="A regression test that has a result in one of two runs, or in both.")
class SampleChange:
    regression_id: strawberry.Private[int]

    verdict: ChangeVerdict = strawberry.field(
        description="What became of the test, from the base to the head."
    )
    head: Sample | None = strawberry.field(
        description="The sample in the head; null if the test is not part of the head."
    )
    base: Sample | None = strawberry.field(
        description="The sample in the base; null if the test is not part of the base."
    )

    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The definition of the test."
    )


@strawberry.type(
    description="The number of tests with each verdict. Every result of either run counts once."
)
class ChangeCounts:
    broken_here: int = strawberry.field(
        description="Tests that passed in the base and fail in the head."
    )
    fixed_here: int = strawberry.field(
        description="Tests that failed in the base and pass in the head."
    )
    failing_differently: int = strawberry.field(
        description="Tests that fail in both, with different failures."
    )
    failing_identically: int = strawberry.field(
        description="Tests that fail in both, with the same failure."
    )
    not_rerun: int = strawberry.field(
        description="Tests that have a result in the base and none in the head."
    )
    no_reference: int = strawberry.field(
        description="Tests that have a result in the head and none in the base."
    )
    unchanged_pass: int = strawberry.field(description="Tests that pass in both.")


@strawberry.type(description="How far two runs can be compared.")
class Coverage:
    compared: int = strawberry.field(description="Tests that have a result in both runs.")
    head_only: int = strawberry.field(
        description="Tests that have a result in the head only: `counts.noReference`."
    )
    base_only: int = strawberry.field(
        description="Tests that have a result in the base only: `counts.notRerun`."
    )
    warnings: list[ComparisonWarning] = strawberry.field(
        description="Why the comparison may mislead you; empty if nothing speaks against it."
    )


_CHANGES = cost(list_size=CHANGES_OF_A_RUN)

_NEWS = [verdict for verdict in ChangeVerdict if verdict is not ChangeVerdict.UNCHANGED_PASS]


@strawberry.type(
    description="A comparison of two runs, test by test. All lists are ordered by regression id."
)
class RunComparison:
    reason: strawberry.Private[str | None]

    head: Annotated["Run", strawberry.lazy("gql.schema.types.run")] = strawberry.field(
        description="The run that is judged."
    )
    base: Annotated["Run", strawberry.lazy("gql.schema.types.run")] | None = strawberry.field(
        description="The run it is compared with; null if no run qualifies."
    )

    async def _comparison(self, info: Info) -> Comparison[SampleRow]:
        key = (self.head.id, None if self.base is None else self.base.id)
        comparison = await info.context.load(ComparisonByRunIdsLoader, key)
        await pause()  # A query may ask for hundreds of these lists, hundreds of rows each.
        return comparison

    @strawberry.field(
        description="How the base was chosen, its age and what it covers, in one sentence. "
        "The database records no parent commits: the head need not start from it."
    )
    async def base_reason(self, info: Info) -> str:
        if self.base is None or self.reason is not None:
            return self.reason or ""
        comparison = await self._comparison(info)
        return reason_of_named_base(
            self.head, self.base, covered=comparison.covered, samples=comparison.samples
        )

    @strawberry.field(description="The number of tests with each verdict.")
    async def counts(self, info: Info) -> ChangeCounts:
        counts = (await self._comparison(info)).counts
        return ChangeCounts(**{str(verdict): counts[verdict] for verdict in ChangeVerdict})

    @strawberry.field(description="How many tests are compared, and what may mislead you.")
    async def coverage(self, info: Info) -> Coverage:
        comparison = await self._comparison(info)
        return Coverage(
            compared=len(comparison.compared),
            head_only=comparison.counts[ChangeVerdict.NO_REFERENCE],
            base_only=comparison.counts[ChangeVerdict.NOT_RERUN],
            warnings=list(comparison.warnings(self.head, self.base)),
        )

    @strawberry.field(
        graphql_type=list[SampleChange] | None,
        description="The tests that have a result in either run, each with its verdict.",
        metadata=cost(list_size=CHANGES_OF_A_RUN, argument_rows={"onlyHere": 2000}),
    )
    async def changes(
        self,
        info: Info,
        verdicts: Annotated[
            list[ChangeVerdict] | None,
            strawberry.argument(
                description="Only tests with one of these verdicts. The default is all but "
                "`UNCHANGED_PASS`."
            ),
        ] = None,
        only_here: Annotated[
            bool | None,
            strawberry.argument(
                description="Whether to list only tests that fail in the head in a way that no "
                "run of a commit and no other pull request does, of the newest "
                f"{RUNS_FOR_ONLY_HERE} completed runs on the platform."
            ),
        ] = None,
    ) -> list[Change[SampleRow]]:
        comparison = await self._comparison(info)
        changes = comparison.with_verdict(_NEWS if verdicts is None else verdicts)
        if not only_here:
            return changes
        tests = await info.context.load(TestsFailingOnlyHereByRunIdLoader, self.head.id)
        return [change for change in changes if change.regression_id in tests]

    @strawberry.field(
        graphql_type=list[SampleChange],
        description="Tests that have a result in both runs, and produced other files in the head "
        "than in the base, even if both pass.",
        metadata=_CHANGES,
    )
    async def output_changed(self, info: Info) -> list[Change[SampleRow]]:
        comparison = await self._comparison(info)
        if self.base is None:
            return []
        ids = (self.head.id, self.base.id)
        produced = await info.context.load_many(ProducedHashesByRunIdLoader, ids)
        return comparison.with_other_output(*produced)

    @strawberry.field(
        graphql_type=list[SampleChange] | None,
        description="Tests that have a result in both runs, and whose runtime grew or shrank by "
        "at least this factor.",
        metadata=_CHANGES,
    )
    async def runtime_changed(
        self,
        info: Info,
        factor: Annotated[
            float, strawberry.argument(description="The factor, greater than 1.")
        ] = 2.0,
    ) -> list[Change[SampleRow]]:
        if not factor > 1:
            raise BadInput(f"factor is {factor:g}, and must be greater than 1.", argument="factor")
        comparison = await self._comparison(info)
        return [change for change in comparison.compared if _has_other_runtime(change, factor)]


def _has_other_runtime(change: Change[SampleRow], factor: float) -> bool:
    if change.head is None or change.base is None:
        return False
    head, base = change.head.runtime_ms, change.base.runtime_ms
    if head is None or base is None:
        return False
    shorter, longer = sorted((head, base))
    return longer > shorter and longer >= shorter * factor


async def comparison_of(
    context: Context, head: RunRow, base_id: int | None, against: BaseSelection
) -> RunComparison | None:
    """The comparison of a run with another; None if the one named does not exist."""
    if base_id is not None:
        named = await context.load(RunByIdLoader, base_id)
        return None if named is None else _comparison(head, named)
    picked = await context.load(BaseByRunIdLoader, (head.id, against))
    base = None if picked is None else picked.run
    return _comparison(head, base, reason_of_picked_base(head, picked, against))


def _comparison(head: RunRow, base: RunRow | None, reason: str | None = None) -> RunComparison:
    return RunComparison(
        head=cast("Run", head),
        base=cast("Run | None", base),
        reason=reason,
    )
