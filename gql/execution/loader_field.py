"""Fields whose value comes from a loader: for one object, or for all objects of a level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from gql.loaders.base import Loader
from gql.request.context import Context

LOADER_FIELD = "loader_field"


@dataclass(frozen=True)
class LoaderField:
    """How a field gets its values from a loader."""

    loader: type[Loader[Any, Any]]
    key: tuple[str, ...]
    value_of: Callable[[Any], Any] | None

    async def load(self, context: Context, object_: Any) -> Any:
        """The field's value for an object."""
        [value] = await self.load_many(context, [object_])
        return value

    async def load_many(self, context: Context, objects: Sequence[Any]) -> list[Any]:
        """The field's value for each object."""
        keys = list(map(attrgetter(*self.key), objects))
        if None in keys:
            loaded = iter(
                await context.load_many(self.loader, [key for key in keys if key is not None])
            )
            values = [None if key is None else next(loaded) for key in keys]
        else:
            values = await context.load_many(self.loader, keys)
        return values if self.value_of is None else list(map(self.value_of, values))
