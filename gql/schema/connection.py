"""Relay connections over pages of rows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Generic, TypeVar

import strawberry
from strawberry.relay import PageInfo

from gql.compat.strawberry import StrawberryArgumentAnnotation
from gql.database.pagination import DEFAULT_PAGE_SIZE, Page

Node = TypeVar("Node")

AfterCursor = Annotated[str | None, strawberry.argument(description="Only rows after this cursor.")]
BeforeCursor = Annotated[
    str | None, strawberry.argument(description="Only rows before this cursor.")
]


def how_many_first(maximum: int) -> StrawberryArgumentAnnotation:
    """The description of `first` for a connection with pages of up to `maximum` rows."""
    return strawberry.argument(
        description=f"The number of rows from the start, up to {maximum}. "
        f"The default is {DEFAULT_PAGE_SIZE}."
    )


def how_many_last(maximum: int) -> StrawberryArgumentAnnotation:
    """The description of `last` for a connection with pages of up to `maximum` rows."""
    return strawberry.argument(description=f"The number of rows from the end, up to {maximum}.")


@strawberry.type(description="A row of a page with its cursor.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description="The cursor of this row. Pass it as `after` or `before` to continue from here."
    )
    node: Node = strawberry.field(description="The row.")


@strawberry.type
class Connection(Generic[Node]):
    """A page of rows as a Relay connection; each kind of row has a subclass that describes it."""

    page: strawberry.Private[Page]
    count: strawberry.Private[Callable[[], Awaitable[int]] | None]

    @strawberry.field(description="The rows of the page, each with its cursor.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.order.cursor(row), node=row) for row in self.page.rows]

    @strawberry.field(description="The rows of the page.")
    def nodes(self) -> list[Node]:
        return self.page.rows

    @strawberry.field(description="Whether more rows follow, and the cursors to continue from.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self.page.start,
            end_cursor=self.page.end,
        )

    async def count_rows(self) -> int | None:
        """The number of rows of the whole list; None where counting would read too much."""
        return None if self.count is None else await self.count()
