"""Bearer tokens of the platform's table `api_token`, and their scopes."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cachetools import TTLCache
from sqlalchemy import Select, String, select, type_coerce

from gql.database import Database
from gql.database.tables import ApiToken
from gql.errors import Forbidden, Unauthenticated
from gql.telemetry import metrics

READ_RUNS = "runs:read"
"""The scope that everything needs."""

READ_RESULTS = "results:read"
"""The scope that the content of files needs, too."""

PREFIX_LENGTH = 16
MAX_CACHED_TOKENS = 10_000

_lookups = metrics.CacheLookups("tokens")


def _candidates(prefix: str) -> Select[*tuple[Any, ...]]:
    return select(
        ApiToken.id,
        ApiToken.user_id,
        ApiToken.token_hash,
        ApiToken.scopes_json,
        ApiToken.expires_at,
        ApiToken.revoked_at.is_not(None).label("is_revoked"),
    ).where(type_coerce(ApiToken.token_prefix, String()) == prefix)


def require_scope(scope: str, present: frozenset[str]) -> None:
    """Raise Forbidden unless the scope is among those of a token."""
    if scope not in present:
        raise Forbidden(required=scope, present=sorted(present))


@dataclass(frozen=True, slots=True)
class Token:
    """A token that the platform issued and has not revoked."""

    id: int
    user_id: int
    scopes: frozenset[str]
    expires_at: datetime

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the token has the scope."""
        require_scope(scope, self.scopes)


class Authenticator:
    """Validates tokens, and caches valid ones for a few seconds."""

    def __init__(self, database: Database, *, cache_ttl_seconds: float) -> None:
        self._database = database
        self._valid: TTLCache[str, Token] = TTLCache(MAX_CACHED_TOKENS, cache_ttl_seconds)

    async def authenticate(self, authorization: str | None) -> Token:
        """The valid token of an Authorization header.

        Raises Unauthenticated if there is none, and DatabaseUnavailable.
        """
        scheme, _, secret = (authorization or "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret or not secret.isascii():
            raise Unauthenticated
        digest = hash_of(secret)
        token = self._valid.get(digest)
        if token is None:
            _lookups.miss()
            self._valid[digest] = token = await self._find(secret, digest)
        else:
            _lookups.hit()
        if token.expires_at <= datetime.now(UTC):
            raise Unauthenticated
        return token

    async def _find(self, secret: str, digest: str) -> Token:
        async with self._database.snapshot() as snapshot:
            candidates = await snapshot.rows(_candidates(secret[:PREFIX_LENGTH]))
        for candidate in candidates:
            is_match = hmac.compare_digest(candidate.token_hash.encode(), digest.encode())
            if is_match and not candidate.is_revoked and candidate.expires_at is not None:
                scopes = _scopes(candidate.scopes_json)
                return Token(candidate.id, candidate.user_id, scopes, candidate.expires_at)
        raise Unauthenticated


def hash_of(secret: str) -> str:
    """What the platform stores of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _scopes(scopes_json: str) -> frozenset[str]:
    try:
        scopes = orjson.loads(scopes_json)
    except ValueError:
        return frozenset()
    if not isinstance(scopes, list):
        return frozenset()
    return frozenset(scope for scope in scopes if isinstance(scope, str))
