from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from gql.execution.field_cost import cost
from gql.loaders.release import ReleaseRow
from gql.loaders.revision import RevisionByCommitLoader, RevisionRow
from gql.schema.info import Info

if TYPE_CHECKING:
    from gql.schema.types.revision import Revision


@strawberry.type(description="A released version of the extractor.")
class Release(ReleaseRow):
    version: str | None = strawberry.field(description="The number of the version, such as `0.94`.")
    commit: str | None = strawberry.field(description="The hash of the released commit.")
    released_at: date | None = strawberry.field(description="The day of the release.")

    @strawberry.field(
        graphql_type=Annotated["Revision", strawberry.lazy("gql.schema.types.revision")] | None,
        description="The released commit with its runs; null if no run of a branch tested it.",
        metadata=cost(extra_rows=100),
    )
    async def revision(self: ReleaseRow, info: Info) -> RevisionRow | None:
        if not self.commit:
            return None
        return await info.context.load(RevisionByCommitLoader, (self.commit, 0))
