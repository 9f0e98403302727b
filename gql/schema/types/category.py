import strawberry

from gql.loaders.category import CategoryRow
from gql.schema.node import Node


@strawberry.type(description="A group of regression tests, such as `DVB` or `Teletext`.")
class Category(Node, CategoryRow):
    id: int = strawberry.field(description="The number of the category.")
    name: str | None = strawberry.field(description="The name of the category.")
    description: str | None = strawberry.field(description="What the tests of the category cover.")
