import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from gql.database.tables import RunTrigger
from gql.domain.base_selection import BaseSelection
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME
from gql.domain.status import FAILURES, SampleStatus
from gql.errors import BadInput
from gql.execution.field_cost import SAMPLES_OF_A_RUN, cost
from gql.loaders.base_run import BaseRunIdByRunIdLoader
from gql.loaders.output import ProducedHashesByRunIdLoader, ProducedHashRow
from gql.loaders.regression_test import RegressionTestByIdLoader
from gql.loaders.run import RunByIdLoader, RunRow
from gql.loaders.sample import SampleRow, SamplesByRunIdLoader
from gql.pacing import pause
from gql.request.context import Context
from gql.schema.enums import document
from gql.schema.info import Info
from gql.schema.loader_field import loader_field
from gql.schema.types.regression_test import RegressionTest
from gql.schema.types.sample import Sample

if TYPE_CHECKING:
    from gql.schema.types.run import Run

document(
    BaseSelection,
    "How the gateway picks the base of a comparison: always a completed run on the same platform. "
    f"For a pull request it is a run of `{MAIN_BRANCH}` of {MAIN_REPOSITORY_NAME}, otherwise one "
    "of the same fork and branch.",
    {
        BaseSelection.BEFORE: "The latest one that is older than the run. The database records no "
        "parent commits: the run need not start from it.",
        BaseSelection.LATEST: "The latest one, even if it is newer than the run.",
    },
)


BaseRun = Annotated[
    int | None,
    strawberry.argument(
        description="The number of the run to compare with. Without it, the gateway picks one."
    ),
]
Against = Annotated[
    BaseSelection, strawberry.argument(description="How to pick the base if you do not name one.")
]


@strawberry.type(
    description="A regression test whose results differ between two runs, or that only one of "
    "them has."
)
class SampleChange:
    regression_id: strawberry.Private[int]

    head: Sample | None = strawberry.field(
        description="The sample in the head; null if the head does not have the test."
    )
    base: Sample | None = strawberry.field(
        description="The sample in the base; null if the base does not have the test."
    )

    regression_test: RegressionTest = loader_field(
        RegressionTestByIdLoader, "regression_id", description="The definition of the test."
    )


# Each list may hold all tests of either run.
_CHANGES = cost(list_size=SAMPLES_OF_A_RUN)


def _is_failing(sample: SampleRow | None) -> bool:
    return sample is not None and sample.status in FAILURES


def _is_passing(sample: SampleRow | None) -> bool:
    return sample is not None and sample.status is SampleStatus.PASS


@strawberry.type(
    description="A comparison of two runs, test by test. All lists are ordered by "
    "regression id, and empty without a base."
)
class RunComparison:
    head: Annotated["Run", strawberry.lazy("gql.schema.types.run")] = strawberry.field(
        description="The run that is judged."
    )
    base: Annotated["Run", strawberry.lazy("gql.schema.types.run")] | None = strawberry.field(
        description="The run it is compared with; null if no run qualifies."
    )
    base_reason: str = strawberry.field(
        description="The reason why this run is the base, in one sentence."
    )

    async def _changes(
        self, info: Info, is_wanted: Callable[[Sample | None, Sample | None], bool]
    ) -> list[SampleChange]:
        if self.base is None:
            return []
        run_ids = (self.head.id, self.base.id)
        rows = await info.context.load_many(SamplesByRunIdLoader, run_ids)
        head, base = (
            {sample.regression_id: sample for sample in samples}
            for samples in cast("list[list[Sample]]", rows)
        )
        await pause()  # A query may ask for hundreds of these lists, hundreds of rows each.
        return [
            SampleChange(regression_id=test, head=head.get(test), base=base.get(test))
            for test in sorted({*head, *base})
            if is_wanted(head.get(test), base.get(test))
        ]

    @strawberry.field(
        description="Tests that passed in the base and fail in the head.",
        metadata=_CHANGES,
    )
    async def newly_failing(self, info: Info) -> list[SampleChange]:
        return await self._changes(info, lambda h, b: _is_passing(b) and _is_failing(h))

    @strawberry.field(
        description="Tests that failed in the base and pass in the head.",
        metadata=_CHANGES,
    )
    async def newly_fixed(self, info: Info) -> list[SampleChange]:
        return await self._changes(info, lambda h, b: _is_failing(b) and _is_passing(h))

    @strawberry.field(
        description="Tests that fail in both, in the same or in different ways.",
        metadata=_CHANGES,
    )
    async def still_failing(self, info: Info) -> list[SampleChange]:
        return await self._changes(info, lambda h, b: _is_failing(b) and _is_failing(h))

    @strawberry.field(
        description="Tests that only the head has.",
        metadata=_CHANGES,
    )
    async def added(self, info: Info) -> list[SampleChange]:
        return await self._changes(info, lambda _, b: b is None)

    @strawberry.field(
        description="Tests that only the base has.",
        metadata=_CHANGES,
    )
    async def removed(self, info: Info) -> list[SampleChange]:
        return await self._changes(info, lambda h, _: h is None)

    @strawberry.field(
        description="Tests whose produced files differ from those of the base, even if both pass.",
        metadata=_CHANGES,
    )
    async def output_changed(self, info: Info) -> list[SampleChange]:
        if self.base is None:
            return []
        head, base = (
            _hashes_by_test(files)
            for files in await asyncio.gather(
                info.context.load(ProducedHashesByRunIdLoader, self.head.id),
                info.context.load(ProducedHashesByRunIdLoader, self.base.id),
            )
        )

        def has_changed(h: SampleRow | None, b: SampleRow | None) -> bool:
            if h is None or b is None:
                return False
            return head.get(h.regression_id) != base.get(b.regression_id)

        return await self._changes(info, has_changed)

    @strawberry.field(
        description="Tests whose runtime grew or shrank by at least this factor.",
        metadata=_CHANGES,
    )
    async def runtime_changed(
        self,
        info: Info,
        factor: Annotated[
            float, strawberry.argument(description="The factor, greater than 1.")
        ] = 2.0,
    ) -> list[SampleChange] | None:
        if not factor > 1:
            raise BadInput(f"factor is {factor:g}, and must be greater than 1.", argument="factor")

        def has_changed(h: SampleRow | None, b: SampleRow | None) -> bool:
            if h is None or b is None or h.runtime_ms is None or b.runtime_ms is None:
                return False
            shorter, longer = sorted((h.runtime_ms, b.runtime_ms))
            return bool(longer > shorter and longer >= shorter * factor)

        return await self._changes(info, has_changed)


def _hashes_by_test(files: Iterable[ProducedHashRow]) -> dict[int, dict[int, str | None]]:
    hashes: dict[int, dict[int, str | None]] = {}
    for file in files:
        hashes.setdefault(file.regression_id, {})[file.output_id] = file.hash
    return hashes


async def comparison_of(
    context: Context, head: RunRow, base_id: int | None, against: BaseSelection
) -> RunComparison | None:
    """The comparison of a run with another; None if the one named does not exist."""
    if base_id is not None:
        base = await context.load(RunByIdLoader, base_id)
        return _comparison(head, base, _NAMED) if base else None
    picked_id = await context.load(BaseRunIdByRunIdLoader, (head.id, against))
    picked = None if picked_id is None else await context.load(RunByIdLoader, picked_id)
    return _comparison(head, picked, _reason(head, picked, against))


def _comparison(head: RunRow, base: RunRow | None, reason: str) -> RunComparison:
    return RunComparison(head=cast("Run", head), base=cast("Run | None", base), base_reason=reason)


_NAMED = "You named it in the query."


def _reason(head: RunRow, base: RunRow | None, against: BaseSelection) -> str:
    branch = f"{head.branch} of the same fork"
    if head.trigger is RunTrigger.PULL_REQUEST:
        branch = f"{MAIN_BRANCH} of {MAIN_REPOSITORY_NAME}"
    before = f" before run {head.id}" if against is BaseSelection.BEFORE else ""
    if base is None:
        return f"There is no completed run of {branch} on {head.platform}{before}."
    return f"It is the latest completed run of {branch} on {head.platform}{before}."
