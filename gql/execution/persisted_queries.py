"""Queries that clients name by their hash: automatic persisted queries, as Apollo defines them.

https://www.apollographql.com/docs/apollo-server/performance/apq describes the protocol. With
trusted documents the names are those of the manifest, and no further one is taken.
"""

import hashlib
from collections.abc import Mapping, MutableMapping
from typing import Any

from cachetools import LRUCache

from gql.errors import BadInput, PersistedQueryNotFound
from gql.telemetry import metrics

KEPT_CHARACTERS = 1_000_000
MAX_CHARACTERS = 20_000

_lookups = metrics.Lookups("persisted_queries")


class PersistedQueries:
    """The queries that are known by a name; those of clients are kept while there is room."""

    def __init__(self, trusted: Mapping[str, str] | None) -> None:
        self._trusted = trusted
        self._given: MutableMapping[str, str] = LRUCache(KEPT_CHARACTERS, getsizeof=len)

    def query(self, query: str | None, extensions: Mapping[str, Any]) -> str | None:
        """The query that a request means.

        Raises PersistedQueryNotFound for a name that is not known, and BadInput for a malformed
        one or one that is not the query's.
        """
        match extensions.get("persistedQuery"):
            case None:
                return query
            case {"version": 1, "sha256Hash": str(name)}:
                return self._found(name) if query is None else self._kept(name, query)
        raise BadInput(
            "extensions.persistedQuery must have a version of 1 and a sha256Hash.",
            argument="extensions",
        )

    def _found(self, name: str) -> str:
        query = (self._given if self._trusted is None else self._trusted).get(name)
        if query is None:
            _lookups.miss()
            raise PersistedQueryNotFound
        _lookups.hit()
        return query

    def _kept(self, name: str, query: str) -> str:
        if self._trusted is not None:
            # Clients print documents in other ways than those who name them.
            return self._trusted.get(name, query)
        if name != hashlib.sha256(query.encode()).hexdigest():
            raise BadInput(
                "extensions.persistedQuery.sha256Hash is not that of the query.",
                argument="extensions",
            )
        if len(query) <= MAX_CHARACTERS:
            self._given[name] = query
        return query
