import strawberry

from gql.domain.github import pull_request_url
from gql.loaders.revision import REVISIONS_NEWEST_FIRST
from gql.request import queries
from gql.schema.connection import PageArguments, connection_field
from gql.schema.filters.revision import RevisionFilter
from gql.schema.info import Info
from gql.schema.types.connections import RevisionConnection
from gql.schema.types.revision import Revision

MAX_REVISIONS = 100


@strawberry.type(description="A pull request of the main repository that was tested.")
class PullRequest:
    number: int = strawberry.field(description="Its number.")
    latest: Revision = strawberry.field(description="The commit that was tested last.")

    @strawberry.field(description="Its page on GitHub.")
    def url(self) -> str:
        return pull_request_url(self.number)

    @connection_field(
        maximum=MAX_REVISIONS, description="Its commits that were tested, the newest run first."
    )
    async def revisions(self, info: Info, *, page: PageArguments) -> RevisionConnection | None:
        of_it = RevisionFilter(pull_request=self.number)
        paging = page.paging(REVISIONS_NEWEST_FIRST)
        return RevisionConnection(
            page=await queries.page_of_revisions(
                info.context, paging, of_it.conditions(), of_few_runs=True
            ),
            count=lambda: queries.count_revisions(info.context, of_it.conditions()),
        )
