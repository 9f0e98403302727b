"""Fields whose value comes from a loader."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import strawberry

from gql.execution.loader_field import LOADER_FIELD, LoaderField
from gql.loaders.base import Loader
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
    field = LoaderField(loader, key, value_of)

    def resolve(self: Any, info: Info) -> Awaitable[Any]:
        return field.load(info.context, self)

    return strawberry.field(
        resolver=resolve, description=description, metadata={**metadata, LOADER_FIELD: field}
    )
