import strawberry

from gql.schema.node import Node


@strawberry.type(description="A group of regression tests, such as `DVB` or `Teletext`.")
class Category(Node):
    id: int = strawberry.field(description="The category's number.")
    name: str = strawberry.field(description="Its name, by which lists of categories are ordered.")
    description: str = strawberry.field(description="What the tests in it are about.")
