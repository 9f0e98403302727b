"""Relay connections over pages of rows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Generic, TypeVar

import strawberry
from strawberry.relay import PageInfo
from strawberry.types.arguments import StrawberryArgumentAnnotation

from gql.database.pagination import DEFAULT_PAGE_SIZE, Page

Node = TypeVar("Node")

AfterCursor = Annotated[
    str | None, strawberry.argument(description="Give the rows that follow this cursor.")
]
BeforeCursor = Annotated[
    str | None, strawberry.argument(description="Give the rows that precede this cursor.")
]


def how_many_first(maximum: int) -> StrawberryArgumentAnnotation:
    """What `first` means in a connection with pages of that many rows at most."""
    return strawberry.argument(
        description=f"How many rows to give from the start, {maximum} at most; "
        f"{DEFAULT_PAGE_SIZE} unless told."
    )


def how_many_last(maximum: int) -> StrawberryArgumentAnnotation:
    """What `last` means in a connection with pages of that many rows at most."""
    return strawberry.argument(
        description=f"How many rows to give from the end, {maximum} at most."
    )


@strawberry.type(description="A row of a connection and where it stands.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description="Where this row stands: give it as `after` or `before` to go on from here."
    )
    node: Node = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list, in the way of Relay's cursor connections.")
class Connection(Generic[Node]):
    page: strawberry.Private[Page]
    count: strawberry.Private[Callable[[], Awaitable[int]] | None]

    @strawberry.field(description="The rows of the page with their cursors.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.order.cursor(row), node=row) for row in self.page.rows]

    @strawberry.field(description="The rows of the page.")
    def nodes(self) -> list[Node]:
        return self.page.rows

    @strawberry.field(description="Whether the list goes on, and from where.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self.page.start,
            end_cursor=self.page.end,
        )

    @strawberry.field(
        description="How many rows the whole list has, counted only when asked for. Null where "
        "counting would read the results of every run: under a filter by state or status of runs."
    )
    async def total_count(self) -> int | None:
        return None if self.count is None else await self.count()
