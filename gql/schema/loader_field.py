"""Fields whose value comes from a loader."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import strawberry

from gql.loaders.base import Loader
from gql.request.context import Context, Info

LOADER_FIELD = "loader_field"


@dataclass(frozen=True)
class LoaderField:
    """How a field gets its values from a loader."""

    loader: type[Loader[Any, Any]]
    key_of: Callable[[Any], Any]
    value_of: Callable[[Any], Any] | None

    async def load(self, context: Context, object_: Any) -> Any:
        """The field's value for an object."""
        [value] = await self.load_many(context, [object_])
        return value

    async def load_many(self, context: Context, objects: Sequence[Any]) -> list[Any]:
        """The field's value for each object."""
        keys = list(map(self.key_of, objects))
        if None in keys:
            loaded = iter(
                await context.load_many(self.loader, [key for key in keys if key is not None])
            )
            values = [None if key is None else next(loaded) for key in keys]
        else:
            values = await context.load_many(self.loader, keys)
        return values if self.value_of is None else list(map(self.value_of, values))


def loader_field(
    loader: type[Loader[Any, Any]],
    *key: str,
    description: str,
    value_of: Callable[[Any], Any] | None = None,
    metadata: Mapping[Any, Any] = MappingProxyType({}),
) -> Any:
    """A field whose value a loader loads, with the object's attributes `key` as its key.

    The value is None if the key is None. `value_of` converts what the loader returns.
    """
    field = LoaderField(loader, attrgetter(*key), value_of)

    def resolve(self: Any, info: Info) -> Awaitable[Any]:
        return field.load(info.context, self)

    return strawberry.field(
        resolver=resolve, description=description, metadata={**metadata, LOADER_FIELD: field}
    )
