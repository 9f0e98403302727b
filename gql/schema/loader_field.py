"""Fields whose values are loaded for all objects of a level at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import strawberry

from gql.execution.loader_field import LOADER_FIELD, LoaderField
from gql.loaders.base import Loader
from gql.request.context import Context
from gql.schema.info import Info


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
    key_of = attrgetter(*key)

    async def load_many(context: Context, objects: Sequence[Any]) -> list[Any]:
        keys = list(map(key_of, objects))
        if None in keys:
            loaded = iter(await context.load_many(loader, [key for key in keys if key is not None]))
            values = [None if key is None else next(loaded) for key in keys]
        else:
            values = await context.load_many(loader, keys)
        return values if value_of is None else list(map(value_of, values))

    return field_of_many(load_many, *key, description=description, metadata=metadata)


def field_of_many(
    load_many: Callable[[Context, Sequence[Any]], Awaitable[list[Any]]],
    *attributes: str,
    description: str,
    metadata: Mapping[Any, Any] = MappingProxyType({}),
) -> Any:
    """A field whose value `load_many` returns for each object, of which it reads `attributes`."""
    field = LoaderField(attributes, load_many)

    def resolve(self: Any, info: Info) -> Awaitable[Any]:
        return field.load(info.context, self)

    return strawberry.field(
        resolver=resolve, description=description, metadata={**metadata, LOADER_FIELD: field}
    )
