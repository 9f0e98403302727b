import strawberry

from gql.domain.github import repository_name, repository_url
from gql.loaders.fork import ForkRow
from gql.schema.node import Node


@strawberry.type(description="A repository whose commits the platform tests.")
class Fork(Node, ForkRow):
    id: int = strawberry.field(description="The fork's number.")

    @strawberry.field(description="The page of the repository on GitHub.")
    def url(self: ForkRow) -> str | None:
        return None if self.clone_url is None else repository_url(self.clone_url)

    @strawberry.field(description="The owner and name, such as `CCExtractor/ccextractor`.")
    def name(self: ForkRow) -> str | None:
        return None if self.clone_url is None else repository_name(self.clone_url)
