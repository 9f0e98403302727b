"""The connections, each with the type of its rows and what its `totalCount` means."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.execution.field_cost import SAMPLES_OF_A_RUN, cost
from gql.schema.connection import Connection

if TYPE_CHECKING:
    from gql.schema.types.media import Media
    from gql.schema.types.regression_test import RegressionTest
    from gql.schema.types.revision import Revision
    from gql.schema.types.run import Run
    from gql.schema.types.sample import Sample

# Of a page of a run's samples, however small it is, half of the run is read.
SAMPLES_COST = cost(
    extra_rows=10,
    list_size=SAMPLES_OF_A_RUN,
    least_rows=120,
    argument_rows={"filter": 200, "orderBy": 50},
)


@strawberry.type(description="A page of runs.")
class RunConnection(Connection[Annotated["Run", strawberry.lazy("gql.schema.types.run")]]):
    @strawberry.field(
        description="The number of runs that match the filter. Null under a filter by `statuses`, "
        "where counting would read the results of every run.",
        metadata=cost(extra_rows=100),
    )
    async def total_count(self) -> int | None:
        return await self.count_rows()


@strawberry.type(description="A page of revisions.")
class RevisionConnection(
    Connection[Annotated["Revision", strawberry.lazy("gql.schema.types.revision")]]
):
    @strawberry.field(description="The number of revisions that match the filter.")
    async def total_count(self) -> int | None:
        return await self.count_rows()


@strawberry.type(description="A page of samples.")
class SampleConnection(Connection[Annotated["Sample", strawberry.lazy("gql.schema.types.sample")]]):
    @strawberry.field(
        description="The number of samples that match the filter. Always null in "
        "`RegressionTest.history`, where counting would read the results of every run.",
        metadata=cost(extra_rows=50),
    )
    async def total_count(self) -> int | None:
        return await self.count_rows()


@strawberry.type(description="A page of regression tests.")
class RegressionTestConnection(
    Connection[Annotated["RegressionTest", strawberry.lazy("gql.schema.types.regression_test")]]
):
    @strawberry.field(description="The number of regression tests that match the filter.")
    async def total_count(self) -> int | None:
        return await self.count_rows()


@strawberry.type(description="A page of media files.")
class MediaConnection(Connection[Annotated["Media", strawberry.lazy("gql.schema.types.media")]]):
    @strawberry.field(description="The number of media files that match the filter.")
    async def total_count(self) -> int | None:
        return await self.count_rows()
