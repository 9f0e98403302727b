"""What one request carries."""

from asyncio import Future
from typing import Any, TypeVar, cast

from strawberry import Info as StrawberryInfo

from gql.database import Snapshot
from gql.loaders.base import Loader

K = TypeVar("K")
V = TypeVar("V")


class Context:
    """One request's view of the database, and its loaders, made when first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._loaders: dict[type[Any], Loader[Any, Any]] = {}

    def load(self, loader: type[Loader[K, V]], key: K) -> Future[V]:
        """What the loader gives for a key, read together with all other keys of the moment."""
        if loader not in self._loaders:
            self._loaders[loader] = loader(self.snapshot)
        return cast("Loader[K, V]", self._loaders[loader]).load(key)


Info = StrawberryInfo[Context, None]
