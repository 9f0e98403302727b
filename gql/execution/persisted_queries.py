"""Queries that clients send as a hash: automatic persisted queries, as Apollo defines them.

https://www.apollographql.com/docs/apollo-server/performance/apq describes the protocol. With
trusted documents the names are those of the manifest, and no others are registered.
"""

import hashlib
from collections.abc import Mapping, MutableMapping
from typing import Any

from cachetools import LRUCache

from gql.errors import BadInput, PersistedQueryNotFound
from gql.telemetry import metrics

MAX_CACHED_CHARACTERS = 1_000_000
MAX_CHARACTERS = 20_000

_lookups = metrics.CacheLookups("persisted_queries")


class PersistedQueries:
    """The queries that have a name; the least recently used ones of clients are dropped."""

    def __init__(self, trusted: Mapping[str, str] | None) -> None:
        self._trusted = trusted
        self._registered: MutableMapping[str, str] = LRUCache(MAX_CACHED_CHARACTERS, getsizeof=len)

    def query(self, query: str | None, extensions: Mapping[str, Any]) -> str | None:
        """The query of a request.

        Raises PersistedQueryNotFound if the hash is unknown, and BadInput if it is malformed or is
        not the hash of the query.
        """
        match extensions.get("persistedQuery"):
            case None:
                return query
            case {"version": 1, "sha256Hash": str(name)}:
                return self._find(name) if query is None else self._register(name, query)
        raise BadInput(
            "extensions.persistedQuery must have version 1 and a sha256Hash.",
            argument="extensions",
        )

    def _find(self, name: str) -> str:
        query = (self._registered if self._trusted is None else self._trusted).get(name)
        if query is None:
            _lookups.miss()
            raise PersistedQueryNotFound
        _lookups.hit()
        return query

    def _register(self, name: str, query: str) -> str:
        if self._trusted is not None:
            # A client may print the document differently than the manifest does.
            return self._trusted.get(name, query)
        if name != hashlib.sha256(query.encode()).hexdigest():
            raise BadInput(
                "extensions.persistedQuery.sha256Hash is not the SHA-256 of the query.",
                argument="extensions",
            )
        if len(query) <= MAX_CHARACTERS:
            self._registered[name] = query
        return query
