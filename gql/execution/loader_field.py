"""Fields whose values are loaded: for one object, or for all objects of a level."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gql.request.context import Context

LOADER_FIELD = "loader_field"


@dataclass(frozen=True)
class LoaderField:
    """How a field gets its value for each of several objects, of which it reads `attributes`."""

    attributes: tuple[str, ...]
    load_many: Callable[[Context, Sequence[Any]], Awaitable[list[Any]]]

    async def load(self, context: Context, object_: Any) -> Any:
        """The field's value for an object."""
        [value] = await self.load_many(context, [object_])
        return value
