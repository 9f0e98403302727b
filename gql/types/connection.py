"""Relay connections over pages of rows."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import strawberry
from strawberry.relay import PageInfo

from gql.pagination import Page

Node = TypeVar("Node")


@strawberry.type(description="A row of a connection and where it stands.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description="Where this row stands: give it as `after` or `before` to go on from here."
    )
    node: Node = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list, in the way of Relay's cursor connections.")
class Connection(Generic[Node]):
    page: strawberry.Private[Page]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The rows of the page with their cursors.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.cursor(row), node=row) for row in self.page.rows]

    @strawberry.field(description="The rows of the page.")
    def nodes(self) -> list[Node]:
        return self.page.rows

    @strawberry.field(description="Whether the list goes on, and from where.")
    def page_info(self) -> PageInfo:
        rows = self.page.rows
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self.page.cursor(rows[0]) if rows else None,
            end_cursor=self.page.cursor(rows[-1]) if rows else None,
        )

    @strawberry.field(description="How many rows the whole list has. Counted only when asked for.")
    async def total_count(self) -> int:
        return await self.count()
