"""Fields that a loader gives: `loaded` where a resolver would do no more than ask it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import strawberry

from gql.loaders.base import Loader
from gql.request.context import Context, Info

LOAD = "load"


@dataclass(frozen=True)
class Load:
    """How to get a field's value from a loader."""

    loader: type[Loader[Any, Any]]
    key_of: Callable[[Any], Any]
    value_of: Callable[[Any], Any] | None

    async def one(self, context: Context, object_: Any) -> Any:
        """The field's value for an object."""
        [value] = await self.many(context, [object_])
        return value

    async def many(self, context: Context, objects: Sequence[Any]) -> list[Any]:
        """The field's value for each object."""
        keys = list(map(self.key_of, objects))
        if None in keys:
            known = iter(
                await context.load_many(self.loader, [key for key in keys if key is not None])
            )
            values = [None if key is None else next(known) for key in keys]
        else:
            values = await context.load_many(self.loader, keys)
        return values if self.value_of is None else list(map(self.value_of, values))


def loaded(
    loader: type[Loader[Any, Any]],
    *key: str,
    description: str,
    value_of: Callable[[Any], Any] | None = None,
    metadata: Mapping[Any, Any] = MappingProxyType({}),
) -> Any:
    """A field whose value is what a loader gives for attributes of the object.

    None as the key gives None. `value_of` makes the field's value of what was loaded.
    """
    load = Load(loader, attrgetter(*key), value_of)

    def resolve(self: Any, info: Info) -> Awaitable[Any]:
        return load.one(info.context, self)

    return strawberry.field(
        resolver=resolve, description=description, metadata={**metadata, LOAD: load}
    )
