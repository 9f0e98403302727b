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
from gql.execution.read_ahead import read_ahead
from gql.schema.arguments import number

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
                message = f"{name} is {size}, and must be from 0 to {self.maximum}."
                raise BadInput(message, argument=name)
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
            f"{argument} is not a valid cursor for this connection.", argument=argument
        ) from None


def connection_field(
    *, maximum: int, description: str, metadata: Mapping[Any, Any] = MappingProxyType({})
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a resolver with a keyword `page: PageArguments` a connection.

    In place of `page` the field has the arguments `first`, `after`, `last` and `before`; a page
    has up to `maximum` rows.
    """
    first = number(
        0,
        maximum,
        description=f"The number of rows from the start, up to {maximum}. "
        f"The default is {DEFAULT_PAGE_SIZE}.",
    )
    last = number(0, maximum, description=f"The number of rows from the end, up to {maximum}.")
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


@strawberry.type(description="A row of a page with its cursor.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(
        description="The cursor of this row. Pass it as `after` or `before` to continue from here."
    )
    node: Node = strawberry.field(description="The row.")


@strawberry.type
class Connection(Generic[Node]):
    """A page of rows as a Relay connection; each kind of row has a subclass that describes it."""

    page: strawberry.Private[Page[Any]]
    count: strawberry.Private[Callable[[], Awaitable[int]] | None]

    @strawberry.field(
        description="The rows of the page, each with its cursor.", metadata=read_ahead
    )
    def edges(self) -> list[Edge[Node]]:
        return [Edge(cursor=self.page.order.cursor(row), node=row) for row in self.page.rows]

    @strawberry.field(description="The rows of the page.", metadata=read_ahead)
    def nodes(self) -> list[Node]:
        return self.page.rows

    @strawberry.field(
        description="Whether more rows follow, and the cursors to continue from.",
        metadata=read_ahead,
    )
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self.page.start,
            end_cursor=self.page.end,
        )

    async def count_rows(self) -> int | None:
        """The number of rows of the whole list; None where counting would read too much."""
        if self.count is None:
            return None
        is_whole_list = not self.page.has_previous and not self.page.has_next
        return len(self.page.rows) if is_whole_list else await self.count()
