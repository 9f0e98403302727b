"""Relay connections over pages of rows, and their arguments."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.relay import PageInfo

from gql.database.pagination import DEFAULT_PAGE_SIZE, Order, Page, Paging
from gql.errors import BadInput

Node = TypeVar("Node")

_AFTER = strawberry.argument(description="Only rows after this cursor.")
_BEFORE = strawberry.argument(description="Only rows before this cursor.")


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The arguments of a connection."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    maximum: int

    def paging(self, order: Order) -> Paging:
        """The page that they ask for; raises BadInput that names the invalid argument."""
        if self.first is not None and self.last is not None:
            raise BadInput("Give first or last, not both.", argument="last")
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and not 0 <= size <= self.maximum:
                raise BadInput(f"{name} must be from 0 to {self.maximum}.", argument=name)
        limit = self.last if self.last is not None else self.first
        return Paging(
            order,
            limit=DEFAULT_PAGE_SIZE if limit is None else limit,
            after=_keys_of("after", self.after, order),
            before=_keys_of("before", self.before, order),
            backward=self.last is not None,
        )


def _keys_of(argument: str, cursor: str | None, order: Order) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        return order.keys_of(cursor)
    except ValueError:
        raise BadInput(
            f"{argument} must be a cursor that this connection gave out.", argument=argument
        ) from None


def connection_field(
    *, maximum: int, description: str, metadata: Mapping[Any, Any] = MappingProxyType({})
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a resolver with a keyword `page: PageArguments` a connection.

    In place of `page` the field has the arguments `first`, `after`, `last` and `before`; a page
    has up to `maximum` rows.
    """
    first = strawberry.argument(
        description=f"How many rows from the start of the list: up to {maximum}, "
        f"{DEFAULT_PAGE_SIZE} by default."
    )
    last = strawberry.argument(
        description=f"How many rows from the end of the list: up to {maximum}."
    )
    arguments = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=type_)
        for name, type_ in {
            "first": Annotated[int | None, first],
            "after": Annotated[str | None, _AFTER],
            "last": Annotated[int | None, last],
            "before": Annotated[str | None, _BEFORE],
        }.items()
    ]

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        @wraps(resolver)
        async def resolve(*positional: Any, **named: Any) -> Any:
            given = {each.name: named.pop(each.name, None) for each in arguments}
            return await resolver(
                *positional, page=PageArguments(**given, maximum=maximum), **named
            )

        signature = inspect.signature(resolver)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            parameters += arguments if parameter.name == "page" else [parameter]
        resolve.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return strawberry.field(resolver=resolve, description=description, metadata=metadata)

    return decorate


@strawberry.type(description="A row of a connection with its cursor.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description="The position of this row: pass it as `after` or `before` to continue here."
    )
    node: Node = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list, as a Relay cursor connection.")
class Connection(Generic[Node]):
    page: strawberry.Private[Page[Any]]
    count: strawberry.Private[Callable[[], Awaitable[int]] | None]

    @strawberry.field(description="The rows of the page with their cursors.")
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.order.cursor(row), node=row) for row in self.page.rows]

    @strawberry.field(description="The rows of the page.")
    def nodes(self) -> list[Node]:
        return self.page.rows

    @strawberry.field(description="Whether the list continues, and from which cursors.")
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
