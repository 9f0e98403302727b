import strawberry

from gql.execution.field_cost import SAMPLES_OF_A_RUN, cost
from gql.loaders.run import RunByIdLoader, RunRow
from gql.loaders.sample import SampleByRunAndRegressionIdLoader, SampleCountByRunIdLoader, SampleRow
from gql.schema.info import Info
from gql.schema.types.run import Run
from gql.schema.types.sample import Sample


@strawberry.type(
    description="The progress of a run. Everything in one event is read from one snapshot "
    "of the database."
)
class RunProgress:
    run_id: strawberry.Private[int]
    new_regression_ids: strawberry.Private[list[int]]

    completed: int = strawberry.field(description="The number of samples with a result.")

    @strawberry.field(
        description="The number of samples of the run. A run can end with fewer completed:"
        " the rest are skipped."
    )
    async def total(self, info: Info) -> int:
        return await info.context.load(SampleCountByRunIdLoader, (self.run_id, None))

    @strawberry.field(graphql_type=Run, description="The run.")
    async def run(self, info: Info) -> RunRow | None:
        return await info.context.load(RunByIdLoader, self.run_id)

    @strawberry.field(
        graphql_type=list[Sample],
        description="The samples that got a result since the last event, ordered by "
        "regression id. The first event has all samples with a result.",
        metadata=cost(list_size=SAMPLES_OF_A_RUN),
    )
    async def new_samples(self, info: Info) -> list[SampleRow | None]:
        keys = [(self.run_id, regression_id) for regression_id in self.new_regression_ids]
        return await info.context.load_many(SampleByRunAndRegressionIdLoader, keys)
